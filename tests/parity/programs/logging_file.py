import logging, os
value = 3
logging.basicConfig(filename="x.log", level=logging.DEBUG, format="%(filename)s:%(lineno)d %(funcName)s %(module)s %(processName)s %(threadName)s %(name)s %(pathname)s %(message)s")
def f(): logging.debug("dbg %s", value); logging.getLogger("a.b").warning("w", stack_info=True)
f()
try: 1 / 0
except Exception: logging.exception("oops")
print(open("x.log").read())
