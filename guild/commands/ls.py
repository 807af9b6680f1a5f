"""`guild ls`."""

from __future__ import annotations

import os

import click

from guild import config
from guild.api import run_files, selection
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import command
from guild.index.query import RunQuery


@command()
@run_selection.run_argument("the latest run")
@click.option("-p", "--path", metavar="PATH", help="Path to list, or a pattern such as '*.txt'.")
@click.option("-s", "--sourcecode", is_flag=True, help="List source code files.")
@click.option("-d", "--dependencies", is_flag=True, help="List dependencies.")
@click.option("-g", "--generated", is_flag=True, help="List generated.")
@click.option("-a", "--all", "all_", is_flag=True, help="Show all files including Guild files.")
@click.option("-f", "--full-path", is_flag=True, help="Show full path for files.")
@click.option("-L", "--follow-links", is_flag=True, help="Follow links.")
@click.option("-n", "--no-format", is_flag=True, help="Show files without additional formatting.")
@click.option("-h", "--human-readable", is_flag=True, help="Show sizes of files.")
@click.option("--json", "as_json", is_flag=True, help="Format files as JSON.")
@run_selection.RUN_FILTERS
def ls(
    run: str | None,
    path: str | None,
    sourcecode: bool,
    dependencies: bool,
    generated: bool,
    all_: bool,
    full_path: bool,
    follow_links: bool,
    no_format: bool,
    human_readable: bool,
    as_json: bool,
    query: RunQuery,
) -> None:
    """List the files of a run.

    RUN is an index, the start of a run's id, or a run directory; without it the latest run
    is used. Files under .guild are left out, unless --all is used or PATH begins with it.
    Options that say why a file is in the run may be combined.
    """
    chosen = selection.select_one(config.guild_home(), run, query).run
    paths = run_files.list_files(
        chosen,
        pattern=path,
        kinds=run_files.Kinds(sourcecode, dependencies, generated),
        guild_files=all_,
        follow_links=follow_links,
    )
    shown = [os.path.join(chosen.path, path) if full_path else path for path in paths]
    if as_json:
        import json

        click.echo(json.dumps(shown))
        return
    sizes = _sizes(chosen.path, paths) if human_readable else [""] * len(paths)
    plain = full_path or no_format
    if not plain:
        click.echo(f"{printable(chosen.path)}:")
    for size, name in zip(sizes, shown, strict=True):
        click.echo(f"{'' if plain else '  '}{size}{printable(name)}")


def _sizes(run_dir: str, paths: list[str]) -> list[str]:
    """The size of each file in front of its name, aligned; of a folder none."""
    sizes = ["" if path.endswith("/") else _size(os.path.join(run_dir, path)) for path in paths]
    width = max(map(len, sizes), default=0)
    return [f"{size:>{width}}  " for size in sizes]


def _size(path: str) -> str:
    size = float(os.lstat(path).st_size)
    for unit in ("B", "K", "M", "G"):
        if size < 1000:
            return f"{size:.3g}{unit}"
        size /= 1024
    return f"{size:.3g}T"
