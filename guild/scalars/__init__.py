"""Scalars: TensorBoard event files, and scalars found in output."""
