"""Python scripts started with flags in place of their own values."""
