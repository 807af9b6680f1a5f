"""How fast Guild is, as ratios of two measurements made in one run: `make bench`.

A module here has a function `rows()` that measures and yields `Row`s. No
other test of the project looks at a clock.
"""
