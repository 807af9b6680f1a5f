from __future__ import division, print_function
from __future__ import (annotations,
    generator_stop)
value = 3; x: Foo = 1
print(x, __annotations__, annotations)
