"""Settings and fixtures for all tests, none of which can reach the real home."""

from __future__ import annotations

import os
import signal
import time

import pytest
from hypothesis import HealthCheck, settings

from guild.testing.project import GUILD

pytest_plugins = ["guild.testing.plugin"]

# Without time limits, which a loaded machine would exceed, and with the same examples each time,
# so that only the code decides whether the suite passes. `--hypothesis-profile=thorough` looks
# for new examples.
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
    # The time zone of a project's commands.
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.environ.pop("PYTHONPATH", None)  # which projects inherit
    # Background jobs of a shell ignore Ctrl-C, and those of nohup ignore SIGHUP. The processes that
    # tests start and stop would inherit that.
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGQUIT, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give code in the process of the test an empty home, too."""
    home = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("HOME", str(home))
    for name in ("GUILD_HOME", "GUILD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
