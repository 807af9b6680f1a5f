"""`guild runs info`."""

from __future__ import annotations

from typing import Any

import click

from guild import config
from guild.api import info as run_info
from guild.api import selection
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import command
from guild.cli.field_lines import field_lines, scalar_value, value_lines
from guild.index.query import RunQuery
from guild.run import Run


@command()
@run_selection.run_argument("the latest run")
@click.option("-c", "--comments", is_flag=True, help="Show run comments.")
@click.option("-e", "--env", is_flag=True, help="Show run environment.")
@click.option("-d", "--deps", is_flag=True, help="Show resolved dependencies.")
@click.option("-m", "--manifest", is_flag=True, help="Show manifest.")
@click.option("-p", "--plugins", is_flag=True, help="Show plugins.")
@click.option("-O", "--output", is_flag=True, help="Show run output.")
@click.option("-a", "--attributes", is_flag=True, help="Show every attribute as it is kept.")
@click.option(
    "-s",
    "--all-scalars",
    is_flag=True,
    help="Show all scalar values. By default only shows last values for non-system scalars.",
)
@click.option("--json", "as_json", is_flag=True, help="Format information as JSON.")
@run_selection.RUN_FILTERS
def info(
    run: str | None, all_scalars: bool, as_json: bool, query: RunQuery, **options: Any
) -> None:
    """Show information about a run.

    RUN is an index, the start of a run's id, or a run directory; without it the latest run
    is shown. Each option adds something to what is shown.
    """
    chosen = selection.select_one(config.guild_home(), run, query)
    fields = run_info.info(chosen, all_scalars=all_scalars)
    added = _added(chosen.run, options)
    if as_json:
        import json

        click.echo(json.dumps({**fields, **added}))
    else:
        for name, value in {**fields, **added}.items():
            click.echo("\n".join(_lines(name, value)))


def _added(run: Run, options: dict[str, Any]) -> dict[str, Any]:
    """What the options ask for, in the order in which it is shown."""
    added: dict[str, Any] = {}
    if options["comments"]:
        added["comments"] = run_info.comments(run)
    if options["env"]:
        added["environment"] = run.get("env") or {}
    if options["manifest"]:
        added["manifest"] = run_info.manifest_paths(run)
    if options["deps"]:
        added["dependencies"] = run.get("deps") or {}
    if options["plugins"]:
        added["plugins"] = run.get("plugins") or []
    if options["attributes"]:
        added["attributes"] = {name: run.get(name) for name in run.attr_names()}
    if options["output"]:
        added["output"] = run_info.output(run)
    return added


def _lines(name: str, value: Any) -> list[str]:
    if name == "scalars":
        return ["scalars:", *_scalar_lines(value)]
    if name == "comments":
        return ["comments:", *_comment_lines(value)]
    if name == "steps":
        return ["steps:", *(f"  {printable(step)}" for step in value)]
    if name == "output":
        return ["output:", *(f"  {printable(line)}" for line in value.splitlines())]
    if isinstance(value, str):
        return field_lines({name: value})
    return value_lines(name, value)


def _scalar_lines(scalars: dict[str, Any]) -> list[str]:
    lines = []
    for name, values in scalars.items():
        if isinstance(values, tuple):
            lines.append(f"  {printable(name)}: {scalar_value(*values)}")
        else:
            lines.append(f"  {printable(name)}:")
            lines += [f"    {kind}: {scalar_value(*values[kind])}" for kind in sorted(values)]
    return lines


def _comment_lines(comments: list[dict[str, str]]) -> list[str]:
    lines = []
    for comment in comments:
        lines += ["  -", "    body: |"]
        lines += [f"      {printable(line)}".rstrip() for line in comment["body"].splitlines()]
        lines += [
            f"    {name}: {printable(comment[name])}".rstrip() for name in ("host", "time", "user")
        ]
    return lines
