import resource
value = 3
print([resource.getrlimit(getattr(resource, n)) for n in sorted(dir(resource)) if n.startswith("RLIMIT_")])
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
fs = [open("/dev/null") for _ in range(10 + value)]
print(len(fs))
import resource
fs += [open("/dev/null") for _ in range(30)]
