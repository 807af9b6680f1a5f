"""A plain script as an optimizer: it reads earlier trials and prints new ones.

The script is started once per suggestion. It reads one JSON object from stdin:

    {"space": {"lr": {"distribution": "loguniform", "low": 0.001, "high": 0.1,
                      "integer": false, "initial": null},
               "opt": {"values": ["sgd", "adam"]}},
     "fixed": {"epochs": 3},
     "history": [{"flags": {"lr": 0.01, "opt": "sgd", "epochs": 3}, "objective": 0.5,
                  "status": "completed", "in_batch": true, "seconds": 1.5}],
     "options": {},
     "seed": 123}

`objective` is the value to minimize, or null if a trial has none. `seed` differs between
suggestions and repeats when a batch is repeated with its random seed.

The script prints the trials of the batch to stdout, one JSON object of flag values per line.
The first line is the first trial, the second line the second trial, and so on. The batch uses
the line that follows its existing trials, and ends if no such line exists. A script that
prints a fixed list of trials can therefore ignore its input. A script that searches prints the
flags of the `history` items that are `in_batch`, followed by its next trials.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base.errors import GuildError
from guild.extend.optimizer import Optimizer, Trial, count_in_batch
from guild.extend.search_space import Categorical, Dimension, Space, is_integer

if TYPE_CHECKING:
    from numpy.random import RandomState


class ScriptOptimizer(Optimizer):
    """An optimizer that runs a script for each suggestion.

    Attributes:
        command: the program and its arguments.
        cwd: the working directory of the script, which is the project directory.
        environ: the environment of the script.
        script_options: the values of `-Fo`, passed to the script unchanged.
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
        """See `Optimizer.suggest`. Raises GuildError if the script fails or prints invalid JSON."""
        seed = int(rng.randint(0, 2**31 - 1))
        lines = self._output(_request(space, history, self.script_options, seed)).splitlines()
        trials = [line for line in lines if line.strip()]
        number = count_in_batch(history)
        return self._flags(trials[number]) if number < len(trials) else None

    @property
    def _command_text(self) -> str:
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
                f"cannot start optimizer {self._command_text}: {error.strerror}"
            ) from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no error output"])[-1]
            raise GuildError(
                f"optimizer {self._command_text} failed with exit status {done.returncode}: {last}"
            )
        return done.stdout

    def _flags(self, line: str) -> dict[str, Any]:
        try:
            flags = json.loads(line)
        except ValueError:
            flags = None
        if not isinstance(flags, dict):
            raise GuildError(
                f"optimizer {self._command_text} printed {line!r}; "
                "expected one JSON object of flag values per line"
            )
        return flags


def _request(space: Space, history: Sequence[Trial], values: Mapping[str, Any], seed: int) -> str:
    return json.dumps(
        {
            "space": {name: _dimension_record(item) for name, item in space.dimensions.items()},
            "fixed": space.fixed,
            "history": [_trial_record(trial) for trial in history],
            "options": dict(values),
            "seed": seed,
        }
    )


def _dimension_record(dimension: Dimension) -> dict[str, Any]:
    if isinstance(dimension, Categorical):
        return {"values": list(dimension.values)}
    return {
        "distribution": type(dimension).__name__.lower(),
        "low": dimension.low,
        "high": dimension.high,
        "integer": is_integer(dimension),
        "initial": dimension.initial,
    }


def _trial_record(trial: Trial) -> dict[str, Any]:
    return {
        **trial._asdict(),
        "flags": dict(trial.flags),
        "objective": trial.objective if trial.is_observed else None,
    }
