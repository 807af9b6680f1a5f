"""Planning one run: everything is decided, and nothing is on disk."""
