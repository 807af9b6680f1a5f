import sys

value = 3
print(type(sys.stdout).__name__, type(sys.stdout.buffer).__name__, sys.stdout.write_through)
print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.isatty(), sys.stdout.name, value)
print(type(sys.stderr.buffer).__name__, sys.stderr.line_buffering, sys.stdin.name)
