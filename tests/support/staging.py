"""Dependencies of a project's operation, resolved in the process of the test."""

from __future__ import annotations

import os
from pathlib import Path

from guild.context import Context
from guild.ops.define.resolve import resolve
from guild.ops.plan.plan import assign_flags, plan_run
from guild.ops.plan.request import RunRequest
from guild.ops.stage.dependencies.resolution import resolve_dependencies
from guild.run import Run
from guild.runs.store import RunStore
from guild.testing.project import Project


def resolve_requirements(
    project: Project, *assignments: str, op: str = "use", force_deps: bool = False
) -> Run:
    """Resolve the dependencies of `op` into a new run directory and return the run.

    The attributes `deps` and `flags` are set. Raises GuildError for a dependency that is not met.
    """
    ctx = Context(project.home, project.path, project.env)
    request = RunRequest(op, assignments, force_deps=force_deps)
    operation = resolve(op, ctx)
    recipe = plan_run(request, operation, assign_flags(request, operation, ctx))
    run = RunStore(project.home).new()
    os.makedirs(run.guild_path("attrs"))
    deps = resolve_dependencies(recipe, run, run, ctx)
    run.set("deps", deps)
    run.set("flags", recipe.flags)
    return run


def run_files(run: Run | str | os.PathLike[str]) -> list[str]:
    """Return the paths of the files and links in a run, except those of Guild."""
    root = Path(run.path if isinstance(run, Run) else run)
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if not path.is_dir() and ".guild" not in path.relative_to(root).parts
    )
