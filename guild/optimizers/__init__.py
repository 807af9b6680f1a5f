"""Optimizers: what to try next, from what was tried."""
