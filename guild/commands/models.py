"""`guild models`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guild.api import project
from guild.cli import project_warnings
from guild.cli.columns import aligned
from guild.commands.operations import details, summary


@click.command()
@click.argument("words", nargs=-1, metavar="[FILTER]...")
@click.option("-a", "--all", "all_", is_flag=True, help="Show all models including private ones.")
@click.option("-v", "--verbose", is_flag=True, help="Show model details.")
@click.option("--json", "as_json", is_flag=True, help="Format models as JSON.")
def models(words: tuple[str, ...], all_: bool, verbose: bool, as_json: bool) -> None:
    """List models.

    Shows the models of the guild.yml in the current directory, with --all also those whose
    name begins with an underscore.

    Use one or more FILTER arguments to show only models whose names contain one of the
    specified values.
    """
    guildfile = project.guildfile(Path(os.getcwd()))
    project_warnings.print_warnings(guildfile)
    found = project.models(guildfile, words, private=all_) if guildfile else []
    if as_json:
        import json

        data = [
            {
                "name": model.name,
                "description": model.description,
                "source": str(guildfile.path) if guildfile else None,
                "operations": sorted(model.operations),
            }
            for model in found
        ]
        click.echo(json.dumps(data))
        return
    lines = aligned([[model.name, summary(model.description)] for model in found])
    for model, line in zip(found, lines, strict=True):
        click.echo(line)
        if verbose and guildfile:
            for more in details(model.description):
                click.echo(f"  {more}".rstrip())
            click.echo(f"  source: {guildfile.path}")
            click.echo(f"  operations: {', '.join(sorted(model.operations))}")
