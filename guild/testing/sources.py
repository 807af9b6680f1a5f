"""The contract suite for implementations of `guild.extend.source.Source`.

A test class inherits `SourceContract`, names the implementation, and provides examples:

    class TestMemorySource(SourceContract):
        kind = MemorySource

        def available(self, project_dir, home):
            return SourceDef("mem", "greeting")

        def missing(self):
            return SourceDef("mem", "nonesuch")
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Scope, Source, SourceRequest
from guild.guildfile.defs import SourceDef


class SourceContract:
    """Tests that every kind of source passes.

    Set `kind` and override `available` and `missing`. If the flag of a source has no default
    choice, override `value`, too.
    """

    kind: type[Source]
    """The class of the kind of source."""

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        """Return a source that can be resolved, after creating what it refers to."""
        raise NotImplementedError

    def missing(self) -> SourceDef | None:
        """Return a source that cannot be resolved, or None if every source can be."""
        raise NotImplementedError

    def value(self, source: SourceDef, home: Path) -> Any:
        """Return the value of the source's flag in a run that resolves it; None without one."""
        return self.kind().choose(source, None, Scope(home)) if self.kind().flag(source) else None

    @pytest.fixture
    def project_dir(self, tmp_path: Path) -> Path:
        """Return the directory of a new project."""
        (tmp_path / "project").mkdir()
        return tmp_path / "project"

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        """Return a new Guild home."""
        (tmp_path / "home" / "runs").mkdir(parents=True)
        return tmp_path / "home"

    def request_for(self, source: SourceDef, project_dir: Path, home: Path) -> SourceRequest:
        """Return a request for `source` with the value that its flag has in a run."""
        return SourceRequest(
            source,
            self.value(source, home),
            project_dir,
            project_dir,
            project_dir,
            home,
            expand=lambda text: text,
            report=lambda _: None,
        )

    def test_resolves_to_an_existing_path(self, project_dir: Path, home: Path) -> None:
        """Check that the path is absolute and exists, and that name and URI are set."""
        source = self.available(project_dir, home)
        resolved = self.kind().resolve(self.request_for(source, project_dir, home))
        if resolved is None:  # met without files
            return
        assert isinstance(resolved, ResolvedSource)
        assert os.path.isabs(resolved.path)
        assert os.path.exists(resolved.path)
        assert resolved.uri
        assert resolved.is_container or os.path.basename(resolved.name)
        if resolved.is_container:
            assert os.path.isdir(resolved.path)
            assert not all(map(resolved.is_excluded, os.listdir(resolved.path)))

    def test_resolves_the_same_again(self, project_dir: Path, home: Path) -> None:
        """Check that a second object resolves a source to the same path, without any state."""
        source = self.available(project_dir, home)
        first, second = (
            self.kind().resolve(self.request_for(source, project_dir, home)) for _ in range(2)
        )
        if first is None or second is None:
            assert first is second
        else:
            assert (first.path, first.name, first.uri) == (second.path, second.name, second.uri)

    def test_resolving_leaves_the_project_unchanged(self, project_dir: Path, home: Path) -> None:
        """Check that no file of the project is written, added or removed."""
        source = self.available(project_dir, home)
        before = _snapshot(project_dir)
        self.kind().resolve(self.request_for(source, project_dir, home))
        assert _snapshot(project_dir) == before

    def test_missing_source_is_an_error_in_one_line(self, project_dir: Path, home: Path) -> None:
        """Check that a source that does not exist raises GuildError."""
        source = self.missing()
        if source is None:
            pytest.skip("every source of this kind can be resolved")
        with pytest.raises(GuildError) as raised:
            self.kind().resolve(self.request_for(source, project_dir, home))
        assert len(str(raised.value).splitlines()) == 1

    def test_flag_has_the_name_of_the_source(self, project_dir: Path, home: Path) -> None:
        """Check that the flag is named like the source and is not passed to the script."""
        source = self.available(project_dir, home)
        names: tuple[dict[str, Any], ...] = ({}, {"name": "own name"}, {"flag_name": "own flag"})
        for definition in (source._replace(**fields) for fields in names):
            flag = self.kind().flag(definition)
            if flag is not None:
                assert flag.name == definition.source_flag
                assert flag.arg_skip

    def test_chosen_value_is_chosen_again(self, project_dir: Path, home: Path) -> None:
        """Check that a recorded value stays the same when the run is planned again."""
        source = self.available(project_dir, home)
        value = self.value(source, home)
        assert self.kind().choose(source, value, Scope(home)) == value

    def test_uri_and_project_path(self, project_dir: Path, home: Path) -> None:
        """Check that the URI is set and that a path in the project exists."""
        source = self.available(project_dir, home)
        assert self.kind().uri(source)
        path = self.kind().project_path(source)
        assert path is None or (project_dir / path).exists()


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    statuses = {str(path): path.lstat() for path in folder.rglob("*")}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in statuses.items()}
