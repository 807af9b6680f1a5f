"""Flags of scripts that are executed until they parse their arguments."""
