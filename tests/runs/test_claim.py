"""The claim of a run."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.ops.process.lock import AlreadyRunningError, RunLock
from guild.run import Run
from guild.runs import claim
from guild.runs.claim import is_claimed, read_claim, update_heartbeat


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run("a" * 32, tmp_path / ("a" * 32))
    os.makedirs(run.guild_path("attrs"))
    return run


def claim_elsewhere(run: Run, seconds_ago: float) -> None:
    """Write the claim of a process on another machine, as it is after `seconds_ago`."""
    Path(run.guild_path("LOCK")).write_text(f"{os.getpid()}\n")
    path = Path(run.guild_path("CLAIM"))
    path.write_text("host: another-machine\npid: 123\nattempt: 2\n")
    heartbeat = time.time() - seconds_ago
    os.utime(path, (heartbeat, heartbeat))


def test_lock_claims_run_for_this_process(run: Run) -> None:
    with RunLock(run):
        own = read_claim(run)
        assert own is not None
        assert (own.pid, own.is_local, own.is_fresh) == (os.getpid(), True, True)
        assert is_claimed(run)
    assert read_claim(run) is None
    assert not is_claimed(run)


def test_fresh_claim_of_another_machine_holds(run: Run) -> None:
    claim_elsewhere(run, seconds_ago=30)
    assert is_claimed(run)
    with pytest.raises(AlreadyRunningError, match=r"\(process 123 on another-machine\)"):
        RunLock(run).acquire()


def test_stale_claim_of_another_machine_is_taken_over(run: Run) -> None:
    # The process id in the lock file belongs to the other machine, so it does not matter that
    # a process with this id lives here.
    claim_elsewhere(run, seconds_ago=claim.STALE_AFTER + 1)
    assert not is_claimed(run)
    with RunLock(run):
        own = read_claim(run)
        assert own is not None
        assert own.is_local


def test_heartbeat_keeps_claim_fresh(run: Run) -> None:
    claim_elsewhere(run, seconds_ago=claim.STALE_AFTER + 1)
    update_heartbeat(run)
    assert is_claimed(run)


def test_lock_without_claim_counts(run: Run) -> None:
    """Older versions write no claim."""
    Path(run.guild_path("LOCK")).write_text(f"{os.getppid()}\n")
    assert is_claimed(run)
    Path(run.guild_path("LOCK")).write_text("999999999\n")
    assert not is_claimed(run)


@pytest.mark.parametrize("content", ["", "host: a\n", "host: a\npid: b\n", "\0\n"])
def test_ignores_damaged_claims(run: Run, content: str) -> None:
    Path(run.guild_path("CLAIM")).write_text(content)
    assert read_claim(run) is None
    assert not is_claimed(run)


def test_unwritable_claim_releases_lock(run: Run) -> None:
    os.mkdir(run.guild_path("CLAIM"))
    with pytest.raises(GuildError, match="cannot start run"):
        RunLock(run).acquire()
    assert not os.path.exists(run.guild_path("LOCK"))
