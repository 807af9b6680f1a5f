"""The TensorBoard that is installed, served by threads of this process."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError


class TensorBoardServer(NamedTuple):
    """A running TensorBoard; it ends with the process."""

    url: str
    version: str


def start_tensorboard(
    log_dir: str,
    *,
    host: str | None = None,
    port: int = 0,
    reload_interval: float = 5,
    options: Mapping[str, str] | None = None,
) -> TensorBoardServer:
    """Start TensorBoard on `log_dir`.

    `host` is the interface to listen on, by default that of this machine alone; a `port` of 0
    takes a free one; `reload_interval` is in seconds; `options` are more of TensorBoard's own.

    Raises GuildError where TensorBoard is missing, does not take the options or cannot listen.
    """
    program, version = _installed()
    # A file that was begun earlier goes on, unless it is one of many: runs have several.
    asked = {"reload_multifile": "true", "reload_interval": f"{reload_interval:g}"}
    asked |= {"logdir": log_dir, "port": str(port)}
    if host is not None:
        asked["host"] = host
    tensorboard = program.TensorBoard(subcommands=[])
    with _heard() as said:
        _configure(tensorboard, {**asked, **(options or {})}, said)
        # Requests are no news.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        try:
            return TensorBoardServer(tensorboard.launch(), version)
        except SystemExit:  # how its server tells of a fault
            raise GuildError(f"TensorBoard does not start: {_last_line(said)}") from None
        except program.TensorBoardPortInUseError:
            raise GuildError(
                f"port {port} is in use - use another one, or no --port for a free one"
            ) from None
        except program.TensorBoardServerException as error:
            reason = " ".join(str(error).split())
            raise GuildError(f"TensorBoard cannot listen on '{host}': {reason}") from None


def _installed() -> tuple[Any, str]:
    """TensorBoard's program, and its version."""
    try:
        from tensorboard import program, version
    except ImportError as error:
        if error.name == "tensorboard":
            raise GuildError(
                "TensorBoard is not installed - 'pip install tensorboard' installs it"
            ) from None
        raise GuildError(
            f"TensorBoard cannot be loaded: {error} - 'pip install -U tensorboard' may help"
        ) from None
    return program, version.VERSION


def _configure(tensorboard: Any, options: Mapping[str, str], said: io.StringIO) -> None:
    try:
        tensorboard.configure(["", *(f"--{name}={value}" for name, value in options.items())])
    except SystemExit:  # how its parser tells of a fault
        reason = _last_line(said).removeprefix("tensorboard: error: ")
        raise GuildError(f"TensorBoard does not take these options: {reason}") from None
    except ValueError as error:
        raise GuildError(f"TensorBoard does not take these options: {error}") from None


@contextlib.contextmanager
def _heard() -> Iterator[io.StringIO]:
    """What TensorBoard prints while it starts, advice for the most part."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            yield said
    finally:
        if text := " ".join(said.getvalue().split()):
            log.debug(f"TensorBoard: {text}")


def _last_line(said: io.StringIO) -> str:
    return said.getvalue().strip().rpartition("\n")[2]
