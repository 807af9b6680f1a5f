"""The code cells of Jupyter notebooks."""
