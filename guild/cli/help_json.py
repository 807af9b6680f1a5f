"""Help pages as JSON, for tools that write documentation (`GUILD_HELP_JSON=1`)."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterable

import click

from guild import __version__


def is_requested() -> bool:
    """Return whether the environment asks for JSON instead of help pages."""
    return os.environ.get("GUILD_HELP_JSON") == "1"


def format_json(
    command: click.Command, ctx: click.Context, commands: Iterable[tuple[str, str]] | None = None
) -> str:
    """Return the help of `command` in the form of Guild AI 0.9.

    `commands` are the commands of a group, with their help lines.
    """
    options = (param for param in command.get_params(ctx) if isinstance(param, click.Option))
    page: dict[str, object] = {
        "version": __version__,
        "usage": {"prog": ctx.command_path, "args": " ".join(command.collect_usage_pieces(ctx))},
        "help": inspect.cleandoc(command.help or "").replace("\b\n", ""),
        "options": [
            {"term": _term(option, ctx), "help": option.help or ""}
            for option in options
            if not option.hidden
        ],
    }
    if commands is not None:
        page["commands"] = [{"term": term, "help": text} for term, text in commands]
    return json.dumps(page)


def _term(option: click.Option, ctx: click.Context) -> str:
    record = option.get_help_record(ctx)
    return record[0] if record else ", ".join(option.opts)
