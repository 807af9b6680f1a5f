"""Pages for a web browser."""
