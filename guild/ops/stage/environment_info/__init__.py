"""Information about the environment of a run: commit, packages, machine, variables."""
