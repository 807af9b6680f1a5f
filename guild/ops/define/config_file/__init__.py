"""The flags destination `config:PATH`: a config file whose values are flags.

Each format is a module with the same two functions: `values(text)` returns the values of a file
as nested mappings, and `changed(text, changes)` returns the text with some values set and
everything else as it was.
"""
