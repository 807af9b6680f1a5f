"""Runs in TensorBoard: a log directory that follows the runs, and its server."""
