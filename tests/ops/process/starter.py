"""A program that starts a run as `guild run` does: `starter.py RUN_DIR OPTIONS`.

OPTIONS are the fields of StartOptions as JSON. Errors are printed to stderr.
"""

import json
import os
import sys

from guild.base.errors import GuildError
from guild.ops.process.start import StartOptions, start_and_wait
from guild.run import Run

if __name__ == "__main__":
    path = sys.argv[1]
    try:
        code = start_and_wait(
            Run(os.path.basename(path), path),
            environ=dict(os.environ),
            options=StartOptions(**json.loads(sys.argv[2])),
        )
    except GuildError as error:
        sys.stderr.write(f"guild: {error.message}\n")
        code = error.exit_code
    sys.exit(code)
