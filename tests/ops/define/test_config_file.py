"""`flags-dest: config:PATH`: a file of the project is read for flags and written into the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.project import Project

from guild.base import yaml
from guild.ops.define.config_file import ini_format, json_format, toml_format, yaml_format
from guild.ops.define.config_file.paths import flatten

MakeProject = Callable[..., Project]

OUTSIDE = "invalid flags-dest 'config:{}': the path must be inside the project"

PRINT = "import sys\nfor path in sys.argv[1:]:\n    print(open(path).read(), end='')\n"


def _guildfile(path: str, more: str = "") -> str:
    return f"""
    op:
      main: show {path}
      flags-dest: config:{path}
      flags-import: all
      {more}
    """


YAML = """\
# the whole
lr: 0.1  # the rate
model:
    name: 'cnn'
    layers: [32, 64]
    steps:
      - a: 1
exp: 1e-3
"""


def test_yaml_keeps_comments_order_quotes_and_indentation(project: MakeProject) -> None:
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.yml"), "c.yml": YAML})
    p.run("run", "op", "-y").assert_ok().assert_out(YAML)
    changed = YAML.replace("0.1 ", "1.0e-05 ").replace("'cnn'", "'yes'")
    p.run("run", "op", "lr=0.00001", "model.name=yes", "-y").assert_ok()
    assert (p.run_dir() / "c.yml").read_text().split() == changed.split()
    assert yaml.load((p.run_dir() / "c.yml").read_text())["lr"] == 1e-05
    assert (p.path / "c.yml").read_text() == YAML


@pytest.mark.parametrize(
    ("text", "changes", "changed"),
    [
        # a list in one line stays in one, one in several keeps what follows it
        ("a: [1, 2]\n\n# next\nb: 1\n", {"a": [3]}, "a: [3]\n\n# next\nb: 1\n"),
        ("a:\n- 1\n- 2\n# next\nb: 1\n", {"a": [3]}, "a:\n- 3\n# next\nb: 1\n"),
        ("a: 1\n", {"a": [3, 4]}, "a: [3, 4]\n"),
        # lines are indented as they were
        ("a:\n    b:\n    - 1\n    c: 1\n", {"a.c": 2}, "a:\n    b:\n    - 1\n    c: 2\n"),
        ("a:\n  b:\n    -   1\n  c: 1\n", {"a.c": 2}, "a:\n  b:\n    -   1\n  c: 2\n"),
        ("a:\n  - b: 1\n    c: 2\nd: 1\n", {"d": 2}, "a:\n  - b: 1\n    c: 2\nd: 2\n"),
        # a file of comments
        ("# nothing yet\n", {"a": 1}, "# nothing yet\na: 1\n"),
    ],
)
def test_yaml_keeps_its_form(text: str, changes: dict[str, Any], changed: str) -> None:
    assert yaml_format.changed(text, changes) == changed


def test_flags_have_the_types_of_the_values(project: MakeProject) -> None:
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.yml"), "c.yml": YAML})
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
        "invalid value 'fast' for flag 'lr': expected a number"
    )


def test_json_keeps_order_and_indentation(project: MakeProject) -> None:
    text = '{\n   "lr": 0.1,\n   "deep": {\n      "é": null,\n      "on": true\n   }\n}\n'
    p = project({"show.py": PRINT, "guild.yml": _guildfile("sub/c.json"), "sub/c.json": text})
    p.run("run", "op", "deep.on=no", "deep.é=5", "-y").assert_ok().assert_out(
        text.replace("true", "false").replace("null", "5")
    )


def test_toml_keeps_comments(project: MakeProject) -> None:
    text = '# c\nlr = 0.1  # r\n\n[sub]\nday = 2020-01-01\nname = "x"   # n\n'
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.toml"), "c.toml": text})
    p.run("run", "op", "lr=2", "sub.name=y", "-y").assert_ok().assert_out(
        text.replace("0.1", "2").replace('"x"', '"y"')
    )


def test_ini_keeps_comments_and_the_words_for_booleans(project: MakeProject) -> None:
    text = "; c\n[A b]\nKey: 1\non = yes\nlong = one\n  two\n\n[z]\nq=\n"
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.ini"), "c.ini": text})
    p.run("run", "op", "A b.Key=2", "A b.on=no", "A b.long=3", "-y").assert_ok().assert_out(
        "; c\n[A b]\nKey: 2\non = no\nlong = 3\n\n[z]\nq=\n"
    )


def test_flags_of_the_guild_yml_are_added_to_the_file(project: MakeProject) -> None:
    guildfile = """
    op: {main: show c.json, flags-dest: config:c.json, flags: {lr: 2, new.a: 3}}
    """
    p = project({"show.py": PRINT, "guild.yml": guildfile, "c.json": '{"lr": 1, "x": 0}'})
    p.run("run", "op", "-y").assert_ok().assert_out('{"lr": 2, "x": 0, "new": {"a": 3}}')
    p.run("run", "op", "x=1", "-y").assert_error(
        "unsupported flag 'x' - 'guild run op --help-op' lists the flags"
    )


def test_flags_of_an_executable_and_no_arguments(project: MakeProject) -> None:
    guildfile = "op: {exec: cat c.json, flags-dest: config:c.json, flags-import: all}"
    p = project({"guild.yml": guildfile, "c.json": '{"lr": 1}'})
    p.run("run", "op", "lr=5", "-y").assert_ok().assert_out('{"lr": 5}')


def test_a_list_whose_quotes_do_not_match(project: MakeProject) -> None:
    guildfile = "op: {exec: cat c.json, flags-dest: config:c.json, flags-import: all}"
    p = project({"guild.yml": guildfile, "c.json": '{"x": [1, 2]}'})
    p.run("run", "op", "x=3 4", "-y").assert_ok().assert_out('{"x": [3, 4]}')
    p.run("run", "op", "x=3 '4", "-y").assert_error(
        "invalid value \"3 '4\" for flag 'x': no closing quotation"
    )


def test_the_file_is_a_dependency_and_no_source_code(project: MakeProject) -> None:
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.json"), "c.json": '{"lr": 1}'})
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


def test_a_run_from_another_takes_its_file(project: MakeProject) -> None:
    p = project(
        {"show.py": PRINT, "guild.yml": _guildfile("c.json"), "c.json": '{"lr": 1, "a": 1}'}
    )
    p.run("run", "op", "lr=2", "-y").assert_ok()
    p.write({"c.json": '{"lr": 1, "a": 9}'})
    p.run("run", "--proto", p.run_ids()[0], "-y").assert_ok().assert_out('{"lr": 2, "a": 1}')
    p.run("run", "--restart", p.run_ids()[0], "a=3", "-y").assert_ok().assert_out(
        '{"lr": 2, "a": 3}'
    )


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("no.yml", None, "config file 'no.yml' not found in {path}"),
        ("c.yml", "a: [", "config file 'c.yml': while parsing a flow node *"),
        ("c.json", "[1]", "config file 'c.json': expected a mapping but got a list"),
        ("c.toml", "a = ", "config file 'c.toml': Unexpected *"),
        ("c.ini", "a = 1", "config file 'c.ini': File contains no section headers. *"),
        ("c.xml", "<a/>", "unsupported format of config file 'c.xml' (use .yml, *"),
        (
            "../c.yml",
            None,
            "invalid flags-dest 'config:../c.yml': the path must be inside the project",
        ),
        ("/c.yml", None, "invalid flags-dest 'config:/c.yml': the path must be inside the project"),
    ],
)
def test_mistakes(project: MakeProject, path: str, text: str | None, message: str) -> None:
    p = project({"show.py": PRINT, "guild.yml": _guildfile(path)})
    if text is not None:
        p.write({path: text})
    result = p.run("run", "op", "-y")
    if message.endswith("*"):
        assert result.err.startswith(f"guild: {message[:-1].strip()}")
        assert "\n" not in result.err
    else:
        result.assert_error(message.format(path=p.path))
    assert p.runs() == []


def test_a_value_in_the_way_of_a_nested_flag(project: MakeProject) -> None:
    guildfile = "op: {main: show c.json, flags-dest: config:c.json, flags: {a.b: 1}}"
    p = project({"show.py": PRINT, "guild.yml": guildfile, "c.json": '{"a": 1}'})
    p.run("run", "op", "-y").assert_error(
        "config file 'c.json': 'a' is not a mapping, so 'a.b' cannot be set in it"
    )
    assert p.runs() == []


def test_a_yaml_bomb_of_mappings_is_refused(project: MakeProject) -> None:
    levels = [f"l{n}: &l{n} {{a: *l{n - 1}, b: *l{n - 1}}}" for n in range(1, 40)]
    bomb = "\n".join(["l0: &l0 {x: 1}", *levels])
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.yml"), "c.yml": bomb})
    p.run("run", "op", "-y").assert_error("config file 'c.yml': more than 10000 values")


def test_a_mapping_that_holds_itself_is_refused(project: MakeProject) -> None:
    p = project({"show.py": PRINT, "guild.yml": _guildfile("c.yml"), "c.yml": "a: &a {b: *a}"})
    p.run("run", "op", "-y").assert_error(
        "config file 'c.yml': values nested more than 100 levels deep"
    )


# -- What is set is what is read

_NAMES = st.text("abcXYZ_0é- ", min_size=1, max_size=5).map(str.strip).filter(bool)
_PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8),
)
_VALUES = st.recursive(
    st.dictionaries(_NAMES, _PLAIN, max_size=3),
    lambda inner: st.dictionaries(_NAMES, st.one_of(_PLAIN, inner), max_size=3),
    max_leaves=6,
)
_LISTS = st.lists(_PLAIN, max_size=3)


def _written(values: dict[str, Any]) -> dict[str, str]:
    import tomlkit

    return {
        "yaml": yaml.dump(values),
        "json": json.dumps(values),
        "toml": tomlkit.dumps(values),
    }


@pytest.mark.parametrize(
    "format_", [yaml_format, json_format, toml_format], ids=["yaml", "json", "toml"]
)
@given(data=st.data())
def test_what_is_set_is_read(format_: Any, data: st.DataObject) -> None:
    values = data.draw(_VALUES)
    name = format_.__name__.rpartition(".")[2].removesuffix("_format")
    text = _written(values)[name]
    before = flatten(format_.values(text) or {})
    if not before:
        return
    changes = {
        key: data.draw(st.one_of(_PLAIN, _LISTS))
        for key in data.draw(st.sets(st.sampled_from(sorted(before)), max_size=3))
    }
    after = flatten(format_.values(format_.changed(text, changes)))
    assert after == {**before, **changes}


_INI_TEXT = st.text("abc XYZ1.", max_size=6).map(str.strip)


@given(
    values=st.dictionaries(
        st.sampled_from(["a", "b c", "a.d"]),
        st.dictionaries(st.sampled_from(["k", "l m", "n"]), _INI_TEXT, min_size=1),
        min_size=1,
    ),
    data=st.data(),
)
def test_what_is_set_in_an_ini_file_is_read(
    values: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    text = "".join(
        f"[{section}]\n# c\n" + "".join(f"{key} = {value}\n" for key, value in items.items())
        for section, items in values.items()
    )
    section = data.draw(st.sampled_from(sorted(values)))
    key = data.draw(st.sampled_from(["k", "l m", "n"]))
    new = data.draw(st.one_of(st.integers(), st.booleans(), st.just("text")))
    after = ini_format.values(ini_format.changed(text, {f"{section}.{key}": new}))
    assert after[section][key] == new
    before = ini_format.values(text)
    del after[section][key]
    before[section].pop(key, None)
    assert after == before
