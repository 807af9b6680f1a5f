"""`check_project` reports every problem of a project, with its location."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from guild.api.project_check import ProjectReport, check_project
from guild.context import Context


def check(folder: Path, guildfile: str, **files: str) -> ProjectReport:
    """Check a project with scripts `NAME.py`, whose content is in `files`."""
    project = folder / "project"
    project.mkdir()
    (project / "guild.yml").write_text(textwrap.dedent(guildfile))
    for name, text in files.items():
        (project / f"{name}.py").write_text(text)
    report = check_project(Context(folder / "home", project, {}))
    assert report is not None
    return report


def problems(folder: Path, guildfile: str, **files: str) -> list[str]:
    return list(map(str, check(folder, guildfile, **files).problems))


def test_project_without_a_guild_yml(tmp_path: Path) -> None:
    assert check_project(Context(tmp_path, tmp_path, {})) is None


def test_project_without_problems(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        """
        - model: m
          resources: {data: [{file: train.py}, {file: none.csv, optional: yes}, {url: http://x}]}
          operations:
            train: {flags-import: all, requires: data, flags: {lr: {min: 0}}}
            ls: {exec: "ls ${lr}", flags: {lr: 1}}
            json: {main: json.tool}
            all:
              steps:
              - train lr=0.2
              - train lr=[1,2]
              - train.py
              - {run: train, flags: {lr: '${lr}'}}
              flags: {lr: 1}
        """,
        train="lr = 0.1\n",
    )
    assert report.problems == ()
    assert report.operations == 4
    assert report.path == tmp_path / "project" / "guild.yml"


def test_all_errors_of_the_file_are_reported(tmp_path: Path) -> None:
    guildfile = """\
        - model: m
          extends: base
        - modl: n
        - config: c
        - config: c
        - model: o
          resources:
            data: [{files: x}]
            more: {sources: [a.csv], target-type: hard}
          operations:
            train:
              pip-freeze: never
              label: [x]
              flags:
                a: {min: x, max: y, type: int, default: z}
                b: {choices: [{description: x}, {description: y}]}
              requires: [data, dta]
              optimizer: gp
              optimizers: gp
            all: {steps: [{run: [x]}, {expect: {contains: x}, run: train}, 'train x=1']}
            none: 3
    """
    assert problems(tmp_path, guildfile, train="") == [
        "guild.yml:2: model 'm', extends: unknown config or model 'base'",
        "guild.yml:3: an item requires one of 'model', 'config', 'package', 'include' or "
        "'operations'; did you mean 'model'?",
        "guild.yml:5: duplicate config 'c' (first defined at guild.yml:4)",
        "guild.yml:8: model 'o', resource 'data': one of 'file', 'url', 'module', 'config' or "
        "'operation' is required; did you mean 'file'?",
        "guild.yml:9: model 'o', resource 'more', target-type: expected copy or link but got "
        "'hard'",
        "guild.yml:9: model 'o', resource 'more': file 'a.csv' not found",
        "guild.yml:12: model 'o', operation 'train', pip-freeze: expected yes or no but got "
        "'never'",
        "guild.yml:12: model 'o', operation 'train': 'optimizer' and 'optimizers' are mutually "
        "exclusive",
        "guild.yml:13: model 'o', operation 'train', label: expected a string but got a list",
        "guild.yml:15: model 'o', operation 'train', flag 'a', min: expected a number but got 'x'",
        "guild.yml:15: model 'o', operation 'train', flag 'a', max: expected a number but got 'y'",
        "guild.yml:15: model 'o', operation 'train', flag 'a', default: expected an integer but "
        "got 'z'",
        "guild.yml:16: model 'o', operation 'train', flag 'b', choices: a choice requires 'value'",
        "guild.yml:17: model 'o', operation 'train', requires: unknown resource 'dta'; did you "
        "mean 'data'?",
        "guild.yml:20: model 'o', operation 'all', step 1: expected a string but got a list",
        "guild.yml:20: model 'o', operation 'all', step 2, expect: specify either 'output' or "
        "'file'",
        "guild.yml:21: model 'o', operation 'none': expected a mapping or a string but got 3 (int)",
    ]


def test_invalid_yaml_is_the_only_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, "a: b: c\n") == [
        "guild.yml:1: invalid YAML: mapping values are not allowed in this context"
    ]


MISSING = {
    "script": ("train:\n", "guild.yml:1: operation 'train': script or module 'train' not found"),
    "script in a directory": (
        "train: {main: src/train}\n",
        "guild.yml:1: operation 'train': script or module 'src/train' not found",
    ),
    "program": (
        "x: {exec: ./run.sh 1}\n",
        "guild.yml:1: operation 'x': program './run.sh' not found",
    ),
    "notebook": (
        "x: {notebook: a.ipynb}\n",
        "guild.yml:1: operation 'x': cannot read notebook a.ipynb: No such file or directory",
    ),
    "required file": (
        "x:\n  exec: echo\n  requires: [config: a.yml]\n",
        "guild.yml:3: operation 'x', requires: config 'a.yml' not found",
    ),
    "file of a resource": (
        "- model: m\n  resources: {data: a.csv}\n"
        "  operations: {x: {exec: echo, requires: data}, y: {exec: echo, requires: data}}\n",
        "guild.yml:2: model 'm', resource 'data': file 'a.csv' not found",
    ),
    "operation of a step": (
        "x:\n  steps:\n  - nothing\n",
        "guild.yml:3: operation 'x', step 'nothing': operation 'nothing' is not defined for this "
        "project",
    ),
    "flag of a step": (
        "e: {exec: echo, flags: {lr: 1}}\nx: {steps: [e lrr=1]}\n",
        "guild.yml:2: operation 'x', step 'e': unsupported flag 'lrr'; did you mean 'lr'?",
    ),
    "flag under flags": (
        "e: {exec: echo, flags: {lr: 1}}\nx: {steps: [{run: e, flags: {lrr: 1}}]}\n",
        "guild.yml:2: operation 'x', step 'e': unsupported flag 'lrr'; did you mean 'lr'?",
    ),
    "flag that a reference sets": (
        "e: {exec: echo, flags: {lr: 1}}\nx: {steps: ['e lrr=${y}'], flags: {y: 1}}\n",
        "guild.yml:2: operation 'x', step 'e': unsupported flag 'lrr'; did you mean 'lr'?",
    ),
    "pattern": (
        "e: {exec: echo, output-scalars: '('}\n",
        "guild.yml:1: operation 'e': output-scalars: invalid pattern '(': missing ), unterminated "
        "subpattern at position 0",
    ),
    "step of itself": (
        "x: {steps: [x]}\n",
        "guild.yml:1: operation 'x' is a step of itself (x -> x)",
    ),
    "imported flag": (
        "x: {main: json.tool, flags-import-exec: yes, flags-dest: globals}\n",
        "guild.yml:1: operation 'x': 'flags-import-exec' applies only to the arguments of a "
        "Python script",
    ),
    "unknown key": (
        "x: {exec: echo, man: y}\n",
        "guild.yml:1: operation 'x': unknown key 'man'; did you mean 'main'?",
    ),
}


@pytest.mark.parametrize(("guildfile", "problem"), MISSING.values(), ids=list(MISSING))
def test_problem_of_an_operation(tmp_path: Path, guildfile: str, problem: str) -> None:
    assert problems(tmp_path, guildfile) == [problem]


def test_invalid_value_of_a_step_is_reported(tmp_path: Path) -> None:
    guildfile = "e: {exec: echo, flags: {lr: {type: int, max: 3}}}\nx: {steps: [e lr=a, e lr=4]}\n"
    lines = problems(tmp_path, guildfile)
    assert len(lines) == 2
    assert all(line.startswith("guild.yml:2: operation 'x', step 'e': ") for line in lines)


def test_forced_flags_of_a_step_are_not_checked(tmp_path: Path) -> None:
    guildfile = "e: {exec: echo}\nx: {steps: [{run: e a=1, force-flags: yes}]}\n"
    assert problems(tmp_path, guildfile) == []


def test_errors_of_operations_do_not_cause_others(tmp_path: Path) -> None:
    guildfile = "train: {main: 3, requires: [none]}\nx: {steps: [train lr=1]}\n"
    assert problems(tmp_path, guildfile) == [
        "guild.yml:1: operation 'train', main: expected a string but got 3 (int)",
        "guild.yml:1: operation 'train', requires: unknown resource 'none'",
    ]


def test_problems_of_included_files_name_them(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir(parents=True)
    (tmp_path / "project" / "more.yml").write_text("- config: a\n- model: m\n  foo: 1\n- x: y\n")
    (tmp_path / "project" / "guild.yml").write_text("- include: more.yml\n- include: none.yml\n")
    report = check_project(Context(tmp_path / "home", tmp_path / "project", {}))
    assert report is not None
    assert [(problem.file, problem.line) for problem in report.problems] == [
        ("guild.yml", 2),
        ("more.yml", 3),
        ("more.yml", 4),
    ]
