import os
value = 3
print([f for f in sorted(map(int, os.listdir("/proc/self/fd"))) if f < 20])
r = os.open("/dev/null", os.O_RDONLY); print(r)
