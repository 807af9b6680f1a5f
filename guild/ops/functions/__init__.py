"""Python functions that run as operations in this process."""
