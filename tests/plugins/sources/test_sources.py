"""The built-in kinds of sources: the contract, and what each of them locates."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.runs import RunMaker

from guild.base.errors import GuildError
from guild.extend.source import SOURCES, Scope, get_source
from guild.guildfile.defs import SOURCE_KINDS, SourceDef
from guild.plugins.sources.config import ConfigSource
from guild.plugins.sources.file import FileSource
from guild.plugins.sources.module import ModuleSource
from guild.plugins.sources.operation import OperationSource
from guild.plugins.sources.url import UrlSource
from guild.testing.sources import SourceContract


class TestFileSource(SourceContract):
    kind = FileSource

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        (project_dir / "data").mkdir()
        (project_dir / "data" / "a.txt").write_text("a")
        return SourceDef("file", "data/a.txt")

    def missing(self) -> SourceDef:
        return SourceDef("file", "nope.txt")

    def test_flag_value_wins_over_the_target(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        (project_dir / "b.txt").write_text("b")
        request = self.request_for(source, project_dir, home)._replace(value="b.txt")
        resolved = FileSource().resolve(request)
        assert (resolved.path, resolved.uri) == (str(project_dir / "b.txt"), "file:b.txt")

    def test_absolute_path_outside_the_project(self, project_dir: Path, home: Path) -> None:
        request = self.request_for(SourceDef("file", str(home)), project_dir, home)
        assert FileSource().resolve(request).path == str(home)


class TestConfigSource(SourceContract):
    kind = ConfigSource

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        (project_dir / "conf.yml").write_text("lr: 0.1")
        return SourceDef("config", "conf.yml")

    def missing(self) -> SourceDef:
        return SourceDef("config", "nope.yml")

    def test_file_is_written_with_flags(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        assert ConfigSource().resolve(self.request_for(source, project_dir, home)).is_config


class TestModuleSource(SourceContract):
    kind = ModuleSource

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        (project_dir / "own_package").mkdir()
        (project_dir / "own_package" / "part.py").write_text("raise SystemError('imported')")
        return SourceDef("module", "own_package.part")

    def missing(self) -> SourceDef:
        return SourceDef("module", "json.nonesuch")

    @pytest.mark.parametrize("name", ["sys", "json.decoder"])
    def test_standard_library(self, project_dir: Path, home: Path, name: str) -> None:
        ModuleSource().resolve(self.request_for(SourceDef("module", name), project_dir, home))

    def test_attribute_is_not_a_module(self, project_dir: Path, home: Path) -> None:
        request = self.request_for(SourceDef("module", "os.path"), project_dir, home)
        with pytest.raises(GuildError, match=r"cannot find Python module 'os\.path'"):
            ModuleSource().resolve(request)


class TestOperationSource(SourceContract):
    kind = OperationSource

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        self.make = RunMaker(home, project_dir)
        self.make(
            "prepare",
            files={
                "out/x.txt": "x",
                "conf.yml": "c",
                "lib/a.py": "",
                "mixed/b.py": "",
                "mixed/c": "",
            },
            manifest="d conf.yml - file:conf.yml\ns lib/a.py - a.py\ns mixed/b.py - b.py\n",
        )
        return SourceDef("operation", "prepare")

    def missing(self) -> SourceDef:
        return SourceDef("operation", "nonesuch")

    def test_only_generated_files_are_used(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        resolved = OperationSource().resolve(self.request_for(source, project_dir, home))
        paths = (".guild", "conf.yml", "lib", "mixed", "mixed/b.py", "mixed/c", "out")
        excluded = [path for path in paths if resolved.is_excluded(path)]
        assert excluded == [".guild", "conf.yml", "lib", "mixed/b.py"]

    def test_latest_or_marked_run_is_chosen(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        latest = self.make("prepare")
        self.make("prepare", exit_status=1)
        self.make("other")
        scope = Scope(home)
        assert OperationSource().choose(source, None, scope) == latest.id
        assert OperationSource().choose(source._replace(target="x, pre.*"), "", scope) == latest.id
        marked = self.make("prepare", marked=True)
        later = self.make("prepare")
        assert OperationSource().choose(source, None, scope) == marked.id
        visible = Scope(home, frozenset({later.id}))
        assert OperationSource().choose(source, None, visible) == later.id
        assert OperationSource().choose(source, later.id[:6], scope) == later.id
        assert OperationSource().choose(source._replace(target="nope"), None, scope) is None

    def test_several_runs_with_a_prefix(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        runs = [self.make(op, id=digit * 32) for digit, op in (("e", "prepare"), ("f", "other"))]
        latest = self.make("prepare", id="e" * 31 + "f")
        scope = Scope(home)
        assert OperationSource().choose(source, "e", scope) == latest.id
        runs[0].set("marked", True)
        assert OperationSource().choose(source, "e", scope) == runs[0].id
        assert OperationSource().choose(source, "f", scope) == "f"  # of another operation
        assert OperationSource().choose(source, runs[1].path, scope) == runs[1].id

    def test_staged_runs_are_chosen_for_staging_only(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        staged = self.make("prepare", exit_status=None, files={".guild/STAGED": ""})
        assert OperationSource().choose(source, None, Scope(home, is_staging=True)) == staged.id
        assert OperationSource().choose(source, None, Scope(home)) != staged.id

    def test_choice_without_a_suitable_run(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        assert OperationSource().choose(source, "zz", Scope(home)) == "zz"
        assert not OperationSource().is_available(source, "zz", Scope(home))
        other = self.make("other", id="d" * 32)
        assert OperationSource().choose(source, "d", Scope(home)) == "d"
        assert OperationSource().choose(source, other.id, Scope(home)) == other.id
        with pytest.raises(GuildError, match=r"invalid operation '\(' in requires"):
            OperationSource().choose(source._replace(target="("), None, Scope(home))


class TestUrlSource(SourceContract):
    kind = UrlSource

    def available(self, project_dir: Path, home: Path) -> SourceDef:
        path = home / "x.txt"
        path.write_text("x")
        return SourceDef("url", f"file://{path}")

    def missing(self) -> SourceDef:
        return SourceDef("url", "file:///nonesuch/x.txt")

    def test_file_is_cached_unless_always_resolved(self, project_dir: Path, home: Path) -> None:
        source = self.available(project_dir, home)
        request = self.request_for(source, project_dir, home)
        UrlSource().resolve(request)
        (home / "x.txt").write_text("changed")
        assert Path(UrlSource().resolve(request).path).read_text() == "x"
        again = request._replace(source=source._replace(always_resolve=True))
        assert Path(UrlSource().resolve(again).path).read_text() == "changed"


def test_every_built_in_kind_can_be_loaded() -> None:
    assert {kind: type(SOURCES.get(kind)).__name__ for kind in SOURCE_KINDS} == {
        "file": "FileSource",
        "url": "UrlSource",
        "module": "ModuleSource",
        "config": "ConfigSource",
        "operation": "OperationSource",
    }


def test_unknown_kind() -> None:
    with pytest.raises(GuildError, match="unknown source 'mem'; install the package that provides"):
        get_source("mem")
