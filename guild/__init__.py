"""Guild: runs any training script, unmodified, as a recorded experiment."""

__version__ = "0.1.0"
