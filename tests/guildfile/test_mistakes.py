"""Each mistake in a guild.yml is reported on one line, with its location and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from guild.base.errors import GuildError
from guild.guildfile.load import load_guildfile


def error_of(path: Path) -> str:
    """Return the error of loading `path`, without its directory."""
    errors: list[str] = []
    try:
        load_guildfile(path, errors)
    except GuildError as error:
        errors.append(error.message)
    assert errors
    return errors[0].replace(f"{path.parent}/", "")


def error_of_text(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "guild.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return error_of(path)


def warnings(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "guild.yml"
    path.write_text(text)
    return [line.replace(f"{tmp_path}/", "") for line in load_guildfile(path).all_warnings]


WRONG_TYPES = {
    "min": (
        "train:\n  main: train\n  flags:\n    lr:\n      default: 0.1\n      min: x\n",
        "guild.yml:6: operation 'train', flag 'lr', min: expected a number but got 'x'",
    ),
    "model is named": (
        "- model: m\n  operations:\n    train:\n      pip-freeze: never\n",
        "guild.yml:4: model 'm', operation 'train', pip-freeze: expected yes or no but got 'never'",
    ),
    "operation": (
        "train: [a]\n",
        "guild.yml:1: operation 'train': expected a mapping or a string but got a list",
    ),
    "main": (
        "train: {main: 3}\n",
        "guild.yml:1: operation 'train', main: expected a string but got 3 (int)",
    ),
    "flags": (
        "train:\n  flags: 3\n",
        "guild.yml:2: operation 'train', flags: expected a mapping but got 3 (int)",
    ),
    "flags-import": (
        "train:\n  flags-import: x\n",
        "guild.yml:2: operation 'train', flags-import: expected yes, all, no or a list of "
        "names but got 'x'",
    ),
    "int default": (
        "train:\n  flags:\n    n: {type: int, default: 1.5}\n",
        "guild.yml:3: operation 'train', flag 'n', default: expected an integer but got 1.5 "
        "(float)",
    ),
    "boolean default": (
        "train:\n  flags:\n    n: {type: boolean, default: maybe}\n",
        "guild.yml:3: operation 'train', flag 'n', default: expected yes or no but got 'maybe'",
    ),
    "choices": (
        "train:\n  flags:\n    n: {choices: 3}\n",
        "guild.yml:3: operation 'train', flag 'n', choices: expected a list of values but "
        "got 3 (int)",
    ),
    "choice without value": (
        "train:\n  flags:\n    n: {choices: [{description: x}]}\n",
        "guild.yml:3: operation 'train', flag 'n', choices: a choice requires 'value'",
    ),
    "limits": (
        "train:\n  flags:\n    n: {min: 3, max: 2}\n",
        "guild.yml:3: operation 'train', flag 'n': min 3 is greater than max 2",
    ),
    "steps": (
        "all:\n  steps: train\n",
        "guild.yml:2: operation 'all', steps: expected a list of steps but got 'train'",
    ),
    "step": (
        "all:\n  steps:\n  - train\n  - flags: {a: 1}\n",
        "guild.yml:4: operation 'all', step 2: invalid step {'flags': {'a': 1}}: must define run",
    ),
    "step's quotes": (
        "all:\n  steps:\n  - train x='1\n",
        "guild.yml:3: operation 'all', step 1: invalid 'run': no closing quotation",
    ),
    "target-type": (
        "train:\n  requires:\n  - file: x\n    target-type: hard\n",
        "guild.yml:4: operation 'train', requires, target-type: expected copy or link but "
        "got 'hard'",
    ),
    "source": (
        "train:\n  requires:\n  - files: x\n",
        "guild.yml:3: operation 'train', requires: one of 'file', 'url', 'module', 'config' "
        "or 'operation' is required; did you mean 'file'?",
    ),
    "two sources": (
        "train:\n  requires:\n  - file: x\n    url: y\n",
        "guild.yml:3: operation 'train', requires: specify only one of 'file' and 'url'",
    ),
    "resource": (
        "- model: m\n  resources:\n    data: [a.csv]\n"
        "  operations:\n    train:\n      requires: dta\n",
        "guild.yml:6: model 'm', operation 'train', requires: unknown resource 'dta'; did "
        "you mean 'data'?",
    ),
    "resource's model": (
        "train:\n  requires: file:x\n",
        "guild.yml:2: operation 'train', requires: unknown model 'file' of resource 'x'; for "
        "a source write {file: x}",
    ),
    "optimizers": (
        "train:\n  optimizer: gp\n  optimizers: [gp]\n",
        "guild.yml:2: operation 'train': 'optimizer' and 'optimizers' are mutually exclusive",
    ),
    "objective": (
        "train:\n  objective: {minimize: a, maximize: b}\n",
        "guild.yml:2: operation 'train', objective: specify either 'minimize' or 'maximize'",
    ),
    "default-max-trials": (
        "train:\n  default-max-trials: 0\n",
        "guild.yml:2: operation 'train', default-max-trials: expected a positive integer but "
        "got 0 (int)",
    ),
    "sourcecode": (
        "train:\n  sourcecode: yes\n",
        "guild.yml:2: operation 'train', sourcecode: expected no, a pattern or a list of "
        "rules but got yes (bool)",
    ),
    "source code rule": (
        "train:\n  sourcecode:\n  - incldue: x\n",
        "guild.yml:3: operation 'train', sourcecode: expected a pattern, 'include' or "
        "'exclude' but got a mapping; did you mean 'include'?",
    ),
    "expect": (
        "all:\n  steps:\n  - run: a\n    expect: {contains: x}\n",
        "guild.yml:4: operation 'all', step 1, expect: specify either 'output' or 'file'",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG_TYPES.values(), ids=list(WRONG_TYPES))
def test_wrong_types_and_missing_keys(tmp_path: Path, text: str, message: str) -> None:
    assert error_of_text(tmp_path, text) == message


STRUCTURE = {
    "scalar": (
        "hello\n",
        "guild.yml:1: expected a mapping of operations or a list of items but got 'hello'",
    ),
    "item": ("- foo\n", "guild.yml:1: expected a mapping but got 'foo'"),
    "unknown item": (
        "- modl: m\n",
        "guild.yml:1: an item requires one of 'model', 'config', 'package', 'include' or "
        "'operations'; did you mean 'model'?",
    ),
    "two kinds": (
        "- model: m\n  config: c\n",
        "guild.yml:1: 'model' and 'config' are mutually exclusive",
    ),
    "model without a name": ("- model:\n", "guild.yml:1: model: expected a string but got null"),
    "config without a name": (
        "- config: ''\n",
        "guild.yml:1: the name of a config cannot be empty",
    ),
    "duplicate model": (
        "- model: m\n- model: m\n",
        "guild.yml:2: duplicate model 'm' (first defined at guild.yml:1)",
    ),
    "duplicate anonymous model": (
        "- operations: {a: b}\n- operations: {c: d}\n",
        "guild.yml:2: duplicate anonymous model (first defined at guild.yml:1)",
    ),
    "duplicate operation": (
        "train: a\ntrain: b\n",
        "guild.yml:2: duplicate key 'train' (first defined on line 1)",
    ),
    "extends": (
        "- config: base\n- model: m\n  extends: bas\n",
        "guild.yml:3: model 'm', extends: unknown config or model 'bas'; did you mean 'base'?",
    ),
    "extends in a circle": (
        "- model: a\n  extends: b\n- model: b\n  extends: a\n",
        "guild.yml:1: model 'a': circular extends: model 'a' -> model 'b' -> model 'a'",
    ),
    "flags in a circle": (
        "- config: a\n  flags: {$include: b}\n- config: b\n  flags: {$include: a}\n"
        "- model: m\n  operations: {t: {flags: {$include: a}}}\n",
        "guild.yml:3: config 'b': circular flags $include: config 'a' flags -> config 'b' "
        "flags -> config 'a' flags",
    ),
    "operation that includes its own flags": (
        "- model: m\n  operations: {t: {flags: {$include: 'm:t'}}}\n",
        "guild.yml:1: model 'm': circular flags $include: model 'm' flags t -> model 'm' flags t",
    ),
    "params in a circle": (
        "- model: a\n  description: '{{p}}'\n  params: {p: '{{q}}', q: 'x{{p}}'}\n",
        "guild.yml:3: circular params: p -> q -> p",
    ),
    "a list in a string": (
        "- model: a\n  description: 'x {{p}}'\n  params: {p: [1]}\n",
        "guild.yml:2: param 'p' is a list or mapping, so it cannot be part of a string",
    ),
    "a missing include": ("- include: x.yml\n", "guild.yml:1: included file 'x.yml' not found"),
    "an include of itself": (
        "- include: guild.yml\n",
        "guild.yml:1: circular include of 'guild.yml'",
    ),
    "an include of a folder": ("- include: .\n", ".: expected a file but got a directory"),
    "flag to include": (
        "- config: c\n  flags: {rate: 1}\n"
        "- model: m\n  operations: {t: {flags: {$include: 'c#rat'}}}\n",
        "guild.yml:4: model 'm', operation 't', flags, $include: 'c' has no flag 'rat'; did "
        "you mean 'rate'?",
    ),
}


@pytest.mark.parametrize(("text", "message"), STRUCTURE.values(), ids=list(STRUCTURE))
def test_inconsistent_items(tmp_path: Path, text: str, message: str) -> None:
    assert error_of_text(tmp_path, text) == message


def ten_times(param: int) -> str:
    return ", ".join([f"'{{{{p{param}}}}}'"] * 10)


SYNTAX = {
    "colon": (
        "a: b: c\n",
        "guild.yml:1:5: invalid YAML: mapping values are not allowed in this context",
    ),
    "tab": (
        "train:\n\tmain: x\n",
        "guild.yml:2:1: invalid YAML: found character that cannot start any token "
        "while scanning for the next token",
    ),
    "open list": (
        "a: [1, 2\n",
        "guild.yml:2:1: invalid YAML: did not find expected ',' or ']' "
        "while parsing a flow sequence",
    ),
    "not UTF-8": (
        b"a: b\nc: \xff\n",
        "guild.yml:2: invalid UTF-8 (byte 0xff); save the file as UTF-8",
    ),
    "control character": (
        "a: b\nc: \x00\n",
        "guild.yml:2: invalid YAML: control characters are not allowed",
    ),
    "two documents": (
        "a: b\n---\nc: d\n",
        "guild.yml:2: unexpected second document; remove the '---' line",
    ),
    "tag": (
        "a: !!python/object:x.y {}\n",
        "guild.yml:1: unknown tag 'tag:yaml.org,2002:python/object:x.y'",
    ),
    "scalar tag": (
        "a: !!python/name:os.system x\n",
        "guild.yml:1: unknown tag 'tag:yaml.org,2002:python/name:os.system'",
    ),
    "tagged value": ("a: !!int x\n", "guild.yml:1: invalid int 'x'"),
    "key": ("[a]: b\n", "guild.yml:1: expected a string as key but got a list"),
    "alias": ("a: *b\n", "guild.yml:1: undefined alias '*b'"),
    "alias of itself": ("a: &b [*b]\n", "guild.yml:1: alias '*b' refers to itself"),
    "flags-dest": (
        "all: {main: train, flags-dest: gloabls}\n",
        "guild.yml:1: operation 'all', flags-dest: expected args, args:SUBCOMMAND, globals, "
        "global:NAME, dict:NAME, namespace:NAME, config:PATH or none but got 'gloabls'",
    ),
    "depth": ("a: " + "[" * 200_000, "guild.yml:1: nested more than 100 levels deep"),
    "depth by aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000)),
        "guild.yml:99: nested more than 100 levels deep",
    ),
    "billion laughs": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)),
        "guild.yml:4: aliases expand to more than 100000 values",
    ),
    "laughing params": (
        "- model: m\n  description: '{{p20}}'\n  params:\n    p0: [1]\n"
        + "".join(f"    p{i}: [{ten_times(i - 1)}]\n" for i in range(1, 21)),
        "guild.yml:10: params expand to more than 100000 values",
    ),
    "growing params": (
        "- model: m\n  description: '{{p60}}'\n  params:\n    p0: xx\n"
        + "".join(f"    p{i}: '{{{{p{i - 1}}}}}{{{{p{i - 1}}}}}'\n" for i in range(1, 61)),
        "guild.yml:20: params expand to more than 100000 characters",
    ),
}


@pytest.mark.parametrize(("text", "message"), SYNTAX.values(), ids=list(SYNTAX))
def test_invalid_yaml(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert error_of_text(tmp_path, text) == message


def test_nested_includes_are_read_once(tmp_path: Path) -> None:
    for i in range(40):
        include = f"- include: [f{i + 1}.yml, f{i + 1}.yml]\n"
        (tmp_path / f"f{i}.yml").write_text(include + f"- config: c{i}\n")
    (tmp_path / "f40.yml").write_text("- operations: {train: train}\n")
    assert [op.name for op in load_guildfile(tmp_path / "f0.yml").operations] == ["train"]


def test_nested_flags_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "guild.yml"
    configs = (
        f"- config: c{i}\n  flags: {{$include: [c{i + 1}, 'c{i + 1}#x'], f{i}: 1}}\n"
        for i in range(40)
    )
    path.write_text(
        "".join(configs)
        + "- config: c40\n  flags: {x: 1}\n- operations: {t: {flags: {$include: c0}}}\n"
    )
    assert len(load_guildfile(path).operations[0].flags) == 41


def test_directory_or_missing_file(tmp_path: Path) -> None:
    (tmp_path / "guild.yml").mkdir()
    assert error_of(tmp_path / "guild.yml") == "guild.yml: expected a file but got a directory"
    assert (
        error_of(tmp_path / "other.yml")
        == "other.yml: cannot read the file: No such file or directory"
    )


def test_errors_name_the_included_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.yml").write_text("- model: m\n  operations:\n    t: 3\n")
    assert (
        error_of_text(tmp_path, "- include: sub/more.yml\n")
        == "sub/more.yml:3: model 'm', operation 't': expected a mapping or a string "
        "but got 3 (int)"
    )


UNKNOWN = {
    "operation": (
        "train:\n  man: train\n",
        "guild.yml:2: operation 'train': unknown key 'man'; did you mean 'main'?",
    ),
    "flag": (
        "train:\n  flags:\n    x: {defualt: 1}\n",
        "guild.yml:3: operation 'train', flag 'x': unknown key 'defualt'; did you mean 'default'?",
    ),
    "type": (
        "train:\n  flags:\n    x: {type: bool}\n",
        "guild.yml:3: operation 'train', flag 'x', type: unknown type 'bool'; did you mean "
        "'boolean'?",
    ),
    "model": ("- model: m\n  foo: 1\n", "guild.yml:2: model 'm': unknown key 'foo'"),
    "source": (
        "train:\n  requires: {file: x, selct: y}\n",
        "guild.yml:2: operation 'train', requires: unknown key 'selct'; did you mean 'select'?",
    ),
    "step": (
        "all:\n  steps: [{run: a, lable: b}]\n",
        "guild.yml:2: operation 'all', step 1: unknown key 'lable'; did you mean 'label'?",
    ),
    "package": (
        "- package: p\n  vesion: 1\n",
        "guild.yml:2: package 'p': unknown key 'vesion'; did you mean 'version'?",
    ),
    "include": (
        "- include: []\n  foo: 1\n",
        "guild.yml:2: unknown key 'foo' next to 'include'",
    ),
    "two ways to run": (
        "train: {main: a, exec: b}\n",
        "guild.yml:1: operation 'train': 'main' is ignored because 'exec' is also set",
    ),
}


@pytest.mark.parametrize(("text", "message"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_unknown_keys_are_warnings(tmp_path: Path, text: str, message: str) -> None:
    assert warnings(tmp_path, text) == [message]
