"""A plain script as an optimizer: it reads what was tried, and writes its trials.

For each suggestion the script is started anew. On stdin it gets one JSON object:

    {"space": {"lr": {"distribution": "loguniform", "low": 0.001, "high": 0.1,
                      "integer": false, "initial": null},
               "opt": {"values": ["sgd", "adam"]}},
     "fixed": {"epochs": 3},
     "history": [{"flags": {"lr": 0.01, "opt": "sgd", "epochs": 3}, "objective": 0.5,
                  "status": "completed", "in_batch": true, "seconds": 1.5}],
     "options": {},
     "seed": 123}

`objective` is to be minimized, and null where it is not known. `seed` differs from
suggestion to suggestion and is the same when a batch is repeated with its seed.

On stdout it writes the trials of the batch, one JSON object of flag values a line:
the first line is the first trial, the second the second, and so on. The batch takes
the line after those it has had, and ends where there is none. So a script that
prints a list of trials needs no input at all; one that searches prints the flags
of the `history` that are `in_batch` and then the next ones it wants.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.optimizers.contract import Optimizer, Trial, count_in_batch
from guild.optimizers.space import Choice, Dimension, Space, is_integer

if TYPE_CHECKING:
    from numpy.random import RandomState


class ScriptOptimizer(Optimizer):
    """The optimizer that `command` is, started in the folder `cwd`.

    Attributes:
        command: the program and its arguments.
        cwd: where it runs: the project's folder.
        environ: its environment.
        script_options: the values of `-Fo`, handed on as they are.
    """

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        environ: Mapping[str, str],
        script_options: Mapping[str, Any],
    ) -> None:
        self.command = list(command)
        self.cwd = cwd
        self.environ = environ
        self.script_options = script_options

    def suggest(
        self, space: Space, history: Sequence[Trial], rng: RandomState
    ) -> dict[str, Any] | None:
        """See `Optimizer.suggest`. Raises GuildError if the script fails or writes no JSON."""
        seed = int(rng.randint(0, 2**31 - 1))
        lines = self._output(_request(space, history, self.script_options, seed)).splitlines()
        trials = [line for line in lines if line.strip()]
        number = count_in_batch(history)
        return self._flags(trials[number]) if number < len(trials) else None

    @property
    def _shown_command(self) -> str:
        return " ".join(self.command[-1:])

    def _output(self, request: str) -> str:
        try:
            done = subprocess.run(
                self.command,
                input=request,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                cwd=self.cwd,
                env=dict(self.environ),
                check=False,
            )
        except OSError as error:
            raise GuildError(
                f"cannot start optimizer {self._shown_command}: {error.strerror}"
            ) from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["it wrote no error"])[-1]
            raise GuildError(
                f"optimizer {self._shown_command} failed with exit status {done.returncode}: {last}"
            )
        return done.stdout

    def _flags(self, line: str) -> dict[str, Any]:
        try:
            flags = json.loads(line)
        except ValueError:
            flags = None
        if not isinstance(flags, dict):
            raise GuildError(
                f"optimizer {self._shown_command} wrote {line!r} - "
                "expected a JSON object of flag values, one a line"
            )
        return flags


def _request(space: Space, history: Sequence[Trial], options: Mapping[str, Any], seed: int) -> str:
    return json.dumps(
        {
            "space": {name: _described(item) for name, item in space.dimensions.items()},
            "fixed": space.fixed,
            "history": [_told(trial) for trial in history],
            "options": dict(options),
            "seed": seed,
        }
    )


def _described(dimension: Dimension) -> dict[str, Any]:
    if isinstance(dimension, Choice):
        return {"values": list(dimension.values)}
    return {
        "distribution": type(dimension).__name__.lower(),
        "low": dimension.low,
        "high": dimension.high,
        "integer": is_integer(dimension),
        "initial": dimension.initial,
    }


def _told(trial: Trial) -> dict[str, Any]:
    return {
        **trial._asdict(),
        "flags": dict(trial.flags),
        "objective": trial.objective if trial.is_observed else None,
    }
