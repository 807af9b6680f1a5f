"""`guild init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import click

from guild.api import setup
from guild.cli import exit_codes
from guild.cli.command import Option, OptionGroup, argument, command
from guild.cli.confirm import confirm, yes_option


class EnvironmentOptions(NamedTuple):
    """The virtual environment to create; none if no option is set."""

    venv: bool
    python: str | None
    guild: str | None
    system_site_packages: bool
    requirements: tuple[str, ...]
    no_reqs: bool


_OPTIONS = OptionGroup(
    "Virtual environment",
    "options",
    EnvironmentOptions,
    Option("--venv", is_flag=True, help="Create one in DIR/venv; implied by those below."),
    Option("-p", "--python", metavar="VERSION", help="Use this version of Python."),
    Option(
        "-g",
        "--guild",
        metavar="VERSION",
        help="Install this version of Guild, or the wheel or checkout at a path.",
    ),
    Option(
        "-s",
        "--system-site-packages",
        is_flag=True,
        help="Give access to the site packages of the system.",
    ),
    Option(
        "-r",
        "--requirement",
        "requirements",
        multiple=True,
        metavar="REQ",
        help="Install a package or a requirements file (repeatable).",
    ),
    Option("--no-reqs", is_flag=True, help="Do not install DIR/requirements.txt."),
)


@command(
    examples=(
        ("guild init", "Keep the runs of this directory in ./.guild."),
        ("guild init --venv -p 3.12", "Create a virtual environment as well."),
    )
)
@argument(
    "directory",
    default=".",
    metavar="[DIR]",
    description="Directory to initialize (default: the current directory).",
)
@yes_option
@_OPTIONS
def init(directory: str, yes: bool, options: EnvironmentOptions) -> int:
    """Initialize a Guild environment.

    Creates the Guild home DIR/.guild, which all commands use that are run in DIR or below. With
    --venv, also creates a virtual environment with Guild and the packages of
    DIR/requirements.txt if that exists.
    """
    root = Path(os.path.abspath(directory))
    home, venv = root / ".guild", root / "venv"
    with_venv = any(options)
    if with_venv and not yes:
        click.echo(f"You are about to create a virtual environment in {venv}")
        if not confirm():
            return exit_codes.DECLINED
    if setup.make_home(home):
        click.echo(f"Initialized Guild home {home}")
    else:
        click.echo(f"Guild home {home} already exists")
    if with_venv:
        setup.make_environment(
            venv,
            os.environ,
            python=options.python,
            guild=options.guild,
            system_site_packages=options.system_site_packages,
            requirements=options.requirements or _default_requirements(root, options.no_reqs),
        )
        click.echo(f"To use the environment: source {venv / 'bin' / 'activate'}")
    return exit_codes.OK


def _default_requirements(root: Path, no_reqs: bool) -> tuple[str, ...]:
    path = root / "requirements.txt"
    return (str(path),) if path.is_file() and not no_reqs else ()
