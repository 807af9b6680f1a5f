"""Flags of a Jupyter notebook, found without executing any of it.

They are the variables of the cell that is tagged `parameters`, as papermill has it, or
without one those that any cell sets to a literal.
"""

from __future__ import annotations

from guild.plugins.notebook.flags import notebook_flags, with_values_in_place

__all__ = ["notebook_flags", "with_values_in_place"]
