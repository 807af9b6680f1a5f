"""What is recorded of the circumstances of a run: versions, packages, machine, environment."""
