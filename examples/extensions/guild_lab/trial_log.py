"""The observer `trial-log`: a file with one line of JSON for each trial."""

import json
import os

from guild.extend.observer import RunObserver


class TrialLog(RunObserver):
    """Appends the flags and the exit code of each trial to the file TRIAL_LOG, if it is set."""

    def __init__(self):
        self._path = os.environ.get("TRIAL_LOG")

    def on_trial_end(self, end, flags):
        if self._path:
            line = {"run": end.run.id, "flags": dict(flags), "exit_code": end.exit_code}
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
