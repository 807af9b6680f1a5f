"""Example extensions of Guild: one module for each extension point."""
