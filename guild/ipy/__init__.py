"""Experiments from Python and notebooks.

    from guild import ipy

    run, result = ipy.run(train, lr=0.1)
    runs, results = ipy.run(train, lr=[0.1, 0.01], layers=[2, 3])
    ipy.run(train, lr=ipy.loguniform(1e-4, 1), _optimizer="gp", _minimize="loss")
    ipy.runs().compare()

Functions are called in this process, each call in its own run directory. Runs are pandas data
frames (`RunsDataFrame`); `guild.api` offers the same without pandas.
"""

from __future__ import annotations

try:
    import pandas  # noqa: F401  # checked here to report what to install
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "guild.ipy requires pandas: pip install 'guild-runner[ipy]' (guild.api does not need it)",
        name="pandas",
    ) from None

from guild.config import SetGuildHome, set_guild_home
from guild.ipy import rich_display
from guild.ipy.frames import RunsDataFrame, RunsSeries
from guild.ipy.function_runs import BatchResult, RunResult, loguniform, run, uniform
from guild.ipy.listing import guild_home, runs
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
