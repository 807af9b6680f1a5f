"""The interactive table of `guild compare`."""
