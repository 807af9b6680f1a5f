import logging

value = 3
logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(name)s:%(module)s:%(lineno)d:%(message)s")
logging.info("hello %s", value)
logging.getLogger("x.y").warning("there")
logging.debug("hidden")
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("caught")
print(logging.getLogger().handlers)
