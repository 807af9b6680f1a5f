import sys
value = 3
sys.stdout.write("x" * 3_000_000 + "\n"); sys.stderr.write("y" * 1_000_000)
sys.stdout.write("z\r" * 1000 + "\0\x1b[31m" + "q" * value)
