"""The contract suite for implementations of `guild.launch.trial_source.TrialSource`.

A test class inherits `TrialSourceContract` and implements `batch_arguments`:

    class TestMySource(TrialSourceContract):
        def batch_arguments(self):
            return ("x=[1,2,3]",)
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guild.context import Context
from guild.launch.batch_directory import StagedBatch, read_batch
from guild.launch.trial_runs import OperationTrialMaker, Trials
from guild.launch.trial_source import TrialSource, trial_source
from guild.run import Run
from guild.runs.store import RunStore
from guild.scalars.event_file import EventFileWriter
from guild.testing.project import Project

SCRIPT = "x = 1.0\ny = 2\nprint('loss:', (x - 0.3) ** 2 + y)\n"


def stage(project: Callable[..., Project], *words: str) -> tuple[Project, StagedBatch]:
    """Return a project with a batch staged by `guild run f.py WORDS`."""
    made = project({"f.py": SCRIPT})
    made.run("run", "f.py", *words, "--stage", "-y", "--random-seed", "3").assert_ok()
    (run,) = made.runs()
    return made, read_batch(run)


class TrialSourceContract(ABC):
    """Tests that every trial source must pass."""

    @abstractmethod
    def batch_arguments(self) -> tuple[str, ...]:
        """Return the arguments of `guild run f.py` for a batch of at least three trials."""

    @pytest.fixture
    def batch(self, project: Callable[..., Project]) -> StagedBatch:
        self.project, batch = stage(project, *self.batch_arguments())
        return batch

    def test_ends_after_its_trials(self, batch: StagedBatch) -> None:
        trials = self.walk(batch, trial_source)
        assert len(trials) == trial_source(batch).max_trials

    def test_resumes_in_another_process(
        self, batch: StagedBatch, project: Callable[..., Project]
    ) -> None:
        # A new source for each trial, as if the previous process had been killed.
        resumed = self.walk(batch, trial_source)
        _, other = stage(project, *self.batch_arguments())
        source = trial_source(other)
        assert resumed == self.walk(other, lambda _: source)

    def test_repeats_choice_for_trial_that_was_not_created(
        self, batch: StagedBatch, project: Callable[..., Project]
    ) -> None:
        def twice(batch: StagedBatch) -> TrialSource:
            trials = Trials(batch.run, self.store(batch))
            trials.refresh()
            trial_source(batch).next_flags(trials, lambda _: None)
            return trial_source(batch)

        disturbed = self.walk(batch, twice)
        _, other = stage(project, *self.batch_arguments())
        assert disturbed == self.walk(other, trial_source)

    def walk(
        self, batch: StagedBatch, source: Callable[[StagedBatch], TrialSource]
    ) -> list[dict[str, Any]]:
        """Choose and create all trials; each completes with its objective."""
        store = self.store(batch)
        maker = OperationTrialMaker(batch, store, Context(store.home, self.project.path, {}))
        trials = Trials(batch.run, store)
        chosen: list[dict[str, Any]] = []
        while True:
            trials.refresh()
            flags = source(batch).next_flags(trials, lambda _: None)
            if flags is None:
                return chosen
            chosen.append(flags)
            complete(maker.make(trials.at(len(trials)), flags, {}).run)

    def store(self, batch: StagedBatch) -> RunStore:
        return RunStore(Path(batch.run.path).parent.parent)


def complete(run: Run) -> None:
    """Mark `run` as completed, with the objective of `SCRIPT`."""
    flags = run.get("flags")
    with EventFileWriter(run.guild_path()) as writer:
        writer.add_scalar("loss", (flags["x"] - 0.3) ** 2 + flags["y"], 0, 0.0)
    os.unlink(run.guild_path("PENDING"))
    run.set("exit_status", 0)
