"""Python functions run as operations in this process."""
