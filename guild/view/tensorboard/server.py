"""The installed TensorBoard, served by threads of this process."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError


class TensorBoardServer(NamedTuple):
    """A running TensorBoard server, which stops when the process exits."""

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

    `host` is the interface to listen on (default: localhost only), and `port` the port (0: any
    free port). `reload_interval` is in seconds. `options` are further options of TensorBoard.

    Raises GuildError if TensorBoard is not installed, rejects the options or cannot listen.
    """
    program, version = _import_tensorboard()
    # By default TensorBoard stops reading an event file once the folder has a newer one.
    arguments = {"reload_multifile": "true", "reload_interval": f"{reload_interval:g}"}
    arguments |= {"logdir": log_dir, "port": str(port)}
    if host is not None:
        arguments["host"] = host
    tensorboard = program.TensorBoard(subcommands=[])
    with _captured_output() as output:
        _configure(tensorboard, {**arguments, **(options or {})}, output)
        # Do not log requests.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        try:
            return TensorBoardServer(tensorboard.launch(), version)
        except SystemExit:  # raised by its server on errors
            raise GuildError(f"cannot start TensorBoard: {_last_line(output)}") from None
        except program.TensorBoardPortInUseError:
            raise GuildError(
                f"port {port} is already in use; use another one, or omit --port to use a free one"
            ) from None
        except program.TensorBoardServerException as error:
            reason = " ".join(str(error).split())
            raise GuildError(f"cannot listen on '{host}': {reason}") from None


def _import_tensorboard() -> tuple[Any, str]:
    """Return TensorBoard's module `program` and its version."""
    try:
        from tensorboard import program, version
    except ImportError as error:
        if error.name == "tensorboard":
            raise GuildError(
                "TensorBoard is not installed; install it with 'pip install tensorboard'"
            ) from None
        raise GuildError(
            f"cannot import TensorBoard: {error}; try 'pip install -U tensorboard'"
        ) from None
    return program, version.VERSION


def _configure(tensorboard: Any, options: Mapping[str, str], output: io.StringIO) -> None:
    try:
        tensorboard.configure(["", *(f"--{name}={value}" for name, value in options.items())])
    except SystemExit:  # raised by its parser on errors
        reason = _last_line(output).removeprefix("tensorboard: error: ")
        raise GuildError(f"invalid TensorBoard option: {reason}") from None
    except ValueError as error:
        raise GuildError(f"invalid TensorBoard option: {error}") from None


@contextlib.contextmanager
def _captured_output() -> Iterator[io.StringIO]:
    """Capture the output of TensorBoard while it starts, which is mostly advice."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stderr(output), contextlib.redirect_stdout(output):
            yield output
    finally:
        if text := " ".join(output.getvalue().split()):
            log.debug(f"TensorBoard: {text}")


def _last_line(output: io.StringIO) -> str:
    return output.getvalue().strip().rpartition("\n")[2]
