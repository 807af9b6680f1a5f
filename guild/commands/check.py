"""`guild check`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guild import __version__, config
from guild.api import installation
from guild.base.errors import GuildError
from guild.cli.command import command, option
from guild.cli.warnings import warn_all

if TYPE_CHECKING:
    from guild.api.project_check import ProjectReport


@command(
    examples=(
        ("guild check", "Check the installation and ./guild.yml."),
        ("guild check --version '>=0.1'", "Check the installed version."),
    )
)
@option("--env", "env_only", is_flag=True, help="Limit check to environment info.")
@option("--pytorch", is_flag=True, help="Check PyTorch status.")
@option("--r-script", is_flag=True, help="Check Rscript status.")
@option("-n", "--no-info", is_flag=True, help="Print only problems.")
@option("-v", "--verbose", is_flag=True, help="Show more information.")
@option("--space", is_flag=True, help="Show disk space usage for Guild files.")
@option("--schema", is_flag=True, help="Print the JSON Schema of guild.yml and exit.")
@option("--version", "required", metavar="REQUIRED", help="Check the installed version.")
@option("--json", "as_json", is_flag=True, help="Format info as JSON.")
def check(
    env_only: bool,
    pytorch: bool,
    r_script: bool,
    no_info: bool,
    verbose: bool,
    space: bool,
    schema: bool,
    required: str | None,
    as_json: bool,
) -> int:
    """Check the Guild setup and the project.

    Prints information about the Guild installation. If the current directory contains a
    guild.yml, checks the whole file, including the scripts, files, operations and flags that
    it refers to, and prints each problem. The exit code is 1 if anything is wrong.

    Use --version to verify the installed version. REQUIRED is a version requirement, such as
    '>=0.7.0'. Quote requirements that contain less-than or greater-than symbols in a shell.

    Use --schema for completion and validation of guild.yml in an editor.
    """
    if schema:
        _print_schema()
        return 0
    if required is not None and not installation.matches_version(required):
        # Guild AI 0.9 wording
        raise GuildError(
            f"version mismatch: current version '{__version__}' does not match '{required}'"
        )
    report = installation.check_installation(os.environ, env_only=env_only, verbose=verbose)
    facts: dict[str, Any] = dict(report.facts)
    if pytorch:
        facts.update(installation.find_pytorch(os.environ))
    if r_script:
        facts.update(installation.find_rscript(os.environ))
    usage = _disk_usage() if space else {}
    project = None if env_only or report.errors else _check_project()
    if as_json:
        _print_json(facts, usage, report, project)
    elif not no_info:
        _print(facts, usage)
    warn_all(report.warnings)
    for error in report.errors:
        click.echo(f"guild: {error}", err=True)
    if project and not as_json:
        _print_project(project, quiet=no_info)
    return 1 if report.errors or (project and project.problems) else 0


def _print_schema() -> None:
    import json

    from guild.guildfile.schema import build_schema

    click.echo(json.dumps(build_schema(), indent=2))


def _check_project() -> ProjectReport | None:
    from guild.api.project_check import check_project
    from guild.context import Context

    return check_project(Context(config.guild_home(), Path(os.getcwd()), os.environ))


def _disk_usage() -> dict[str, Any]:
    try:
        return installation.measure_disk_usage(config.guild_home())
    except GuildError:  # the report includes this error
        return {}


def _print(facts: dict[str, Any], usage: dict[str, Any]) -> None:
    for name, value in facts.items():
        click.echo(f"{name + ':':26} {value}")
    if usage:
        click.echo("disk_space:")
        width = max(len(installation.format_size(size)) for size, _path in usage.values())
        for name, (size, path) in usage.items():
            click.echo(f"  {name + ':':24} {installation.format_size(size):{width}} {path}")


def _print_project(project: ProjectReport, *, quiet: bool) -> None:
    for problem in project.problems:
        click.echo(str(problem), err=True)
    name, count = project.path.name, len(project.problems)
    if count:
        click.echo(f"{name}: {count} problem{'s' * (count != 1)} found", err=True)
    elif not quiet:
        operations = project.operations
        click.echo(f"{name}: no problems found ({operations} operation{'s' * (operations != 1)})")


def _print_json(
    facts: dict[str, Any],
    usage: dict[str, Any],
    report: installation.Report,
    project: ProjectReport | None,
) -> None:
    import json

    data = {**facts, "errors": report.errors, "warnings": report.warnings}
    if project:
        data["project_problems"] = [problem._asdict() for problem in project.problems]
    if usage:
        data["disk_space"] = {name: size for name, (size, _path) in usage.items()}
    click.echo(json.dumps(data))
