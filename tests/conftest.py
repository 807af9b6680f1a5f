"""The fixtures of every test: a project, in which nothing can reach the real home."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.project import GUILD, Project

# No time limits, which a loaded machine would exceed, and the same examples each time: whether
# the suite passes depends on the code alone. `--hypothesis-profile=thorough` looks for new ones.
settings.register_profile(
    "usual",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    settings.get_profile("usual"),
    derandomize=False,
    max_examples=1000,
)
settings.load_profile("usual")


def pytest_configure() -> None:
    if not GUILD.exists():
        raise pytest.UsageError(
            f"{GUILD} is missing: install the project (pip install -e '.[dev]')"
        )
    # As in the environment of a project.
    os.environ["TZ"] = "UTC"
    time.tzset()
    # A shell's job in the background ignores Ctrl-C, one of nohup SIGHUP, and so would all that
    # tests start and stop.
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGQUIT, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that a test calls in its own process finds an empty home too."""
    home = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("HOME", str(home))
    for name in ("GUILD_HOME", "GUILD_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """`project({"train.py": "..."})` is a new project of these files; see `support.project`."""
    made: list[Project] = []

    def make(files: Mapping[str, str | bytes] | None = None) -> Project:
        made.append(Project(tmp_path / f"p{len(made)}", files or {}))
        return made[-1]

    yield make
    for one in made:
        one.close()
