"""The rules of starting an existing run again."""

from __future__ import annotations

from typing import Any

from guild.base.errors import GuildError
from guild.ops.plan.request import RunRequest
from guild.run import Run


def is_managed_batch(run: Run) -> bool:
    """Return whether `run` is a batch whose trials Guild starts, and not an operation."""
    opref = run.opref
    return run.batch_proto is not None and opref is not None and opref.type in ("builtin", "func")


def check_not_running(run: Run) -> None:
    """Raise GuildError if `run` is running and therefore cannot start again."""
    if run.status == "running":  # Guild AI 0.9 wording
        raise GuildError(
            f"cannot restart run {run.short_id} because it's running\n"
            f"Use 'guild stop {run.short_id}' to stop it first and try again."
        )


def is_unneeded(run: Run) -> bool:
    """Return whether `--needed` skips a restart of `run` with the same flags."""
    return run.status in ("completed", "terminated")


def relabel(run: Run, template: str | None, label: str, request: RunRequest) -> None:
    """Give `run` the label and the tags of `request`, which starts it again.

    `template` becomes the template of its labels, and later starts use it too. Steps read the
    label and the tags in the attribute `run_params`. Raises OSError.
    """
    if request.label is None and not request.tags:
        return
    given: dict[str, Any] = {}
    if request.label is not None:
        given["label"] = request.label
    if request.tags:
        given["tags"] = list(request.tags)
        run.set("tags", list(request.tags))
    run.set("run_params", {**_mapping(run.get("run_params")), **given})
    run.set("op", {**_mapping(run.get("op")), "label-template": template})
    run.set("label", label)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
