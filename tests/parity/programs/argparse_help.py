import argparse

value = 3
parser = argparse.ArgumentParser(epilog=f"value {value}")
parser.add_argument("--lr", type=float, default=value)
parser.parse_args(["--help"])
