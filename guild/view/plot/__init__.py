"""Curves in the terminal and as SVG, HTML and PNG files."""
