import argparse

value = 3
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=value)
parser.parse_args(["--lr", "fast"])
