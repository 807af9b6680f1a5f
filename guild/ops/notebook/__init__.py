"""A notebook as an operation: flags put into its cells, executed, kept with its output."""
