"""`guild help`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from guild import config
from guild.api import project
from guild.base.errors import GuildError
from guild.cli import project_help, project_warnings
from guild.cli.command import argument, command, option
from guild.context import Context


@command(
    examples=(
        ("guild help", "Show help for this project."),
        ("guild help --markdown > HELP.md", "Write help as Markdown."),
    )
)
@argument(
    "path",
    default=".",
    metavar="[PATH]",
    description="guild.yml file, or a directory with one (default: the current directory).",
)
@option("--markdown", is_flag=True, help="Print Markdown.")
@option(
    "--base-heading-level",
    type=click.IntRange(1, 6),
    default=1,
    metavar="N",
    help="Heading level of the page title in Markdown (default: 1).",
)
@option("--title", default="Help", help="Page title in Markdown.")
@option("-n", "--no-pager", is_flag=True, help="Do not use a pager.")
def help(  # noqa: A001  # the name of the command
    path: str, markdown: bool, base_heading_level: int, title: str, no_pager: bool
) -> None:
    """Show help for a project.

    The help describes its models, operations and flags.
    """
    guildfile = project.read_project(Path(path))
    if guildfile is None:
        where = "the current directory" if path == "." else f"'{path}'"
        # Guild AI 0.9 wording
        raise GuildError(
            f"{where} does not contain a guild.yml file; use 'guild help PATH' for another project"
        )
    project_warnings.print_warnings(guildfile)
    ctx = Context(config.guild_home(), Path(os.getcwd()), os.environ)
    if markdown:
        text = project_help.format_markdown(guildfile, ctx, title, base_heading_level)
    else:
        text = project_help.format_plain(guildfile, ctx)
    if no_pager or markdown or not sys.stdout.isatty():
        click.echo(text, nl=False)
    else:
        click.echo_via_pager(text)
