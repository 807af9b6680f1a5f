import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01, help="Learning rate")
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--act", choices=["relu", "tanh"], default="relu")
parser.add_argument("--fast", action="store_true")
parser.add_argument("--names", nargs="+", default=["a", "b"])
args = parser.parse_args()
print(f"lr={args.lr} batch_size={args.batch_size} act={args.act} fast={args.fast} {args.names}")
print(f"loss: {args.lr * args.batch_size}")
