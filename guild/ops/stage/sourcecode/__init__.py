"""Which files of a project are copied into its runs, and the copying."""
