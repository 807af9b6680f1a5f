"""Support for testing extensions: one contract suite per extension point."""
