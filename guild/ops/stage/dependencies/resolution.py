"""Resolution of dependencies: each source is located, selected, put into the run and recorded."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from guild.base import log
from guild.base.digests import sha256_mismatch
from guild.base.errors import GuildError
from guild.context import Context
from guild.extend.source import ResolvedSource, Source, SourceRequest, get_source
from guild.flags import templates
from guild.flags import values as flag_values
from guild.guildfile.defs import ResourceDef, SourceDef
from guild.ops.plan.plan import Plan
from guild.ops.stage.dependencies.members import is_selective, select_members
from guild.ops.stage.dependencies.placement import Item, Placement, RenameError
from guild.run import Run
from guild.runs import manifest


def resolve_dependencies(
    plan: Plan,
    run: Run,
    staged: Run,
    ctx: Context,
    *,
    is_staging: bool = False,
    flags_changed: bool = False,
) -> dict[str, Any]:
    """Put the dependencies of the operation into the run and return the attribute `deps`.

    Files go to `staged`, which is or becomes the directory of `run`, and into its manifest.
    Sources that the run has resolved before are skipped, except for config files if the flags have
    changed since, and sources with `always-resolve`. With `is_staging`, runs are left for the
    start of the run. The result maps resources to their sources and these to where they came from.

    Raises GuildError for a source that cannot be resolved, unless it is optional or the plan
    ignores missing dependencies. Raises OSError if the run cannot be written.
    """
    recorded = staged.get("deps")
    deps: dict[str, Any] = dict(recorded) if isinstance(recorded, dict) else {}
    for resource in plan.operation.opdef.requires:
        # Guild AI 0.9 wording
        log.info(f"Resolving {resource.name}")
        records = dict(deps.get(resource.name) or {})
        for source in resource.sources:
            record = records.get(source.full_name)
            requirement = _Requirement(plan, run, staged, ctx, resource, source)
            is_resolved = isinstance(record, dict) and bool(record.get("paths"))
            if is_resolved and not requirement.is_renewed(flags_changed=flags_changed):
                requirement.report_skipped("it's already resolved")
                continue
            if is_staging and get_source(source.kind).waits_for_start:
                requirement.report_skipped("it's being staged")
                continue
            record = requirement.resolve()
            if record is not None:
                records[source.full_name] = record
        deps[resource.name] = records
    return deps


def write_configs(plan: Plan, run: Run, ctx: Context) -> None:
    """Write the config files that the operation requires into `run`, the prototype of a batch.

    Raises GuildError for a file that cannot be written.
    """
    for resource in plan.operation.opdef.requires:
        for source in resource.sources:
            if source.kind == "config":
                _Requirement(plan, run, run, ctx, resource, source).resolve()


class _Requirement(NamedTuple):
    """One source that a run requires."""

    plan: Plan
    run: Run
    staged: Run
    ctx: Context
    resource: ResourceDef
    source: SourceDef

    @property
    def _name(self) -> str:
        return self.source.full_name

    @property
    def _value(self) -> Any:
        return self.plan.flags.get(self.source.source_flag)

    def is_renewed(self, *, flags_changed: bool) -> bool:
        """Return whether the source is resolved again when the run is restarted."""
        source = self.source
        if source.kind == "config" and flags_changed:
            return source.always_resolve is not False and source.replace_existing is not False
        return bool(source.always_resolve)

    def report_skipped(self, reason: str) -> None:
        # Guild AI 0.9 wording
        log.info(f"Skipping resolution of {self._name} because {reason}")

    def resolve(self) -> dict[str, Any] | None:
        """Put the source into the run and return its record; None if it is skipped.

        Raises GuildError if the dependency is not met.
        """
        try:
            return self._resolve(get_source(self.source.kind))
        except GuildError as error:
            self._report_unmet(error)
            return None

    def _report_unmet(self, error: GuildError) -> None:
        """Report a dependency that is not met. Raises GuildError unless it can be ignored."""
        name = self._name
        # Guild AI 0.9 wording
        problem = f"could not resolve '{name}' in {self.resource.name} resource: {error}"
        if isinstance(error, RenameError):
            problem = str(error)
        if self.source.help:
            problem = f"{problem}\n{self.source.help}"
        if self.source.optional:
            log.info(f"Could not resolve {name} - skipping because dependency is optional")
            log.debug(problem)
        elif self.plan.force_deps:
            log.warning(f"a dependency was not met: {problem}")
        else:
            raise GuildError(f"run failed because a dependency was not met: {problem}")

    def _resolve(self, kind: Source) -> dict[str, Any]:
        resolved = self._earlier_config() or kind.resolve(self._request())
        if resolved is None:
            paths = []
        elif resolved.is_config:
            paths = [self._write_config(resolved)]
        else:
            paths = self._put(resolved)
        record = {
            "paths": [os.path.relpath(path, self.run.path) for path in paths],
            "uri": kind.uri(self.source),
        }
        return {"config": self._value, **record} if self._value else record

    def _request(self) -> SourceRequest:
        operation = self.plan.operation
        return SourceRequest(
            self.source,
            self._value,
            operation.project_dir,
            self.ctx.cwd,
            operation.source_root,
            self.ctx.home,
            self._expand,
            log.info,
        )

    def _expand(self, text: str) -> str:
        flags = self.plan.flags
        try:
            return templates.resolve_references(text, flags, flag_values.encode_argument)
        except templates.UndefinedReferenceError as error:
            # Guild AI 0.9 wording
            raise GuildError(
                f"cannot resolve '{text}': undefined reference '{error.name}'"
            ) from None

    def _placement(self) -> Placement:
        return Placement(self.run, self.staged, self.resource, self.source, self._expand)

    def _earlier_config(self) -> ResolvedSource | None:
        """Return the config file of the run that this run repeats, if it has one."""
        earlier = self.plan.source_run
        if self.source.kind != "config" or earlier is None:
            return None
        location = self._request().location
        path = os.path.join(earlier.path, self._placement().target(location))
        if not os.path.isfile(path):
            return None
        return ResolvedSource(path, location, f"config:{location}", is_config=True)

    def _write_config(self, resolved: ResolvedSource) -> str:
        """Write the config file with the values of the flags and return its original."""
        from guild.ops.define.config_file.config_flags import write_config

        entry = write_config(
            resolved.path,
            self.staged.path,
            self._placement().target(resolved.name),
            self.plan.flags,
            self.plan.operation.flags,
            self.plan.user_flags,
        )
        manifest.replace_entries(self.staged.path, [entry._replace(source=resolved.uri)])
        return resolved.path

    def _put(self, resolved: ResolvedSource) -> list[str]:
        """Put the selected files into the run and return their originals."""
        placement = self._placement()
        placement.warn_of_unused_target()
        items = self._select(resolved)
        if not items:
            # Guild AI 0.9 wording
            problem = f"nothing resolved for {self._name}"
            if self.source.fail_if_empty:
                raise GuildError(problem)
            if self.source.warn_if_empty is not False:
                log.warning(problem)
        entries = [entry for item in items if (entry := placement.put(item)) is not None]
        manifest.replace_entries(self.staged.path, entries)
        if self.source.post_process:
            log.info(f"Post processing {self._name}: {self.source.post_process}")
            project_dir = str(self.plan.operation.project_dir)
            env = {**self.ctx.environ, **self.plan.env, "PROJECT_DIR": project_dir}
            placement.post_process(self.source.post_process, env)
        return [item.path for item in items]

    def _select(self, resolved: ResolvedSource) -> list[Item]:
        """Return the files and directories to use: the path itself, or its selected members."""
        path, name, uri = resolved.path, resolved.name, resolved.uri
        if resolved.is_container:
            members = select_members(path, self.source, resolved.is_excluded)
            return [Item(os.path.join(path, member), member, uri) for member in members]
        if os.path.isdir(path):
            if not is_selective(self.source):
                return [Item(path, name, uri)]
            return [
                Item(os.path.join(path, member), os.path.join(name, member), f"{uri}/{member}")
                for member in select_members(path, self.source)
            ]
        digest = sha256_mismatch(path, self.source.sha256)
        if digest is not None:
            raise GuildError(
                f"unexpected sha256 of {path}: expected {self.source.sha256} but got {digest}"
            )
        unpacked = self._unpack(path, uri)
        return [Item(path, name, uri, resolved.member)] if unpacked is None else unpacked

    def _unpack(self, path: str, uri: str) -> list[Item] | None:
        """Return the selected members of an archive; None for other files, and if not unpacked."""
        settings = (self.source.unpack, self.resource.default_unpack)
        if not next((value for value in settings if value is not None), True):
            return None
        from guild.ops.stage.dependencies import archives

        if not archives.is_archive(path):
            return None
        folder = archives.unpack_archive(path, self._request().cache_dir)
        return [
            Item(os.path.join(folder, member), member, uri, member)
            for member in select_members(folder, self.source)
        ]
