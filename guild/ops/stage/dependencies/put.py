"""Putting what an operation requires into its run."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from guild.base import log
from guild.base.errors import GuildError
from guild.flags import templates
from guild.flags import values as flag_values
from guild.guildfile.defs import ResourceDef, SourceDef
from guild.ops.plan.plan import Plan
from guild.ops.stage.dependencies import archives
from guild.ops.stage.dependencies.folder import is_selective, selected
from guild.run import Run
from guild.runs import manifest
from guild.runs.manifest import ManifestEntry
from guild.runs.store import RunStore


class _Item(NamedTuple):
    """A file or folder to put into the run.

    Attributes:
        source: where it is, absolute.
        target: its path in the run, `/` between names.
        uri, subpath: for the manifest.
    """

    source: str
    target: str
    uri: str
    subpath: str | None = None


def put_dependencies(
    plan: Plan, run: Run, folder: Run, *, home: Path, later: bool = False
) -> dict[str, Any]:
    """Put what the operation of `plan` requires into `folder`, which is or becomes the
    directory of `run`, and into its manifest. What it has already stays.

    The result is the attribute `deps`: by resource and source where it came from. With
    `later`, a run that cannot be chosen yet is left for when `run` is started.
    Raises GuildError for what cannot be had, unless it is optional or `plan` says to go on
    without, OSError where the run cannot be written.
    """
    known = folder.get("deps")
    deps: dict[str, Any] = dict(known) if isinstance(known, dict) else {}
    for resource in plan.operation.opdef.requires:
        found = dict(deps.get(resource.name) or {})
        for source in resource.sources:
            name = source.full_name
            is_put = isinstance(found.get(name), dict) and found[name].get("paths")
            waits = later and source.kind == "operation" and not plan.flags.get(name)
            if not is_put and not waits:
                put = _Putting(plan, run, folder, home, resource, source)
                record = put.put_or_tell()
                if record is not None:
                    found[name] = record
        deps[resource.name] = found
    return deps


class _Putting(NamedTuple):
    """One source, and all that is to be known for putting it into a run."""

    plan: Plan
    run: Run
    folder: Run
    home: Path
    resource: ResourceDef
    source: SourceDef

    @property
    def name(self) -> str:
        return self.source.full_name

    @property
    def project_dir(self) -> Path:
        return self.plan.operation.project_dir

    def put_or_tell(self) -> dict[str, Any] | None:
        """Its record in `deps`; None if it cannot be had and need not be. Raises GuildError."""
        try:
            return self._put()
        except GuildError as error:
            if self.source.optional:
                log.info(f"{self.name} is optional and left out: {error}")
            elif self.plan.force_deps:
                log.warning(f"{self.name} is left out: {error}")
            else:
                what = self.source.help or str(error)
                raise GuildError(
                    f"{self.plan.operation.name} requires {self.name}: {what} "
                    f"(--force-deps runs it without)"
                ) from None
        return None

    def _put(self) -> dict[str, Any]:
        if self.source.kind == "module":
            _require_module(self.source.target, self.plan.operation.source_root)
            return {"paths": [], "uri": f"module:{self.source.target}"}
        if self.source.kind == "config":
            return self._put_config()
        if self.source.preserve_path and self._said_folder:
            log.warning(
                f"{self.name}: target-path '{self._said_folder}' is not followed "
                f"because preserve-path is said"
            )
        items = self._items()
        if not items:
            if self.source.fail_if_empty:
                raise GuildError("there is nothing in it to be used")
            if self.source.warn_if_empty is not False:
                log.warning(f"nothing is used of {self.name}")
        entries = [entry for item in items if (entry := self._put_item(item)) is not None]
        manifest.append_entries(self.folder.path, entries)
        if self.source.post_process:
            self._post_process(self.source.post_process)
        record: dict[str, Any] = {
            "paths": [os.path.relpath(item.source, self.run.path) for item in items],
            "uri": self._uri(),
        }
        chosen = self.plan.flags.get(self.name)
        return {"config": chosen, **record} if chosen else record

    # -- What there is

    def _items(self) -> list[_Item]:
        if self.source.kind == "file":
            return self._file_items()
        if self.source.kind == "operation":
            return self._run_items()
        return self._url_items()

    def _file_items(self) -> list[_Item]:
        said = self._text(str(self.plan.flags.get(self.name) or self.source.target))
        path = os.path.normpath(self.project_dir / os.path.expanduser(said))
        uri = f"file:{said}"
        if not os.path.exists(path):
            raise GuildError(f"there is no file '{said}' in {self.project_dir}")
        if os.path.isdir(path):
            if not is_selective(self.source):
                return [self._item(path, said, uri)]
            return [
                self._item(os.path.join(path, found), os.path.join(said, found), f"{uri}/{found}")
                for found in selected(path, self.source, lambda _: False)
            ]
        self._check_content(path)
        unpacked = self._unpacked_items(path, uri)
        return [self._item(path, said, uri)] if unpacked is None else unpacked

    def _url_items(self) -> list[_Item]:
        from guild.ops.stage.dependencies import download

        url = self._text(self.source.target)
        path = download.place(url, self._cache_dir)
        is_there = os.path.isfile(path) and not self.source.always_resolve
        if not is_there or self._wrong_content(path):
            download.download(url, path)
            self._check_content(path)
        unpacked = self._unpacked_items(path, url)
        if unpacked is not None:
            return unpacked
        name = os.path.basename(path)
        return [self._item(path, name, url)._replace(subpath=name)]

    def _unpacked_items(self, path: str, uri: str) -> list[_Item] | None:
        """What is taken of the archive `path`; None if it is none, or is to stay one."""
        if not self._unpacks or not archives.is_archive(path):
            return None
        folder = archives.unpacked(path, self._cache_dir)
        return [
            self._item(os.path.join(folder, found), found, uri)._replace(subpath=found)
            for found in selected(folder, self.source, lambda _: False)
        ]

    @property
    def _cache_dir(self) -> Path:
        return self.home / "cache" / "resources"

    def _run_items(self) -> list[_Item]:
        run_id = self.plan.flags.get(self.name)
        if not run_id:
            raise GuildError(
                f"there is no run of {self.source.target} - run it first, "
                f"or name one by {self.name}=RUN"
            )
        run = RunStore(self.home).get(str(run_id))
        if not os.path.isdir(run.path):
            raise GuildError(f"there is no run {run_id}")
        log.info(f"Using run {run.short_id} for {self.name}")
        return [
            self._item(os.path.join(run.path, path), path, f"operation:{self.source.target}")
            for path in selected(run.path, self.source, _was_put(run))
        ]

    @property
    def _unpacks(self) -> bool:
        said = (self.source.unpack, self.resource.default_unpack)
        return next((value for value in said if value is not None), True)

    def _check_content(self, path: str) -> None:
        found = self._wrong_content(path)
        if found:
            raise GuildError(f"sha256 of {path} is {found}, not {self.source.sha256}")

    def _wrong_content(self, path: str) -> str | None:
        """The digest of `path` if it is another than it must be."""
        if not self.source.sha256:
            return None
        from hashlib import sha256

        found = archives.file_digest(path, sha256())
        return found if found != self.source.sha256.lower() else None

    def _uri(self) -> str:
        target = self.source.target
        return target if self.source.kind == "url" else f"{self.source.kind}:{target}"

    # -- Where it goes

    def _item(self, source: str, path: str, uri: str) -> _Item:
        folder, name = os.path.split(os.path.normpath(path))
        for rule in self.source.rename:
            renamed = _renamed(name, rule.pattern, rule.repl)
            if renamed is not None:
                name = renamed
                break
        kept = folder if self._preserves_path and not os.path.isabs(folder) else ""
        return _Item(source, _inside_run(os.path.join(self._target_folder, kept, name)), uri)

    @property
    def _preserves_path(self) -> bool:
        said = (self.source.preserve_path, self.resource.preserve_path)
        return next((value for value in said if value is not None), False)

    @property
    def _target_folder(self) -> str:
        """The folder in the run, relative to it; empty for the run itself."""
        if self.source.preserve_path:
            return ""
        said = self._said_folder
        return self._text(said) if said else ""

    @property
    def _said_folder(self) -> str | None:
        source, resource = self.source, self.resource
        return source.target_path or source.path or resource.target_path or resource.path

    def _text(self, text: str) -> str:
        return templates.resolve(text, self.plan.flags, flag_values.encode_argument)

    # -- Putting it there

    def _put_item(self, item: _Item) -> ManifestEntry | None:
        target = os.path.join(self.folder.path, item.target)
        if os.path.lexists(target):
            if not self.source.replace_existing:
                log.warning(f"{item.target} is in the run already and stays as it is")
                return None
            (shutil.rmtree if _is_folder(target) else os.unlink)(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        is_folder = os.path.isdir(item.source)
        if (self.source.target_type or self.resource.target_type) == "link":
            place = os.path.dirname(os.path.join(self.run.path, item.target))
            os.symlink(os.path.relpath(item.source, place), target)
        elif is_folder:
            shutil.copytree(item.source, target, symlinks=True)
        else:
            shutil.copy2(item.source, target)
        is_changed = bool(self.source.post_process)  # what is in the run in the end is not known
        digest = "-" if is_folder or is_changed else archives.file_digest(item.source)
        return ManifestEntry("d", item.target, digest, item.uri, item.subpath)

    def _post_process(self, command: str) -> None:
        """Run the shell command `command` on what was put into the run, where that is."""
        import subprocess

        folder = os.path.join(self.folder.path, _inside_run(self._target_folder))
        os.makedirs(folder, exist_ok=True)
        log.info(f"Post processing {self.name}: {command}")
        env = {**os.environ, **self.plan.env, "PROJECT_DIR": str(self.project_dir)}
        # Standard output is the script's alone.
        done = subprocess.run(command, shell=True, cwd=folder, env=env, stdout=sys.stderr)  # noqa: S602  # the project's own
        if done.returncode:
            raise GuildError(f"post-process {command!r} ended with exit code {done.returncode}")

    def _put_config(self) -> dict[str, Any]:
        from guild.ops.define.config_file.flags import write

        said = self._text(str(self.plan.flags.get(self.name) or self.source.target))
        base = self.project_dir / os.path.expanduser(said)
        target = self._item(str(base), said, "").target
        entry = write(
            base, Path(self.folder.path), target, self.plan.flags, self.plan.operation.flags
        )
        manifest.append_entries(self.folder.path, [entry._replace(source=f"config:{said}")])
        uri = f"config:{self.source.target}"
        return {"paths": [os.path.relpath(base, self.run.path)], "uri": uri}


def _inside_run(path: str) -> str:
    """The path in a run that `path` means. Raises GuildError for one that leads out of it."""
    target = os.path.normpath(path)
    if os.path.isabs(target) or target.split(os.sep)[0] in (os.pardir, ".guild"):
        raise GuildError(f"'{target}' is no place for it in a run")
    return target


def _was_put(run: Run) -> Callable[[str], bool]:
    """Tells what in `run` it did not make itself: Guild's own files, source code, what it
    required, and folders of nothing but those."""
    put = {entry.run_path for entry in manifest.read_entries(run.path)}

    def test(path: str) -> bool:
        if path == ".guild" or path in put:
            return True
        full = os.path.join(run.path, path)
        if not _is_folder(full) or not any(one.startswith(f"{path}/") for one in put):
            return False
        return all(test(f"{path}/{name}") for name in os.listdir(full))

    return test


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _renamed(name: str, pattern: str, repl: str) -> str | None:
    """`name` as a rename makes it; None if that does not match it."""
    try:
        renamed, count = re.subn(pattern, repl, name, count=1)
    except (re.error, IndexError) as error:
        raise GuildError(f"invalid rename {pattern!r} {repl!r}: {error}") from None
    return renamed if count else None


def _require_module(name: str, source_root: Path) -> None:
    """Raises GuildError if there is no module `name`; it is not imported."""
    import sys
    from importlib.machinery import PathFinder

    path: Any = [str(source_root), *sys.path]
    first, *rest = name.split(".")
    if first in sys.builtin_module_names and not rest:
        return
    for part in (first, *rest):
        spec = PathFinder.find_spec(part, path) if path is not None else None
        if spec is None:
            raise GuildError(f"there is no Python module '{name}'")
        path = spec.submodule_search_locations
