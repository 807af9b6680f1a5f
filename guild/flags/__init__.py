"""Flags: what may be set, and how a text becomes a value."""
