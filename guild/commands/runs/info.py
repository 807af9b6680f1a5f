"""`guild runs info`."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from guild import config
from guild.api import run_info, selection
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.command import Option, OptionGroup, command
from guild.cli.field_lines import format_fields, format_scalar, format_value
from guild.index.query import RunQuery
from guild.run import Run


class InfoOptions(NamedTuple):
    """The sections to add, and the form of the page."""

    all_scalars: bool
    output: bool
    env: bool
    deps: bool
    manifest: bool
    comments: bool
    plugins: bool
    attributes: bool
    as_json: bool


_OPTIONS = OptionGroup(
    "Options",
    "options",
    InfoOptions,
    Option(
        "-s",
        "--all-scalars",
        is_flag=True,
        help="Show all values of all scalars (default: the last values, no system scalars).",
    ),
    Option("-O", "--output", is_flag=True, help="Include the output."),
    Option("-e", "--env", is_flag=True, help="Include the environment."),
    Option("-d", "--deps", is_flag=True, help="Include the resolved dependencies."),
    Option("-m", "--manifest", is_flag=True, help="Include the manifest."),
    Option("-c", "--comments", is_flag=True, help="Include the comments."),
    Option("-p", "--plugins", is_flag=True, help="Include the plugins."),
    Option("-a", "--attributes", is_flag=True, help="Include all attributes as they are recorded."),
    Option("--json", "as_json", is_flag=True, help="Print JSON."),
)


@command(
    examples=(
        ("guild runs info", "Show the latest run."),
        ("guild runs info 2 --env --deps", "Add two sections."),
    )
)
@run_selection.run_argument("the latest run")
@_OPTIONS
@run_selection.RUN_FILTERS
def info(run: str | None, options: InfoOptions, query: RunQuery) -> None:
    """Show information about a run."""
    selected = selection.select_one(config.guild_home(), run, query)
    fields = run_info.read_info(selected, all_scalars=options.all_scalars)
    attributes = run_info.read_user_attributes(selected.run)
    sections = _read_sections(selected.run, options)
    if options.as_json:
        import json

        click.echo(json.dumps({**attributes, **fields, **sections}))
        return
    for name, value in fields.items():
        click.echo("\n".join(_format_section(name, value)))
    if attributes and not options.attributes:
        click.echo("\n".join(["attributes:", *format_fields(attributes, indent="  ")]))
    for name, value in sections.items():
        click.echo("\n".join(_format_section(name, value)))


def _read_sections(run: Run, options: InfoOptions) -> dict[str, Any]:
    """Return the sections that the options add, in the order of the page."""
    sections: dict[str, Any] = {}
    if options.comments:
        sections["comments"] = run_info.format_comments(run)
    if options.env:
        sections["environment"] = run.get("env") or {}
    if options.manifest:
        sections["manifest"] = run_info.list_manifest_paths(run)
    if options.deps:
        sections["dependencies"] = run.get("deps") or {}
    if options.plugins:
        sections["plugins"] = run.get("plugins") or []
    if options.attributes:
        sections["attributes"] = {name: run.get(name) for name in run.attr_names()}
    if options.output:
        sections["output"] = run_info.read_output(run)
    return sections


def _format_section(name: str, value: Any) -> list[str]:
    if name == "scalars":
        return ["scalars:", *_format_scalars(value)]
    if name == "comments":
        return ["comments:", *_format_comments(value)]
    if name == "steps":
        return ["steps:", *(f"  {printable(step)}" for step in value)]
    if name == "output":
        return ["output:", *(f"  {printable(line)}" for line in value.splitlines())]
    if isinstance(value, str):
        return format_fields({name: value})
    return format_value(name, value)


def _format_scalars(scalars: dict[str, Any]) -> list[str]:
    lines = []
    for name, values in scalars.items():
        if isinstance(values, tuple):
            lines.append(f"  {printable(name)}: {format_scalar(*values)}")
        else:
            lines.append(f"  {printable(name)}:")
            lines += [f"    {kind}: {format_scalar(*values[kind])}" for kind in sorted(values)]
    return lines


def _format_comments(comments: list[dict[str, str]]) -> list[str]:
    lines = []
    for comment in comments:
        first, *more = comment["body"].splitlines() or [""]
        lines.append("  -")
        if more:
            lines.append("    body: |")
            lines += [f"      {printable(line)}".rstrip() for line in (first, *more)]
        else:
            lines.append(f"    body: {printable(first)}".rstrip())
        lines += [
            f"    {name}: {printable(comment[name])}".rstrip() for name in ("host", "time", "user")
        ]
    return lines
