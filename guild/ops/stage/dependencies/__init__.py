"""What an operation requires: files and what earlier runs made, put into its run."""
