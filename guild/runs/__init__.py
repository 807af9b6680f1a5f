"""The format of a run directory and of the home that holds them."""
