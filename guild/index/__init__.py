"""An index of many runs: a cache over run directories, filters, columns and comparison."""
