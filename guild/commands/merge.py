"""`guild merge`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guild import config
from guild.api import merge as run_merge
from guild.api import selection
from guild.api.merge import MergeOptions, MergePlan
from guild.base.text import printable
from guild.cli import run_selection
from guild.cli.columns import aligned
from guild.cli.command import command
from guild.cli.confirm import confirm
from guild.cli.exit_codes import DECLINED
from guild.cli.run_listing import preview as listing
from guild.index.query import IndexedRun, RunQuery


@command()
@run_selection.run_argument("the latest run")
@run_selection.RUN_FILTERS
@click.option(
    "-t",
    "--target-dir",
    metavar="DIR",
    help="Directory to merge run files to (required if the run is from another project).",
)
@click.option(
    "-s",
    "--sourcecode",
    is_flag=True,
    help="Only copy run source code. Implies --skip-deps. Cannot be used with --skip-sourcecode.",
)
@click.option(
    "-a",
    "--all",
    "all_files",
    is_flag=True,
    help="Copy all run files. May be used with --skip-sourcecode, --skip-deps, and --exclude "
    "to copy all but the skipped/excluded files.",
)
@click.option("--skip-sourcecode", is_flag=True, help="Don't copy run source code.")
@click.option("-D", "--skip-deps", is_flag=True, help="Don't copy project-local dependencies.")
@click.option(
    "-x",
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Exclude a file or pattern (may be used multiple times).",
)
@click.option("-p", "--preview", is_flag=True, help="Show what would happen on a merge.")
@click.option("-y", "--yes", is_flag=True, help="Don't prompt before copying files.")
@click.option(
    "--replace",
    is_flag=True,
    help="Allow replacement of existing files. Cannot be used with --no-replace.",
)
@click.option(
    "--no-replace",
    is_flag=True,
    help="Fail if any target file would be replaced, even if that file is committed to the "
    "project VCS. Cannot be used with --replace.",
)
def merge(
    run: str | None,
    target_dir: str | None,
    sourcecode: bool,
    all_files: bool,
    skip_sourcecode: bool,
    skip_deps: bool,
    exclude: tuple[str, ...],
    preview: bool,
    yes: bool,
    replace: bool,
    no_replace: bool,
    query: RunQuery,
) -> int:
    """Copy run files to a project directory.

    By default files are copied to the current directory, which has to be the one that the
    run is from. Use --target-dir for another one.

    RUN is an index, the start of a run's id, or a run directory; without it the latest run
    is used. Its source code and dependencies are copied, with --all what it made, too.

    The command fails if any file would be replaced, unless --replace is specified or the
    file is committed to the project VCS and unchanged. To prevent replacement even then,
    specify --no-replace.
    """
    for first, second in (
        (("--replace", replace), ("--no-replace", no_replace)),
        (("--sourcecode", sourcecode), ("--skip-sourcecode", skip_sourcecode)),
        (("--sourcecode", sourcecode), ("--all", all_files)),
    ):
        if first[1] and second[1]:
            raise click.UsageError(f"{first[0]} and {second[0]} cannot both be used")
    chosen = selection.select_one(config.guild_home(), run, query)
    target = (
        Path(target_dir) if target_dir else run_merge.default_target(chosen.run, Path(os.getcwd()))
    )
    options = MergeOptions(all_files, skip_sourcecode, skip_deps or sourcecode, exclude)
    plan = run_merge.plan_merge(chosen.run, target, options)
    where = f"'{target_dir}'" if target_dir else "the current directory"
    if not replace:
        run_merge.check_replaced_files(plan, where, os.environ, allow_committed=not no_replace)
    if preview:
        _print_preview(chosen, plan, where)
        return 0
    if not plan.copies:
        _print_run("Nothing to copy for the following run:", chosen)
        click.echo("Try 'guild merge --preview' for a list of skipped files.")
        return 0
    if not yes and not _confirmed(chosen, plan, where):
        return DECLINED
    for path in plan.copies:
        click.echo(f"Copying {printable(path.target_path)}")
        run_merge.copy_to_target(plan, path)
    return 0


def _print_run(what: str, run: IndexedRun) -> None:
    click.echo(what)
    for line in listing([run]):
        click.echo(line)


def _print_preview(run: IndexedRun, plan: MergePlan, where: str) -> None:
    _print_run(f"Merge will copy files from the following run to {where}:", run)
    click.echo("Files:")
    for path in plan.copies:
        click.echo(f"  {printable(path.target_path)}")
    if not plan.copies:
        click.echo("  nothing to copy")
    if plan.skips:
        click.echo("Skipped:")
        for line in aligned([[printable(skip.run_path), skip.reason] for skip in plan.skips]):
            click.echo(f"  {line}")


def _confirmed(run: IndexedRun, plan: MergePlan, where: str) -> bool:
    _print_run(f"You are about to copy files from the following run to {where}:", run)
    click.echo("Files:")
    for path in plan.copies:
        click.echo(f"  {printable(path.target_path)}")
    if plan.skips:
        click.echo(
            f"{len(plan.skips)} files will not be copied (use --preview to show the full list)"
        )
    return confirm(default=False)
