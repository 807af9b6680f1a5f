"""The flags destination `config:PATH`: a file whose values are flags.

One module a format, each with the same two functions: `values(text)` reads a
file's values as nested mappings, and `changed(text, changes)` is the text with
some of them set, all else in it as it was.
"""
