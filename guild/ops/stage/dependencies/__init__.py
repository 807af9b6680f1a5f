"""Resolution of the dependencies of an operation into its run."""
