"""Exit codes of `guild`, apart from those that scripts and tools pass on.

A command that acts on all matching runs and finds none prints so and exits with OK; a command that
needs a run reports an error.
"""

from __future__ import annotations

OK = 0
ERROR = 1
USAGE = 2
INTERNAL = 3
DECLINED = 4  # the user declined a prompt
INTERRUPTED = 128 + 2  # as a shell reports SIGINT
BROKEN_PIPE = 128 + 13  # as a shell reports SIGPIPE
