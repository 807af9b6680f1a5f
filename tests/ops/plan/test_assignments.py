"""Flag values of a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.context import Context
from guild.ops.define.resolve import resolve
from guild.ops.plan.plan import assign_flags
from guild.ops.plan.request import RunRequest

TRAIN = """\
import argparse

p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1, help="learning rate")
p.add_argument("--batch-size", type=int, default=10)
p.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
p.add_argument("--fast", action="store_true")
args = p.parse_args()
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["foo=1"],
            "unsupported flag 'foo'\n"
            "Try 'guild run train.py --help-op' for a list of flags or use --force-flags to skip "
            "this check.",
        ),
        (["batchsize=1"], "unsupported flag 'batchsize'; did you mean 'batch-size'?"),
        (["lr=abc"], "invalid value abc for lr: invalid value for type 'float'"),
        (["batch-size=1.5"], "invalid value '1.5' for batch-size: invalid value for type 'int'"),
        (
            ["opt=adm"],
            "invalid value 'adm' for flag 'opt': supported values are sgd, adam; "
            "did you mean 'adam'?",
        ),
        (["lr"], "invalid argument 'lr': expected NAME=VAL"),
    ],
)
def test_rejects_invalid_flags(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    ctx = Context(tmp_path / "home", tmp_path, {})
    operation = resolve("train.py", ctx)
    with pytest.raises(GuildError) as error:
        assign_flags(RunRequest("train.py", tuple(words)), operation, ctx.home)
    assert error.value.message == message
