import sys

value = 3
größe = "日本語 🎉"
print(größe, value, ascii(größe), file=sys.stdout)
print(größe, file=sys.stderr)
raise ValueError(größe)
