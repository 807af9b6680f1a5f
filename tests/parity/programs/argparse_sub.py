import argparse, sys
value = 3
p = argparse.ArgumentParser(description="d %(prog)s", epilog="e")
sp = p.add_subparsers(dest="cmd")
a = sp.add_parser("train", help="h"); a.add_argument("--lr", type=float, default=0.1, help="(default: %(default)s)")
p.print_usage(); p.print_help(); a.print_help(sys.stderr)
print(p.parse_args(["train", "--lr", "2"]), p.prog)
p.parse_args(["bogus"]) if value == 3 else p.error("own")
