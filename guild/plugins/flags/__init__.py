"""Flags of scripts and notebooks, found in their source.

Each finder models one library. `inspection` chooses among the finders, and
`inspection_cache` remembers results. Scripts are executed only for operations that set
`flags-import-exec`.
"""
