"""Runs shown outside of the terminal's listings: TensorBoard, curves."""
