"""The rules of `guild.launch.trial_source.Choice`, checked of any choice.

A test class inherits `ChoiceContract` and gives `words_of_batch`:

    class TestMine(ChoiceContract):
        def words_of_batch(self):
            return ("x=[1,2,3]",)
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.project import Project

from guild.launch.batch_directory import StagedBatch, read_batch
from guild.launch.trial_runs import TrialMaker, Trials
from guild.launch.trial_source import Choice, choice
from guild.run import Run
from guild.runs.store import RunStore
from guild.scalars.event_file import EventFileWriter

SCRIPT = "x = 1.0\ny = 2\nprint('loss:', (x - 0.3) ** 2 + y)\n"


def stage(project: Callable[..., Project], *words: str) -> tuple[Project, StagedBatch]:
    """A project with a batch that is staged by `guild run SCRIPT WORDS`."""
    made = project({"f.py": SCRIPT})
    made.run("run", "f.py", *words, "--stage", "-y", "--random-seed", "3").assert_ok()
    (run,) = made.runs()
    return made, read_batch(run)


class ChoiceContract(ABC):
    """See the module."""

    @abstractmethod
    def words_of_batch(self) -> tuple[str, ...]:
        """What `guild run f.py` is given; the batch has at least three trials."""

    @pytest.fixture
    def batch(self, project: Callable[..., Project]) -> StagedBatch:
        self.project, batch = stage(project, *self.words_of_batch())
        return batch

    def test_ends_after_its_trials(self, batch: StagedBatch) -> None:
        trials = self.walk(batch, choice)
        assert len(trials) == choice(batch).most

    def test_goes_on_alike_in_another_process(
        self, batch: StagedBatch, project: Callable[..., Project]
    ) -> None:
        # For each trial a new choice, as if the one before had been killed.
        anew = self.walk(batch, choice)
        _, other = stage(project, *self.words_of_batch())
        one = choice(other)
        assert anew == self.walk(other, lambda _: one)

    def test_chooses_the_same_again_for_a_trial_that_was_not_made(
        self, batch: StagedBatch, project: Callable[..., Project]
    ) -> None:
        def twice(batch: StagedBatch) -> Choice:
            trials = Trials(batch.run, self.store(batch))
            trials.refresh()
            choice(batch).next(trials, lambda _: None)
            return choice(batch)

        disturbed = self.walk(batch, twice)
        _, other = stage(project, *self.words_of_batch())
        assert disturbed == self.walk(other, choice)

    def walk(
        self, batch: StagedBatch, chosen: Callable[[StagedBatch], Choice]
    ) -> list[dict[str, Any]]:
        """Choose and make all trials, each of which completes with its objective."""
        store = self.store(batch)
        maker = TrialMaker(batch, store, {}, self.project.path)
        trials = Trials(batch.run, store)
        found: list[dict[str, Any]] = []
        while True:
            trials.refresh()
            flags = chosen(batch).next(trials, lambda _: None)
            if flags is None:
                return found
            found.append(flags)
            complete(maker.make(trials.at(len(trials)), flags, {}).run)

    def store(self, batch: StagedBatch) -> RunStore:
        return RunStore(Path(batch.run.path).parent.parent)


def complete(run: Run) -> None:
    """Have `run` completed, with the objective of `SCRIPT`."""
    flags = run.get("flags")
    with EventFileWriter(run.guild_path()) as writer:
        writer.add_scalar("loss", (flags["x"] - 0.3) ** 2 + flags["y"], 0, 0.0)
    os.unlink(run.guild_path("PENDING"))
    run.set("exit_status", 0)
