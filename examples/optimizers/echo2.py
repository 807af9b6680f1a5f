"""Prints its flags, which are command-line options."""

import argparse

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--x", type=float, default=1.0, help="a number")
parser.add_argument("--y", type=int, default=2, help="a whole number")
parser.add_argument("--z", choices=["a", "b", "c"], default="a", help="a letter")
args = parser.parse_args()

print(args.x, args.y, repr(args.z))
