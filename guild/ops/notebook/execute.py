"""Executing a notebook cell by cell, its output passed on as it comes."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from traitlets.config import Config

from guild.base.errors import GuildError

_PYTHON_KERNEL = "python3"  # of the Python that this is


class _PassingClient(NotebookClient):  # type: ignore[misc]  # nbclient is not typed here
    """Passes on what cells print; everything else is nbclient's."""

    stopped = False
    raised: tuple[int, list[str]] | None = None
    """The index of the last cell that raised, and its traceback. Cells before may have done so
    and be tagged `raises-exception`."""

    async def async_start_new_kernel_client(self, **kw: Any) -> Any:
        """Have SIGINT and SIGTERM end the execution, which then ends the kernel."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None

        def stop() -> None:
            self.stopped = True
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return await super().async_start_new_kernel_client(**kw)

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Pass on one message of the kernel, and keep it in the notebook."""
        content = msg["content"]
        if msg["msg_type"] == "stream":
            stream = sys.stderr if content["name"] == "stderr" else sys.stdout
            stream.write(content["text"])
            stream.flush()
        elif msg["msg_type"] == "error":
            self.raised = cell_index, content["traceback"]
        elif msg["msg_type"] in ("display_data", "execute_result"):
            text = content["data"].get("text/plain")
            if text is not None:
                print(text, flush=True)  # noqa: T201  # this is the run's output
        return super().output(outs, msg, display_id, cell_index)


def execute(notebook: Any, kernel: str, run_dir: Path) -> str | None:
    """Execute the cells of `notebook`, which gets their output, in the folder `run_dir`.

    The result is None, or why not all is executed: that it was stopped, or which cell
    failed, with its source and its traceback. Raises GuildError where the kernel dies.
    """
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
    except CellExecutionError as error:
        return str(error) if client.raised is None else _failure(notebook, *client.raised)
    except (DeadKernelError, asyncio.CancelledError):
        if not client.stopped:
            raise GuildError("the notebook's kernel died") from None
        return "stopped"
    return None


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


def _failure(notebook: Any, index: int, traceback: list[str]) -> str:
    """That the cell `index` failed, and why, in words."""
    source = "\n".join(f"    {line}" for line in notebook.cells[index].source.splitlines())
    trace = _ANSI.sub("", "\n".join(traceback))
    return f"cell {index + 1} failed:\n\n{source}\n\n{trace}"


_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def read(path: Path) -> Any:
    """The notebook in the file `path`. Raises GuildError."""
    try:
        notebook = nbformat.read(path, as_version=4)
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
