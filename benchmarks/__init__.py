"""Benchmarks of Guild, as ratios of two measurements made in the same run: `make bench`.

The function `rows()` of each module measures and yields `Row`s. The tests of the project do not
measure time.
"""
