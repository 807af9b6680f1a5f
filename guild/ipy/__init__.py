"""Experiments from Python and notebooks.

    from guild import ipy

    run, result = ipy.run(train, lr=0.1)
    runs, results = ipy.run(train, lr=[0.1, 0.01], layers=[2, 3])
    ipy.run(train, lr=ipy.loguniform(1e-4, 1), _optimizer="gp", _minimize="loss")
    ipy.runs().compare()

Functions are run in this process, each call in a run directory of its own. Runs are pandas
data frames (`RunsDataFrame`); `guild.api` has the same without pandas.
"""

from __future__ import annotations

try:
    import pandas  # noqa: F401  # what is missing is told here, and what to do
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "guild.ipy needs pandas: pip install 'guild-runner[ipy]' (guild.api does without it)",
        name="pandas",
    ) from None

from guild.config import SetGuildHome, set_guild_home
from guild.ipy import rich_display
from guild.ipy.frames import RunsDataFrame, RunsSeries
from guild.ipy.listing import guild_home, runs
from guild.ipy.running import BatchResult, RunResult, loguniform, run, uniform
from guild.ops.functions.function_run import RunError, RunException, RunTerminated

__all__ = [
    "BatchResult",
    "RunError",
    "RunException",
    "RunResult",
    "RunTerminated",
    "RunsDataFrame",
    "RunsSeries",
    "SetGuildHome",
    "guild_home",
    "loguniform",
    "run",
    "runs",
    "set_guild_home",
    "uniform",
]

rich_display.register()
