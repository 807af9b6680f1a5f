"""An abstract interpreter: it walks a program's syntax tree with partly unknown values."""
