"""Placement of required files: where they go in a run, and how they get there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from typing import NamedTuple

from guild.base import log
from guild.base.digests import file_sha1
from guild.base.errors import GuildError
from guild.guildfile.defs import RenameRule, ResourceDef, SourceDef
from guild.run import Run
from guild.runs.manifest import ManifestEntry


class RenameError(GuildError):
    """An invalid rename of a source."""


class Item(NamedTuple):
    """A file or directory to put into the run.

    Attributes:
        path: the absolute path of the original.
        name: the path in the run, before `target-path` and `rename` apply.
        uri, member: the origin, for the manifest.
    """

    path: str
    name: str
    uri: str
    member: str | None = None


class Placement(NamedTuple):
    """The options of one source that decide where its files go.

    Attributes:
        run: the run that the files are for.
        staged: the run that is written to, which is `run` or becomes it.
        resource, source: the definitions; options of the source win over those of its resource.
        expand: replaces references to flags in a string.
    """

    run: Run
    staged: Run
    resource: ResourceDef
    source: SourceDef
    expand: Callable[[str], str]

    def put(self, item: Item) -> ManifestEntry | None:
        """Link or copy the item into the run; return its manifest entry, or None if not replaced.

        Raises GuildError if the target would be outside the run, OSError if it cannot be written.
        """
        target = self.target(item.name)
        full_target = os.path.join(self.staged.path, target)
        is_link = (self.source.target_type or self.resource.target_type) == "link"
        if os.path.lexists(full_target):
            if not self.source.replace_existing:
                # Guild AI 0.9 wording
                path = os.path.join(self.run.path, target)
                log.warning(f"{path} already exists, skipping {'link' if is_link else 'copy'}")
                return None
            is_folder = os.path.isdir(full_target) and not os.path.islink(full_target)
            (shutil.rmtree if is_folder else os.unlink)(full_target)
        os.makedirs(os.path.dirname(full_target), exist_ok=True)
        is_folder = os.path.isdir(item.path)
        if is_link:
            link_dir = os.path.dirname(os.path.join(self.run.path, target))
            os.symlink(os.path.relpath(item.path, link_dir), full_target)
        elif is_folder:
            shutil.copytree(item.path, full_target, symlinks=True)
        else:
            shutil.copy2(item.path, full_target)
        # A command that processes the file may change it, so the digest is not known yet.
        has_digest = not is_folder and not self.source.post_process
        digest = file_sha1(item.path) if has_digest else "-"
        return ManifestEntry("d", target, digest, item.uri, item.member)

    def target(self, name: str) -> str:
        """Return the path in the run for a file `name`, relative to the run directory.

        Raises GuildError for a path outside the run, or for an invalid rename.
        """
        folder, base_name = os.path.split(os.path.normpath(name))
        for rule in self.source.rename:
            renamed = self._rename(base_name, rule)
            if renamed is not None:
                base_name = renamed
                break
        preserved = folder if self._preserves_path() and not os.path.isabs(folder) else ""
        return self._check_inside(os.path.join(self._target_dir(), preserved, base_name))

    def _rename(self, name: str, rule: RenameRule) -> str | None:
        """Return `name` renamed, or None if it does not match the pattern."""
        rename = f"error renaming source {name} ('{rule.pattern}' -> '{rule.repl}')"
        try:
            pattern, repl = self.expand(rule.pattern), self.expand(rule.repl)
        except GuildError as error:
            # Guild AI 0.9 wording
            raise RenameError(f"{rename}: resolution error: {error}") from None
        try:
            renamed, count = re.subn(pattern, repl, name, count=1)
        except (re.error, IndexError) as error:
            raise RenameError(f"{rename}: {error}") from None
        return renamed if count else None

    def post_process(self, command: str, env: Mapping[str, str]) -> None:
        """Run the shell command `command` in the target directory.

        Raises GuildError if it fails.
        """
        import subprocess
        import sys

        cwd = os.path.join(self.staged.path, self._check_inside(self._target_dir()))
        os.makedirs(cwd, exist_ok=True)
        # Standard output is reserved for the script of the run.
        result = subprocess.run(command, shell=True, cwd=cwd, env=env, stdout=sys.stderr)  # noqa: S602  # defined by the project
        if result.returncode:
            raise GuildError(f"post-process '{command}' exited with code {result.returncode}")

    def warn_of_unused_target(self) -> None:
        """Warn about a target directory that `preserve-path` overrides."""
        if self.source.preserve_path and self._target_option():
            log.warning(
                f"{self.source.full_name}: target-path '{self._target_option()}' is ignored "
                f"because preserve-path is also set"
            )

    def _preserves_path(self) -> bool:
        settings = (self.source.preserve_path, self.resource.preserve_path)
        return next((value for value in settings if value is not None), False)

    def _target_dir(self) -> str:
        """Return the target directory relative to the run; empty for the run directory itself."""
        if self.source.preserve_path:
            return ""
        return self.expand(self._target_option() or "")

    def _target_option(self) -> str | None:
        source, resource = self.source, self.resource
        return source.target_path or source.path or resource.target_path or resource.path

    def _check_inside(self, path: str) -> str:
        """Return the normalized `path` in the run. Raises GuildError if it leads out of the run.

        Links in the run are followed: a file below a linked directory would be outside, too.
        """
        path = os.path.normpath(path)
        root = os.path.realpath(self.staged.path)
        parent = os.path.realpath(os.path.join(root, os.path.dirname(path)))
        is_outside = os.path.isabs(path) or path.split(os.sep)[0] in (os.pardir, ".guild")
        if is_outside or os.path.commonpath((root, parent)) != root:
            raise GuildError(f"invalid target path '{path}': it must be inside the run directory")
        return path
