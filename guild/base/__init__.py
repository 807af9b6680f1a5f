"""Code that knows nothing about runs: errors, log, YAML, files, processes, strings."""
