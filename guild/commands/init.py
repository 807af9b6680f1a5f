"""`guild init`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guild.api import setup
from guild.cli.confirm import confirm
from guild.cli.exit_codes import DECLINED


@click.command()
@click.argument("directory", default=".", metavar="[DIR]")
@click.option("--venv", is_flag=True, help="Create a virtual environment in DIR/venv.")
@click.option("-p", "--python", metavar="VERSION", help="Python to use for it. Implies --venv.")
@click.option(
    "-g",
    "--guild",
    metavar="VERSION_OR_PATH",
    help="Version of Guild to install in it, or path of a wheel or checkout. Implies --venv.",
)
@click.option(
    "-s",
    "--system-site-packages",
    is_flag=True,
    help="Give it access to system site packages. Implies --venv.",
)
@click.option(
    "-r",
    "--requirement",
    "requirements",
    multiple=True,
    metavar="REQ",
    help="Install required package or packages defined in a file. Implies --venv.",
)
@click.option(
    "--no-reqs", is_flag=True, help="Do not install from DIR/requirements.txt. Implies --venv."
)
@click.option("-y", "--yes", is_flag=True, help="Do not prompt before creating an environment.")
def init(
    directory: str,
    venv: bool,
    python: str | None,
    guild: str | None,
    system_site_packages: bool,
    requirements: tuple[str, ...],
    no_reqs: bool,
    yes: bool,
) -> int:
    """Initialize a Guild environment.

    Creates a Guild home, '.guild', in DIR or the current directory. It is used by all
    commands that are run there or below.

    With --venv also creates a virtual environment with Guild and the packages of
    requirements.txt, if there is one in DIR.
    """
    folder = Path(os.path.abspath(directory))
    with_venv = bool(venv or python or guild or system_site_packages or requirements or no_reqs)
    if with_venv and not yes:
        click.echo(f"You are about to create a virtual environment in {folder / 'venv'}")
        if not confirm():
            return DECLINED
    new = setup.make_home(folder / ".guild")
    click.echo(
        f"Initialized Guild home {folder / '.guild'}"
        if new
        else f"Guild home {folder / '.guild'} exists"
    )
    if with_venv:
        default = folder / "requirements.txt"
        if not requirements and not no_reqs and default.is_file():
            requirements = (str(default),)
        setup.make_environment(
            folder / "venv",
            python=python,
            guild=guild,
            system_site_packages=system_site_packages,
            requirements=requirements,
        )
        click.echo(f"To use the environment: source {folder / 'venv' / 'bin' / 'activate'}")
    return 0
