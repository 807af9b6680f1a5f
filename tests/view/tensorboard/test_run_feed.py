"""The feed of runs to show in TensorBoard."""

from __future__ import annotations

from pathlib import Path

import pytest
from index.homes import add_run

from guild.base.errors import GuildError
from guild.index.query import RunQuery
from guild.runs.store import RunStore
from guild.view.tensorboard.run_feed import RunFeed


def ids(feed: RunFeed) -> list[str]:
    return [run.id for run in feed.read_runs()]


def test_query_is_evaluated_on_each_read(tmp_path):
    first = add_run(tmp_path, label="a")
    with RunFeed(tmp_path, (), RunQuery(labels=("a",))) as feed:
        assert ids(feed) == [first.id]
        second = add_run(tmp_path, label="a")
        add_run(tmp_path, label="b")
        assert ids(feed) == [second.id, first.id]
        RunStore(tmp_path).delete(first)
        assert ids(feed) == [second.id]


def test_named_runs_are_resolved_once(tmp_path):
    first, second = add_run(tmp_path), add_run(tmp_path)
    with RunFeed(tmp_path, ["1:2"], RunQuery()) as feed:
        assert ids(feed) == [second.id, first.id]
        add_run(tmp_path)
        RunStore(tmp_path).delete(first)
        assert ids(feed) == [second.id]


def test_batches_are_omitted_by_default(tmp_path):
    run, batch = add_run(tmp_path), add_run(tmp_path)
    Path(batch.guild_path("proto")).mkdir()
    with RunFeed(tmp_path, (), RunQuery()) as feed:
        assert ids(feed) == [run.id]
    with RunFeed(tmp_path, (), RunQuery(), batches=True) as feed:
        assert ids(feed) == [batch.id, run.id]
    with RunFeed(tmp_path, ["1"], RunQuery()) as feed:
        assert ids(feed) == [batch.id]


def test_no_run_matches_a_spec(tmp_path):
    add_run(tmp_path)
    with pytest.raises(GuildError, match="could not find a run matching 'x'"):
        RunFeed(tmp_path, ["x"], RunQuery())
