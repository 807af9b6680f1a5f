# a comment first
"""Docs."""

from __future__ import annotations
from __future__ import division

value: int = 3
print(__doc__, annotations.compiler_flag > 0, division.optional, __annotations__, value)
