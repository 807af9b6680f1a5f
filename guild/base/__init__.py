"""What knows nothing of runs: errors, YAML, files, processes, text."""
