import sys
value = 3
ev = set()
sys.addaudithook(lambda e, a: ev.add(e) if e.startswith(("open", "exec")) else None)
open(__file__).close(); exec("1")
print(sorted(ev))
