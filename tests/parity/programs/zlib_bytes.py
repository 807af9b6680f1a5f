import sys
import zlib

value = 3
sys.stdout.buffer.write(zlib.compress(b"abc" * 1000 * value))
