"""The observers of a batch."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from guild.extend.observer import RunObserver
from guild.launch.observers import Observers


class Recorder(RunObserver):
    """An observer that records its calls."""

    interval = 5.0

    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_basis(self, message: str) -> None:
        self.calls.append(f"basis {message}")

    def on_warning(self, message: str) -> None:
        self.calls.append(f"warning {message}")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of a package with three observers, one of which works."""
    (tmp_path / "trackers.py").write_text(
        dedent("""
        from guild.extend.observer import RunObserver

        class Tracker(RunObserver):
            interval = 0.5
            def on_basis(self, message):
                with open(__file__ + ".log", "a") as file:
                    file.write(message + "\\n")

        class Broken(RunObserver):
            def on_basis(self, message):
                raise ValueError("no connection")

        class Other:
            pass
        """)
    )
    info = tmp_path / "trackers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trackers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[guild.observers]\ntracker = trackers:Tracker\nbroken = trackers:Broken\n"
        "other = trackers:Other\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_notifies_installed_observers_and_drops_broken_ones(package: Path) -> None:
    recorder = Recorder()
    observers = Observers(recorder)
    assert observers.interval == 0.5
    for message in ("a", "b"):
        observers.notify(lambda observer, message=message: observer.on_basis(message))
    assert (package / "trackers.py.log").read_text() == "a\nb\n"
    assert recorder.calls == [
        "warning cannot load observer 'other': Other does not implement RunObserver",
        "basis a",
        "warning observer 'broken' is disabled: ValueError: no connection",
        "basis b",
    ]
