"""Functions for scripts that choose the trials of a batch: `guild run train -o SCRIPT`.

    from guild import batch_util

    batch = batch_util.batch_run()
    flags = batch.batch_proto.get("flags")
    for lr in (0.1, 0.01):
        batch_util.run_trial(batch, {**flags, "lr": lr})

`batch.get("max_trials")` is the number of trials that the user asked for, or None.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guild import config
from guild.base import log
from guild.context import Context
from guild.run import Run

_RUN_VARIABLES = ("RUN_DIR", "RUN_ID", "GUILD_OP", "GUILD_SOURCECODE", "FLAGS_DEST")


class CurrentRunNotBatchError(Exception):
    """The error for a script that was started on its own and not as an optimizer."""


def batch_run() -> Run:
    """Return the batch for which this script chooses trials.

    Raises CurrentRunNotBatchError if the script was not started with `--optimizer`.
    """
    folder = Path(os.environ.get("RUN_DIR", "."))
    run = Run(os.environ.get("RUN_ID", folder.name), folder)
    if run.batch_proto is None:
        raise CurrentRunNotBatchError
    return run


def run_trial(batch_run: Run, flags: Mapping[str, Any]) -> Run:
    """Run a trial of `batch_run` with `flags` and return its run.

    Raises SystemExit with the trial's exit code if it fails, and GuildError if it cannot start.
    """
    from guild.cli.batch_report import trial_text
    from guild.launch.batch_directory import read_batch
    from guild.launch.single_run import start_run
    from guild.launch.trial_runs import OperationTrialMaker
    from guild.runs.store import RunStore

    log.to_console(log.level_of(os.environ))
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in _RUN_VARIABLES and not name.startswith("FLAG_")
    }
    ctx = Context(config.guild_home(), Path(os.environ.get("CMD_DIR", ".")), environ)
    store = RunStore(ctx.home)
    batch = read_batch(batch_run)
    trial = OperationTrialMaker(batch, store, ctx).make(store.new(), flags, {})
    # Guild AI 0.9 wording
    log.info(f"Running trial {trial_text(trial.run, batch.operation.name, trial.flags)}")
    sys.stdout.flush()
    exit_code = start_run(trial.run, trial.environ)
    if exit_code:
        raise SystemExit(exit_code)
    return trial.run
