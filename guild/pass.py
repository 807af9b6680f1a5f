"""A main module that does nothing: `main: guild.pass`.

It serves for operations that only collect dependencies, and for operations that are not written
yet. Arguments are printed on one line, quoted for a shell.
"""

import shlex
import sys

if __name__ == "__main__" and sys.argv[1:]:
    print(shlex.join(sys.argv[1:]))  # noqa: T201  # a command
