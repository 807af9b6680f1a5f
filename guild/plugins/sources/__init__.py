"""Built-in kinds of sources that operations can require."""
