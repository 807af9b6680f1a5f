"""Runs that start runs: grids, searches, and where their trials run."""
