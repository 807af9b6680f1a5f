import logging

value = 3
logging.basicConfig(format="%(processName)s %(threadName)s %(filename)s %(funcName)s %(message)s")
logging.error(value)
