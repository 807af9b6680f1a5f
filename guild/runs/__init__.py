"""File formats: run directories, the home that holds them, and archives."""
