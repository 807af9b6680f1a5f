"""Executing a notebook cell by cell, its output passed on as it comes."""

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

_PYTHON_KERNEL = "python3"  # of the Python that this is
_PATIENCE = 5.0  # seconds that an interrupted cell has to end


class _StoppedError(Exception):
    """The notebook is not to go on: a signal has come."""


class _PassingClient(NotebookClient):  # type: ignore[misc]  # nbclient is not typed here
    """Passes on what cells print, and ends in good order; everything else is nbclient's."""

    stopped = False
    cell_index = 0
    _ready = False

    async def async_start_new_kernel(self, **kw: Any) -> Any:
        """Have SIGINT and SIGTERM interrupt the cell that is executed, the first of them: the
        same may come twice, from the terminal and from who started this."""
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
        """As nbclient does. Raises _StoppedError, and GuildError if the kernel does not start."""
        client = await self._start(super().async_start_new_kernel_client(**kw))
        self._ready = True
        return client

    async def _start(self, step: Awaitable[Any]) -> Any:
        """Make a step of the start of the kernel, which ends if that fails."""
        try:
            return await step
        except (asyncio.CancelledError, RuntimeError) as error:
            await self._end_kernel()
            if self.stopped:
                raise _StoppedError from None
            raise GuildError(f"the notebook's kernel does not start: {error}") from None

    async def _interrupt(self) -> None:
        """Interrupt the cell, and end the kernel if it goes on for all that."""
        await self.km.interrupt_kernel()
        await asyncio.sleep(_PATIENCE)
        await self.km.shutdown_kernel(now=True)

    async def _end_kernel(self) -> None:
        """End a kernel that has not begun yet, which nbclient would do at exit."""
        self.shutdown_kernel = "immediate"
        if self.km is not None:
            await self._async_cleanup_kernel()
        atexit.unregister(self._cleanup_kernel)

    async def async_execute_cell(self, cell: Any, cell_index: int, **kw: Any) -> Any:
        """Execute a cell, if it is not to end. Raises _StoppedError."""
        if self.stopped:
            raise _StoppedError
        self.cell_index = cell_index
        return await super().async_execute_cell(cell, cell_index, **kw)

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Pass on one message of the kernel, and keep it in the notebook."""
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
    """How an execution ended.

    Attributes:
        exit_code: 0 if it is a good end, as `sys.exit(0)` in a cell is.
        message: why not all is executed; empty if all is, or a cell has exited.
    """

    exit_code: int
    message: str = ""


def execute_notebook(notebook: Any, kernel: str, run_dir: Path) -> Ending:
    """Execute the cells of `notebook`, which gets their output in place of what it had, in
    the folder `run_dir`.

    What is told of a cell that failed is its source and its traceback. Raises GuildError
    where the kernel dies.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = _PassingClient(
        notebook,
        kernel_name=kernel,
        timeout=None,
        resources={"metadata": {"path": str(run_dir)}},
        # Not over the network, where others on the machine could listen.
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
    """The kernel to execute `notebook` with: for Python that of the Python that this is, for
    another language the notebook's own. Raises GuildError if that is not installed."""
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
            f"the notebook needs the kernel '{name}', which is not installed - "
            "'jupyter kernelspec list' shows those that are"
        ) from None
    return name


def _failed(index: int, cell: Any, error: CellExecutionError) -> Ending:
    """What the failure of `cell`, the one at `index`, means, and is told as."""
    if error.ename == "SystemExit":
        return _exited(error.evalue)
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    traces = [out["traceback"] for out in cell.outputs if out["output_type"] == "error"]
    trace = _ANSI.sub("", "\n".join(traces[-1])) if traces else str(error)
    return Ending(1, f"cell {index + 1} failed:\n\n{source}\n\n{trace}")


def _exited(value: str) -> Ending:
    """As Python exits for the argument of `sys.exit`."""
    if value in ("", "None"):
        return Ending(0)
    try:
        return Ending(int(value) & 0xFF)
    except ValueError:
        return Ending(1, value)


_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def read_notebook(path: Path) -> Any:
    """The notebook in the file `path`, whatever its format was. Raises GuildError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is missing in it and is made here
            notebook = nbformat.reads(path.read_text("utf-8-sig"), as_version=4)
            nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise GuildError(f"cannot read notebook {path}: {reason}") from None
    return notebook


def to_html(notebook: Any) -> str:
    """`notebook` with its output as a web page."""
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_notebook_node(notebook)
    return str(html)
