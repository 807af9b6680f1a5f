"""`flags-dest: config:PATH`: flags are read from a file of the project and written to the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guild.base.errors import GuildError
from guild.flags.flagdef import FlagDef
from guild.ops.define.config_file.config_flags import (
    config_path,
    read_config_flags,
    write_config,
)
from guild.testing.project import Project

MakeProject = Callable[..., Project]

YAML = """\
lr: 0.1  # the rate
model:
    name: 'cnn'
    layers: [32, 64]
    steps:
      - a: 1
exp: 1e-3
"""

SHOW = "import sys\nfor path in sys.argv[1:]:\n    print(open(path).read(), end='')\n"
OP = "op: {main: show c.json, flags-dest: config:c.json, flags-import: all}"


def test_flags_have_the_types_of_the_values(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(YAML)
    flags = read_config_flags(tmp_path, "c.yml")
    assert {name: (flag.default, flag.type) for name, flag in flags.items()} == {
        "lr": (0.1, "number"),
        "model.name": ("cnn", "string"),
        "model.layers": ([32, 64], None),
        "exp": (0.001, "number"),
    }
    assert {flag.source for flag in flags.values()} == {"c.yml"}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, '{"lr": 1, "x": [1, 2]}'),
        ({"lr": 1, "x": "1 2"}, '{"lr": 1, "x": [1, 2]}'),
        ({"lr": 2.5}, '{"lr": 2.5, "x": [1, 2]}'),
        ({"lr": True}, '{"lr": true, "x": [1, 2]}'),
        ({"x": "3 'a b'"}, '{"lr": 1, "x": [3, "a b"]}'),
        ({"other": 2, "new.a": 3}, '{"lr": 2, "x": [1, 2], "new": {"a": 3}}'),
        ({"skipped": 5, "unset": None}, '{"lr": 1, "x": [1, 2]}'),
        ({"other": None}, '{"lr": 1, "x": [1, 2]}'),
    ],
)
def test_values_of_flags_are_written(tmp_path: Path, flags: dict[str, Any], expected: str) -> None:
    defs = {
        "x": FlagDef("x", arg_split=True),
        "other": FlagDef("other", arg_name="lr"),
        "skipped": FlagDef("skipped", arg_skip=True),
    }
    base = tmp_path / "base.json"
    base.write_text('{"lr": 1, "x": [1, 2]}')
    entry = write_config(str(base), str(tmp_path / "run"), "sub/c.json", flags, defs)
    assert (tmp_path / "run/sub/c.json").read_text() == expected
    assert (entry.kind, entry.run_path, entry.source) == ("d", "sub/c.json", "config:sub/c.json")


def test_null_is_written_only_if_the_user_sets_it(tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    base.write_text('{"lr": 1}')
    defs = {"rate": FlagDef("rate", arg_name="lr")}
    for user_flags, expected in (((), '{"lr": 1}'), (("rate",), '{"lr": null}')):
        write_config(str(base), str(tmp_path), "c.json", {"rate": None}, defs, user_flags)
        assert (tmp_path / "c.json").read_text() == expected


def test_values_of_ini_files_have_no_type(tmp_path: Path) -> None:
    (tmp_path / "c.cfg").write_text("[net]\nfast = 0\n")
    flag = read_config_flags(tmp_path, "c.cfg")["net.fast"]
    assert (flag.default, flag.type) == (0, None)


def test_unmatched_quotes_in_a_list(tmp_path: Path) -> None:
    base = tmp_path / "c.json"
    base.write_text('{"x": [1, 2]}')
    with pytest.raises(GuildError, match="invalid value \"3 '4\" for flag 'x': no closing quot"):
        write_config(
            str(base), str(tmp_path), "c.json", {"x": "3 '4"}, {"x": FlagDef("x", arg_split=True)}
        )


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("no.yml", None, "config file 'no.yml' not found in {path}"),
        ("c.yml", "a: [", "config file 'c.yml': while parsing a flow node "),
        ("c.json", "[1]", "config file 'c.json': expected a mapping but got a list"),
        ("c.toml", "a = ", "config file 'c.toml': Unexpected "),
        ("c.ini", "a = 1", "config file 'c.ini': File contains no section headers. "),
        ("c.xml", "<a/>", "unsupported format of config file 'c.xml' (use .yml, .yaml, "),
        ("c.yml", "a: &a {b: *a}", "config file 'c.yml': values nested more than 100 levels deep"),
    ],
)
def test_invalid_file(tmp_path: Path, path: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / path).write_text(text)
    with pytest.raises(GuildError) as raised:
        read_config_flags(tmp_path, path)
    error = str(raised.value)
    assert error.startswith(message.format(path=tmp_path))
    assert "\n" not in error


@pytest.mark.parametrize("path", ["../c.yml", "/c.yml", ".guild/c.yml", "."])
def test_path_must_be_inside_the_project(path: str) -> None:
    with pytest.raises(GuildError, match=r"invalid flags-dest .*: the path must be inside"):
        config_path(f"config:{path}")


def test_path_of_other_destinations() -> None:
    assert config_path("config:./a//b.yml") == "a/b.yml"
    assert config_path("globals") is None


# -- Runs


def test_flags_of_a_config_file(project: MakeProject) -> None:
    guildfile = "op: {main: show c.yml, flags-dest: config:c.yml, flags-import: all}"
    p = project({"show.py": SHOW, "guild.yml": guildfile, "c.yml": YAML})
    p.run("run", "op", "--help-op").assert_ok().assert_out(
        """
        Usage: guild run [OPTIONS] op [FLAG]...

        Use 'guild run --help' for a list of options.

        Flags:
          exp           (default is 0.001, number, c.yml)
          lr            (default is 0.1, number, c.yml)
          model.layers  (default is [32, 64], c.yml)
          model.name    (default is cnn, string, c.yml)
        """
    )
    p.run("run", "op", "lr=fast", "-y").assert_error(
        "invalid value fast for lr: invalid value for type 'number'"
    )
    p.run("run", "op", "lr=2", "model.name=yes", "-y").assert_ok().assert_out(
        YAML.replace("0.1 ", "2   ").replace("'cnn'", "'yes'")  # comments keep their column
    )
    assert (p.path / "c.yml").read_text() == YAML


def test_flags_of_guild_yml_are_added_to_the_file(project: MakeProject) -> None:
    guildfile = """
    op: {main: show c.json, flags-dest: config:c.json, flags: {lr: 2, new.a: 3}}
    """
    p = project({"show.py": SHOW, "guild.yml": guildfile, "c.json": '{"lr": 1, "x": 0}'})
    p.run("run", "op", "-y").assert_ok().assert_out('{"lr": 2, "x": 0, "new": {"a": 3}}')
    assert p.run("run", "op", "x=1", "-y").err.startswith("guild: unsupported flag 'x'")


def test_flags_with_other_names_in_the_file(project: MakeProject) -> None:
    guildfile = """
    op:
      exec: cat app.ini
      flags-dest: config:app.ini
      flags-import: [net.width, net.act, net.fast]
      flags:
        width: {arg-name: net.width, type: auto}
        act: {arg-name: net.act, default: tanh}
        other: {arg-name: net.other}
    """
    ini = "[net]\nwidth = 4\nact = relu\nother = x\nfast = 0\n"
    p = project({"guild.yml": guildfile, "app.ini": ini})
    p.run("run", "op", "-y", "width=9").assert_ok().assert_out(
        "[net]\nwidth = 9\nact = tanh\nother = x\nfast = 0"
    )
    assert p.attr("flags") == {"width": 9, "act": "tanh", "net.fast": 0, "other": "x"}
    p.run("run", "op", "-y", "net.fast=yes", "width=wide").assert_ok().assert_out(
        "[net]\nwidth = wide\nact = tanh\nother = x\nfast = True"
    )


def test_executable_reads_flags_from_the_file_only(project: MakeProject) -> None:
    guildfile = "op: {exec: cat c.json, flags-dest: config:c.json, flags-import: all}"
    p = project({"guild.yml": guildfile, "c.json": '{"lr": 1}'})
    p.run("run", "op", "lr=5", "-y").assert_ok().assert_out('{"lr": 5}')


def test_file_is_a_dependency_and_not_source_code(project: MakeProject) -> None:
    p = project({"show.py": SHOW, "guild.yml": OP, "c.json": '{"lr": 1}'})
    p.run("run", "op", "-y").assert_ok()
    digest = p.attr("sourcecode_digest")
    p.run("run", "op", "lr=2", "-y").assert_ok()
    assert p.attr("sourcecode_digest") == digest
    lines = (p.run_dir() / ".guild/manifest").read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["s", "guild.yml"],
        ["s", "show.py"],
        ["d", "c.json"],
    ]
    assert lines[2].endswith(" config:c.json")


def test_required_config_replaces_that_of_the_flags(project: MakeProject) -> None:
    guildfile = """
    op:
      exec: cat p.yml
      flags-dest: config:sub/p.yml
      flags-import: all
      requires: {config: sub/p.yml, target-path: .}
    other: {exec: cat sub/p.yml, flags-dest: config:sub/p.yml, flags-import: all}
    """
    p = project({"guild.yml": guildfile, "sub/p.yml": "lr: 1"})
    done = p.run("run", "op", "lr=2", "-y").assert_ok().assert_out("lr: 2")
    done.assert_err("Resolving config:sub/p.yml")
    assert not (p.run_dir() / "sub").exists()
    p.run("run", "other", "lr=3", "-y").assert_ok().assert_out("lr: 3")
    p.run("run", "--restart", "1", "lr=4", "-y").assert_out("lr: 4").assert_err(
        "Resolving config:sub/p.yml"
    )


def test_run_from_another_run_uses_its_file(project: MakeProject) -> None:
    p = project({"show.py": SHOW, "guild.yml": OP, "c.json": '{"lr": 1, "a": 1}'})
    p.run("run", "op", "lr=2", "-y").assert_ok()
    p.write({"c.json": '{"lr": 1, "a": 9}'})
    p.run("run", "--proto", p.run_ids()[0], "-y").assert_ok().assert_out('{"lr": 2, "a": 1}')
    p.run("run", "--restart", p.run_ids()[0], "a=3", "-y").assert_ok().assert_out(
        '{"lr": 2, "a": 3}'
    )


def test_invalid_file_leaves_no_run(project: MakeProject) -> None:
    guildfile = "op: {main: show c.json, flags-dest: config:c.json, flags: {a.b: 1}}"
    p = project({"show.py": SHOW, "guild.yml": guildfile, "c.json": '{"a": 1}'})
    p.run("run", "op", "-y").assert_err(
        "Resolving config:c.json\n"
        "guild: run failed because a dependency was not met: could not resolve 'config:c.json' in "
        "config:c.json resource: config file 'c.json': 'a' is not a mapping, so 'a.b' cannot be "
        "set in it"
    )
    p.write({"guild.yml": OP.replace("config:c.json", "config:../c.json")})
    p.run("run", "op", "-y").assert_error(
        "invalid flags-dest 'config:../c.json': the path must be inside the project"
    )
    assert p.runs() == []
