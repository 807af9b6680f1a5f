import sys

import helper_module

value = 3
print(helper_module.seen_main(), helper_module.__name__, value)
print(sys.path[0] == __file__.rpartition("/")[0], sys.path[0] in sys.path[1:])
helper_module.fail()
