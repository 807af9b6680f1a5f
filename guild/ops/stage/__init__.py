"""Staging: write a plan into a new run directory."""
