"""`guild ls`."""

from __future__ import annotations

import os
from typing import NamedTuple

import click

from guild import config
from guild.api import run_files, selection
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.index.query import RunQuery


class ListOptions(NamedTuple):
    """The files to list and the form in which they are listed."""

    path: str | None
    sourcecode: bool
    dependencies: bool
    generated: bool
    all_: bool
    follow_links: bool
    full_path: bool
    no_format: bool
    human_readable: bool
    as_json: bool


_OPTIONS = OptionGroup(
    "Options",
    "options",
    ListOptions,
    Option("-p", "--path", metavar="PATH", help="List PATH, which may be a pattern: '*.txt'."),
    Option("-s", "--sourcecode", is_flag=True, help="List source code files."),
    Option("-d", "--dependencies", is_flag=True, help="List dependencies."),
    Option("-g", "--generated", is_flag=True, help="List generated files."),
    Option("-a", "--all", "all_", is_flag=True, help="Include hidden files and Guild's own."),
    Option("-L", "--follow-links", is_flag=True, help="Follow links."),
    Option("-f", "--full-path", is_flag=True, help="Show full paths."),
    Option("-n", "--no-format", is_flag=True, help="Print file names only."),
    Option("-h", "--human-readable", is_flag=True, help="Show file sizes."),
    Option("--json", "as_json", is_flag=True, help="Print JSON."),
)


@command(
    examples=(
        ("guild ls", "List the files of the latest run."),
        ("guild ls 2 -g -h", "List what the second run generated, with sizes."),
    )
)
@run_selection.run_argument("the latest run")
@_OPTIONS
@run_selection.RUN_FILTERS
def ls(run: str | None, options: ListOptions, query: RunQuery) -> None:
    """List the files of a run.

    --sourcecode, --dependencies and --generated can be combined. Hidden files and Guild's
    own in .guild are omitted, except with --all or a PATH that starts with a dot.
    """
    selected = selection.select_one(config.guild_home(), run, query).run
    paths = run_files.list_files(
        selected,
        pattern=options.path,
        kinds=run_files.Kinds(options.sourcecode, options.dependencies, options.generated),
        hidden=options.all_,
        follow_links=options.follow_links,
    )
    names = [os.path.join(selected.path, path) for path in paths] if options.full_path else paths
    if options.as_json:
        import json

        click.echo(json.dumps(names))
        return
    sizes = _format_sizes(selected.path, paths) if options.human_readable else [""] * len(paths)
    indent = ""
    if not (options.full_path or options.no_format):
        click.echo(f"{printable(selected.path)}:")
        indent = "  "
    for size, name in zip(sizes, names, strict=True):
        click.echo(f"{indent}{size}{printable(name)}")


def _format_sizes(run_dir: str, paths: list[str]) -> list[str]:
    """Return the size of each file as an aligned prefix; directories have no size."""
    sizes = [
        "" if path.endswith("/") else _format_size(os.path.join(run_dir, path)) for path in paths
    ]
    width = max(map(len, sizes), default=0)
    return [f"{size:>{width}}  " for size in sizes]


def _format_size(path: str) -> str:
    size = float(os.lstat(path).st_size)
    for unit in ("B", "K", "M", "G"):
        if size < 1000:
            return f"{size:.3g}{unit}"
        size /= 1024
    return f"{size:.3g}T"
