"""`guild models`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guild.api import project
from guild.cli import project_warnings
from guild.cli.columns import align_rows
from guild.cli.command import argument, command, option
from guild.cli.project_help import details, summary


@command(
    examples=(
        ("guild models", "List the models of this project."),
        ("guild models -v", "Show details of models."),
    )
)
@argument(
    "words",
    nargs=-1,
    metavar="[FILTER...]",
    description="List only models whose name contains FILTER.",
)
@option(
    "-a",
    "--all",
    "all_",
    is_flag=True,
    help="Include private models, which start with an underscore.",
)
@option("-v", "--verbose", is_flag=True, help="Show model details.")
@option("--json", "as_json", is_flag=True, help="Format models as JSON.")
def models(words: tuple[str, ...], all_: bool, verbose: bool, as_json: bool) -> None:
    """List models.

    The models are those of the guild.yml in the current directory.
    """
    guildfile = project.read_project(Path(os.getcwd()))
    project_warnings.print_warnings(guildfile)
    matches = project.list_models(guildfile, words, private=all_) if guildfile else []
    if as_json:
        import json

        data = [
            {
                "name": model.name,
                "description": model.description,
                "source": str(guildfile.path) if guildfile else None,
                "operations": sorted(model.operations),
            }
            for model in matches
        ]
        click.echo(json.dumps(data))
        return
    lines = align_rows([[model.name, summary(model.description)] for model in matches])
    for model, line in zip(matches, lines, strict=True):
        click.echo(line)
        if verbose and guildfile:
            for detail in details(model.description):
                click.echo(f"  {detail}".rstrip())
            click.echo(f"  source: {guildfile.path}")
            click.echo(f"  operations: {', '.join(sorted(model.operations))}")
