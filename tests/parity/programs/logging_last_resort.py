import logging

value = 3
logging.warning("no configuration %s", value)
logging.info("hidden")
print(len(logging.root.handlers), logging.root.level)
