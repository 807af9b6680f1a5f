"""`guild merge`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import click

from guild import config
from guild.api import run_merge, selection
from guild.api.run_merge import MergeOptions, MergePlan
from guild.base.text import printable
from guild.cli import exit_codes, run_selection
from guild.cli.columns import align_rows
from guild.cli.command import Option, OptionGroup, command, option
from guild.cli.confirm import confirm, yes_option
from guild.cli.run_listing import preview_runs, print_lines
from guild.index.query import IndexedRun, RunQuery


class ReplaceOptions(NamedTuple):
    """Files of the target directory that may be replaced; by default, unchanged committed ones."""

    replace: bool
    no_replace: bool


def _make_merge_options(
    *,
    sourcecode: bool,
    all_files: bool,
    skip_sourcecode: bool,
    skip_deps: bool,
    exclude: tuple[str, ...],
) -> MergeOptions:
    return MergeOptions(all_files, skip_sourcecode, skip_deps or sourcecode, exclude)


_FILE_OPTIONS = OptionGroup(
    "Files to copy",
    "options",
    _make_merge_options,
    Option("-s", "--sourcecode", is_flag=True, help="Copy only source code."),
    Option("-a", "--all", "all_files", is_flag=True, help="Include generated files."),
    Option("--skip-sourcecode", is_flag=True, help="Do not copy source code."),
    Option("-D", "--skip-deps", is_flag=True, help="Do not copy dependencies."),
    Option(
        "-x",
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Do not copy files that match PATTERN (repeatable).",
    ),
    exclusive=(("--sourcecode", "--skip-sourcecode"), ("--sourcecode", "--all")),
)

_REPLACE_OPTIONS = OptionGroup(
    "Existing files",
    "existing",
    ReplaceOptions,
    Option("--replace", is_flag=True, help="Replace any existing files."),
    Option("--no-replace", is_flag=True, help="Replace no file, not even a committed one."),
    exclusive=(("--replace", "--no-replace"),),
)


@command(
    examples=(
        ("guild merge --preview", "Preview a merge of the latest run."),
        ("guild merge 2 --sourcecode -t ../old", "Copy the source code of the second run."),
    )
)
@run_selection.run_argument("the latest run")
@option(
    "-t",
    "--target-dir",
    metavar="DIR",
    help="Copy files to DIR; required if the run is from another project.",
)
@option("-p", "--preview", is_flag=True, help="Show what would be copied and exit.")
@yes_option
@_FILE_OPTIONS
@_REPLACE_OPTIONS
@run_selection.RUN_FILTERS
def merge(
    run: str | None,
    target_dir: str | None,
    preview: bool,
    yes: bool,
    options: MergeOptions,
    existing: ReplaceOptions,
    query: RunQuery,
) -> int:
    """Copy run files to a project directory.

    Files are copied to the current directory, which must be the project of the run, or to
    --target-dir. Its source code and dependencies are copied; use --all to include generated
    files.

    Files that are committed to Git and unchanged are replaced. If any other file would be
    replaced, nothing is copied unless --replace is given.
    """
    selected = selection.select_one(config.guild_home(), run, query)
    cwd = Path(os.getcwd())
    target = Path(target_dir) if target_dir else run_merge.find_default_target(selected.run, cwd)
    location = f"'{target_dir}'" if target_dir else "the current directory"
    plan = run_merge.plan_merge(selected.run, target, options)
    if not existing.replace:
        run_merge.check_replaced_files(
            plan, location, os.environ, allow_committed=not existing.no_replace
        )
    if preview:
        _print_preview(selected, plan, location)
        return exit_codes.OK
    if not plan.copies:
        _print_run("Nothing to copy for the following run:", selected)
        click.echo("Try 'guild merge --preview' for a list of skipped files.")
        return exit_codes.OK
    if not yes and not _confirm_merge(selected, plan, location):
        return exit_codes.DECLINED
    for path in plan.copies:
        click.echo(f"Copying {printable(path.target_path)}")
        run_merge.copy_to_target(plan, path)
    return exit_codes.OK


def _print_run(heading: str, run: IndexedRun) -> None:
    click.echo(heading)
    print_lines(preview_runs([run]))


def _print_preview(run: IndexedRun, plan: MergePlan, location: str) -> None:
    _print_run(f"Merge will copy files from the following run to {location}:", run)
    _print_copies(plan)
    if not plan.copies:
        click.echo("  nothing to copy")
    if plan.skips:
        click.echo("Skipped:")
        for line in align_rows([[printable(skip.run_path), skip.reason] for skip in plan.skips]):
            click.echo(f"  {line}")


def _confirm_merge(run: IndexedRun, plan: MergePlan, location: str) -> bool:
    _print_run(f"You are about to copy files from the following run to {location}:", run)
    _print_copies(plan)
    if plan.skips:
        click.echo(
            f"{len(plan.skips)} files will not be copied (use --preview to show the full list)"
        )
    return confirm(default=False)


def _print_copies(plan: MergePlan) -> None:
    click.echo("Files:")
    for path in plan.copies:
        click.echo(f"  {printable(path.target_path)}")
