"""The commands of `guild runs`."""
