"""Definitions of operations: find one by name, or read it back from a run."""
