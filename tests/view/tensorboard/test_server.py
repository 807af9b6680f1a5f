"""Errors when starting TensorBoard."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.view.tensorboard.server import start_tensorboard


def start(log_dir: Path, **options) -> str:
    """Return the error message of `start_tensorboard`."""
    with pytest.raises(GuildError) as error:
        start_tensorboard(str(log_dir), **options)
    return error.value.message


def test_port_in_use(tmp_path):
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert start(tmp_path, port=port) == (
            f"port {port} is already in use; use another one, or omit --port to use a free one"
        )


def test_invalid_option(tmp_path):
    assert start(tmp_path, options={"nope": "1"}) == (
        "invalid TensorBoard option: unrecognized arguments: --nope=1"
    )


def test_host_of_another_machine(tmp_path):
    assert start(tmp_path, host="203.0.113.1") == (
        "cannot start TensorBoard: Cannot assign requested address"
    )


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("tensorboard", "TensorBoard is not installed; install it with 'pip install tensorboard'"),
        (
            "needed",
            "cannot import TensorBoard: No module named 'needed'; try 'pip install -U tensorboard'",
        ),
    ],
)
def test_tensorboard_cannot_be_imported(tmp_path, monkeypatch, module, message):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "tensorboard.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{module}'\", name='{module}')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert start(tmp_path) == message
