"""Flags: definitions, values, and functions that stand for many values."""
