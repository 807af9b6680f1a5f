"""Built-in extensions behind small typed contracts."""
