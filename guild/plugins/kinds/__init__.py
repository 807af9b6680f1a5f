"""The built-in operation kinds."""
