"""The execution of a notebook, cell by cell, with its output passed on immediately."""

from __future__ import annotations

import asyncio
import atexit
import re
import signal
import sys
import warnings
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from traitlets.config import Config

from guild.base.errors import GuildError

_PYTHON_KERNEL = "python3"  # the kernel of the current Python
_KILL_DELAY = 5.0  # seconds until an interrupted cell is killed


class _StoppedError(Exception):
    """A signal has stopped the notebook."""


class _PassingClient(NotebookClient):  # type: ignore[misc]  # nbclient is not typed here
    """An nbclient that passes on output as cells print it, and handles stop signals."""

    stopped = False
    cell_index = 0
    _ready = False

    async def async_start_new_kernel(self, **kw: Any) -> Any:
        """Start the kernel and make SIGINT and SIGTERM interrupt the current cell.

        Only the first signal counts: the terminal and the supervisor may both send one.
        """
        starting, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert starting is not None

        def stop() -> None:
            if self.stopped:
                return
            self.stopped = True
            if self._ready:
                self._interrupting = loop.create_task(self._interrupt())
            else:
                starting.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        await self._start(super().async_start_new_kernel(**kw))

    async def async_start_new_kernel_client(self, **kw: Any) -> Any:
        """Connect to the kernel. Raises _StoppedError, and GuildError if it does not start."""
        client = await self._start(super().async_start_new_kernel_client(**kw))
        self._ready = True
        return client

    async def _start(self, step: Awaitable[Any]) -> Any:
        """Wait for one step of starting the kernel, and end the kernel if the step fails."""
        try:
            return await step
        except (asyncio.CancelledError, RuntimeError) as error:
            await self._end_kernel()
            if self.stopped:
                raise _StoppedError from None
            raise GuildError(f"cannot start the notebook's kernel: {error}") from None

    async def _interrupt(self) -> None:
        """Interrupt the cell, and kill the kernel if that does not end it."""
        await self.km.interrupt_kernel()
        await asyncio.sleep(_KILL_DELAY)
        await self.km.shutdown_kernel(now=True)

    async def _end_kernel(self) -> None:
        """End a kernel that is starting now instead of at exit, as nbclient would."""
        self.shutdown_kernel = "immediate"
        if self.km is not None:
            await self._async_cleanup_kernel()
        atexit.unregister(self._cleanup_kernel)

    async def async_execute_cell(self, cell: Any, cell_index: int, **kw: Any) -> Any:
        """Execute a cell. Raises _StoppedError after a stop signal."""
        if self.stopped:
            raise _StoppedError
        self.cell_index = cell_index
        return await super().async_execute_cell(cell, cell_index, **kw)

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Print the output in one message of the kernel and store it in the notebook."""
        content = msg["content"]
        if msg["msg_type"] == "stream":
            stream = sys.stderr if content["name"] == "stderr" else sys.stdout
            stream.write(content["text"])
            stream.flush()
        elif msg["msg_type"] in ("display_data", "execute_result"):
            text = content["data"].get("text/plain")
            if text is not None:
                print(text, flush=True)  # noqa: T201  # this is the run's output
        return super().output(outs, msg, display_id, cell_index)


class Ending(NamedTuple):
    """The end of an execution.

    Attributes:
        exit_code: 0 on success, which includes `sys.exit(0)` in a cell.
        message: the reason why cells were not executed; empty after `sys.exit` in a cell.
    """

    exit_code: int
    message: str = ""


def execute_notebook(notebook: Any, kernel: str, run_dir: Path) -> Ending:
    """Execute the cells of `notebook` in `run_dir` and replace their output.

    The message for a failed cell contains its source and traceback. Raises GuildError if
    the kernel dies.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = _PassingClient(
        notebook,
        kernel_name=kernel,
        timeout=None,
        resources={"metadata": {"path": str(run_dir)}},
        # Avoids TCP ports, to which other users of the machine could connect.
        config=Config(KernelManager={"transport": "ipc"}),
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError, asyncio.CancelledError, _StoppedError) as error:
        if client.stopped:
            return _STOPPED
        if isinstance(error, CellExecutionError):
            return _failed(client.cell_index, notebook.cells[client.cell_index], error)
        raise GuildError("the notebook's kernel died") from None
    return _STOPPED if client.stopped else Ending(0)


_STOPPED = Ending(1, "stopped")


def kernel_name(notebook: Any) -> str:
    """Return the name of the kernel for `notebook`.

    Python notebooks use the current Python; others use the kernel that they specify.
    Raises GuildError if that kernel is not installed.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    kernel = notebook.metadata.get("kernelspec", {})
    language = notebook.metadata.get("language_info", {}).get("name") or kernel.get("language")
    if (language or "python") == "python":
        return _PYTHON_KERNEL
    name = str(kernel.get("name") or language)
    try:
        KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        raise GuildError(
            f"the notebook's kernel '{name}' is not installed; "
            "run 'jupyter kernelspec list' to list installed kernels"
        ) from None
    return name


def _failed(index: int, cell: Any, error: CellExecutionError) -> Ending:
    """Return the ending after `cell`, at position `index`, raised `error`."""
    if error.ename == "SystemExit":
        return _exited(error.evalue)
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    traces = [out["traceback"] for out in cell.outputs if out["output_type"] == "error"]
    trace = _ANSI.sub("", "\n".join(traces[-1])) if traces else str(error)
    return Ending(1, f"cell {index + 1} failed:\n\n{source}\n\n{trace}")


def _exited(value: str) -> Ending:
    """Return the ending for the argument of `sys.exit`, as Python interprets it."""
    if value in ("", "None"):
        return Ending(0)
    try:
        return Ending(int(value) & 0xFF)
    except ValueError:
        return Ending(1, value)


_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def read_notebook(path: Path) -> Any:
    """Read the notebook at `path` and upgrade it to format 4. Raises GuildError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about missing fields, which are added here
            notebook = nbformat.reads(path.read_text("utf-8-sig"), as_version=4)
            nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise GuildError(f"cannot read notebook {path}: {reason}") from None
    return notebook


def to_html(notebook: Any) -> str:
    """Render `notebook` with its output as an HTML page."""
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_notebook_node(notebook)
    return str(html)
