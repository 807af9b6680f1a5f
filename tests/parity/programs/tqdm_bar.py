import sys

try:
    from tqdm import tqdm
except ImportError:
    sys.exit("no tqdm")
value = 3
for n in tqdm(range(value), bar_format="{desc}{n_fmt}/{total_fmt}", mininterval=0):
    tqdm.write(f"at {n}")
