import sys

value = 3
sys.exit(256 + value)
