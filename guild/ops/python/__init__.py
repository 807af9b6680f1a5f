"""Python scripts that start with flag values in place of their own."""
