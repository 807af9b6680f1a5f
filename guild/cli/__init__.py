"""Click plumbing that commands share: options, prompts, listings, completion."""
