"""`guild check`."""

from __future__ import annotations

import os
from typing import Any

import click

from guild import __version__, config
from guild.api import installation
from guild.base.errors import GuildError


@click.command()
@click.option("--env", "env_only", is_flag=True, help="Limit check to environment info.")
@click.option("--pytorch", is_flag=True, help="Check PyTorch status.")
@click.option("--r-script", is_flag=True, help="Check Rscript status.")
@click.option("-n", "--no-info", is_flag=True, help="Don't print info, only what is wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Show more information.")
@click.option("--space", is_flag=True, help="Show disk space usage for Guild files.")
@click.option("--version", "required", metavar="REQUIRED", help="Check the installed version.")
@click.option("--json", "as_json", is_flag=True, help="Format info as JSON.")
def check(
    env_only: bool,
    pytorch: bool,
    r_script: bool,
    no_info: bool,
    verbose: bool,
    space: bool,
    required: str | None,
    as_json: bool,
) -> int:
    """Check the Guild setup.

    This command performs a number of checks and prints information about the Guild
    installation. The exit code is 1 if something keeps Guild from working.

    To verify that the installed version of Guild matches a required spec, use --version.
    REQUIRED can be any valid version requirement. For example, to confirm that Guild is at
    least version 0.7.0, use --version '>=0.7.0'. Note you must quote arguments that contain
    less-than or greater-than symbols in POSIX shells.
    """
    if required is not None and not installation.matches_version(required):
        raise GuildError(
            f"version mismatch: current version '{__version__}' does not match '{required}'"
        )
    report = installation.check(os.environ, env_only=env_only, verbose=verbose)
    facts: dict[str, Any] = dict(report.facts)
    if pytorch:
        facts.update(installation.pytorch())
    if r_script:
        facts.update(installation.r_script(os.environ))
    usage = _disk_usage() if space else {}
    if as_json:
        _print_json(facts, usage, report)
    elif not no_info:
        _print(facts, usage)
    for warning in report.warnings:
        click.echo(f"WARNING: {warning}", err=True)
    for error in report.errors:
        click.echo(f"guild: {error}", err=True)
    return 1 if report.errors else 0


def _disk_usage() -> dict[str, Any]:
    try:
        return installation.disk_usage(config.guild_home())
    except GuildError:  # it is among the errors of the report
        return {}


def _print(facts: dict[str, Any], usage: dict[str, Any]) -> None:
    for name, value in facts.items():
        click.echo(f"{name + ':':26} {value}")
    if usage:
        click.echo("disk_space:")
        width = max(len(installation.size_text(size)) for size, _path in usage.values())
        for name, (size, path) in usage.items():
            click.echo(f"  {name + ':':24} {installation.size_text(size):{width}} {path}")


def _print_json(facts: dict[str, Any], usage: dict[str, Any], report: installation.Report) -> None:
    import json

    data = {**facts, "errors": report.errors, "warnings": report.warnings}
    if usage:
        data["disk_space"] = {name: size for name, (size, _path) in usage.items()}
    click.echo(json.dumps(data))
