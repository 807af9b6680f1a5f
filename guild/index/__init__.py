"""What is known of many runs at once: a cache over run directories, filters, columns."""
