"""Ends with an exit code other than 0."""

import sys

code = 1

print(f"exiting with {code}")
sys.exit(code)
