import argparse

value = 3
parser = argparse.ArgumentParser(description="trains")
parser.add_argument("--lr", type=float, required=True, help="learning rate")
print("parsing", value, flush=True)
parser.parse_args([])
