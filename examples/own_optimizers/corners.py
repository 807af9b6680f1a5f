"""An optimizer as a script: tries each corner of the space, then ends.

It prints all of its trials at once. Guild runs them one after the other.
"""

import itertools
import json
import sys

space = json.load(sys.stdin)["space"]
ends = [
    item["values"] if "values" in item else [item["low"], item["high"]] for item in space.values()
]
for corner in itertools.product(*ends):
    print(json.dumps(dict(zip(space, corner, strict=True))))
