"""Scalars: TensorBoard event files, and what turns lines of output into them."""
