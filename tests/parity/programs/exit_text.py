import sys

value = 3
sys.exit(f"the reason is {value}")
