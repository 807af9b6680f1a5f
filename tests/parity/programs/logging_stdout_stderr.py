import logging, sys
value = 3
h1 = logging.StreamHandler(sys.stdout); h2 = logging.StreamHandler()
logging.basicConfig(handlers=[h1, h2], level=20)
for i in range(value): logging.info("i %d", i); print("p", i, flush=True)
print(h1, h2)
