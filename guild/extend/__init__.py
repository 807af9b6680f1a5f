"""Contracts of the extension points, and the registry that loads extensions when needed."""
