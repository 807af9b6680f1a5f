"""Each form of each key of a guild.yml is loaded."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from guild.flags.flagdef import FlagChoice, FlagDef
from guild.guildfile.defs import ExpectDef, RenameRule
from guild.guildfile.find import find_guildfile
from guild.guildfile.load import load_guildfile
from guild.guildfile.opdef import OpDef, OptimizerDef, ScalarRule
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.guildfile.types import Guildfile


def load_text(folder: Path, text: str, **more: str) -> Guildfile:
    """Load `text` as a guild.yml, next to files `NAME.yml` with the contents in `more`."""
    for name, content in more.items():
        (folder / f"{name}.yml").write_text(content)
    path = folder / "guild.yml"
    path.write_text(text)
    guildfile = load_guildfile(path)
    assert guildfile.warnings == ()
    return guildfile


def non_defaults(op: OpDef) -> dict[str, Any]:
    """Return the fields of an operation that differ from their defaults."""
    blank = OpDef(op.name, op.model, location=op.location)
    pairs = zip(OpDef._fields, op, blank, strict=True)
    return {name: value for name, value, default in pairs if value != default}


def operation(folder: Path, attributes: str) -> dict[str, Any]:
    """Return the fields that the keys `attributes` of an operation set."""
    return non_defaults(
        load_text(folder, f"train: {{{attributes}}}\n").models[""].operations["train"]
    )


def flags(folder: Path, text: str) -> dict[str, FlagDef]:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return load_text(folder, f"train:\n  flags:\n{lines}").models[""].operations["train"].flags


def test_mapping_is_the_anonymous_model(tmp_path: Path) -> None:
    text = "train: pkg.train --fast\nevaluate:\n  main: evaluate\n  description: See\n"
    guildfile = load_text(tmp_path, text)
    assert guildfile.path == tmp_path / "guild.yml"
    assert guildfile.digest == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    assert list(guildfile.models) == [""]
    assert [(op.full_name, op.main) for op in guildfile.operations] == [
        ("train", "pkg.train --fast"),
        ("evaluate", "evaluate"),
    ]
    assert guildfile.operations[1].description == "See"
    assert guildfile.operations[1].location == f"{tmp_path}/guild.yml:3"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n"])
def test_empty_file_has_no_models(tmp_path: Path, text: str) -> None:
    guildfile = load_text(tmp_path, text)
    assert guildfile.models == {}
    assert guildfile.default_model is None
    assert guildfile.default_operation is None


def test_name_is_the_default_main(tmp_path: Path) -> None:
    guildfile = load_text(tmp_path, "train:\nprepare: {description: x}\n")
    assert [op.main for op in guildfile.operations] == ["train", "prepare"]


def test_default_operation_and_lookup_by_name(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        "- operations: {a: x, b: x}\n"
        "- model: m\n  default: yes\n  operations: {b: x, c: {default: yes}}\n"
        "- model: n\n  operations: {d: x}\n",
    )
    assert guildfile.default_model is guildfile.models["m"]
    assert guildfile.default_operation is guildfile.models["m"].operations["c"]
    names = {
        name: op.full_name if (op := guildfile.get_operation(name)) else None
        for name in ("a", ":a", "b", "m:b", "c", "d", "n:d", "x", "x:a", "m:")
    }
    assert names == {
        "a": "a",
        ":a": "a",
        "b": "b",
        "m:b": "m:b",
        "c": "m:c",
        "d": None,
        "n:d": "n:d",
        "x": None,
        "x:a": None,
        "m:": None,
    }


def test_only_operation_of_the_only_model_is_the_default(tmp_path: Path) -> None:
    guildfile = load_text(tmp_path, "- model: m\n  operations: {t: x}\n")
    assert guildfile.default_operation is guildfile.models["m"].operations["t"]
    assert load_text(tmp_path, "a: x\nb: x\n").default_operation is None


OPERATIONS = {
    "exec": ("exec: 'R x.R ${flag_args}'", {"exec": "R x.R ${flag_args}"}),
    "exec list": ("exec: [echo, 'a b', 3]", {"exec": ("echo", "a b", "3")}),
    "notebook": ("notebook: a.ipynb", {"notebook": "a.ipynb"}),
    "texts": (
        "main: m, description: 1.50, label: '${x}', python-requires: '>=3.10', flags-dest: globals,"
        " flag-encoder: 'a:b'",
        {
            "main": "m",
            "description": "1.50",
            "label": "${x}",
            "python_requires": ">=3.10",
            "flags_dest": "globals",
            "flag_encoder": "a:b",
        },
    ),
    "switches": (
        "main: m, default: yes, pip-freeze: no, stoppable: yes, handle-keyboard-interrupt: yes,"
        " default-flag-arg-skip: yes, delete-on-success: yes, can-stage-trials: no",
        {
            "main": "m",
            "default": True,
            "pip_freeze": False,
            "stoppable": True,
            "handle_keyboard_interrupt": True,
            "default_flag_arg_skip": True,
            "delete_on_success": True,
            "can_stage_trials": False,
        },
    ),
    "null": ("main: m, label: , pip-freeze: null, flags: ", {"main": "m"}),
    "lists": (
        "main: m, tags: [a, 1], compare: loss, python-path: src, flags-import-skip: [a]",
        {
            "main": "m",
            "tags": ("a", "1"),
            "compare": ("loss",),
            "python_path": ("src",),
            "flags_import_skip": ("a",),
        },
    ),
    "import all": ("main: m, flags-import: all", {"main": "m", "flags_import": True}),
    "import yes": ("main: m, flags-import: yes", {"main": "m", "flags_import": True}),
    "import no": ("main: m, flags-import: no", {"main": "m", "flags_import": False}),
    "import some": ("main: m, flags-import: [a, y]", {"main": "m", "flags_import": ("a", "y")}),
    "plugins": ("main: m, plugins: [cpu]", {"main": "m", "plugins": ("cpu",)}),
    "env": (
        "main: m, env: {A: 1, B: yes, C: no, D: , E: 013, F: [a, b c]}, env-secrets: [T]",
        {
            "main": "m",
            "env": {"A": "1", "B": "1", "C": "", "D": "", "E": "013", "F": "a 'b c'"},
            "env_secrets": ("T",),
        },
    ),
    "run-attrs": (
        "main: m, run-attrs: {a: [1, {b: c}]}, default-max-trials: 5",
        {"main": "m", "run_attrs": {"a": [1, {"b": "c"}]}, "default_max_trials": 5},
    ),
    "objective": ("main: m, objective: loss", {"main": "m", "objective": "loss"}),
    "maximize": ("main: m, objective: {maximize: acc}", {"main": "m", "objective": "-acc"}),
    "minimize": ("main: m, objective: {minimize: loss}", {"main": "m", "objective": "loss"}),
    "optimizer": (
        "main: m, optimizer: gp",
        {"main": "m", "optimizers": (OptimizerDef("gp", "gp"),)},
    ),
    "optimizer's flags": (
        "main: m, optimizer: {algorithm: gp, random-starts: 3}",
        {"main": "m", "optimizers": (OptimizerDef("gp", "gp", False, {"random-starts": 3}),)},
    ),
    "optimizers": (
        "main: m, optimizers: {gp: , fast: {algorithm: random, default: yes, a: 1}, f: forest}",
        {
            "main": "m",
            "optimizers": (
                OptimizerDef("gp", "gp"),
                OptimizerDef("fast", "random", True, {"a": 1}),
                OptimizerDef("f", "forest"),
            ),
        },
    ),
    "list of optimizers": (
        "main: m, optimizers: [gp, {algorithm: random, a: 1}]",
        {
            "main": "m",
            "optimizers": (
                OptimizerDef("gp", "gp"),
                OptimizerDef("random", "random", False, {"a": 1}),
            ),
        },
    ),
    "no output scalars": ("main: m, output-scalars: no", {"main": "m", "output_scalars": False}),
    "output scalar": (
        r"main: m, output-scalars: '(\key)=(\value)'",
        {"main": "m", "output_scalars": (ScalarRule(None, r"(\key)=(\value)"),)},
    ),
    "output scalars": (
        r"main: m, output-scalars: [{loss: 'l (\value)', acc: 'a (\value)'}, '(\key)=(\value)']",
        {
            "main": "m",
            "output_scalars": (
                ScalarRule("loss", r"l (\value)"),
                ScalarRule("acc", r"a (\value)"),
                ScalarRule(None, r"(\key)=(\value)"),
            ),
        },
    ),
}


@pytest.mark.parametrize(("text", "expected"), OPERATIONS.values(), ids=list(OPERATIONS))
def test_keys_of_operations(tmp_path: Path, text: str, expected: dict[str, Any]) -> None:
    assert operation(tmp_path, text) == expected


def test_flag_names_keep_their_spelling(tmp_path: Path) -> None:
    defs = flags(tmp_path, "y: 1\non: 2\nno: 3\n1: 4\n1.50: 5\nnull: 6\n2020-01-01: 7\n")
    assert {name: flag.default for name, flag in defs.items()} == {
        "y": 1,
        "on": 2,
        "no": 3,
        "1": 4,
        "1.50": 5,
        "null": 6,
        "2020-01-01": 7,
    }


VALUES: list[tuple[str | None, str, Any]] = [
    (None, "013", 11),
    (None, "1e6", 1e6),
    (None, "1.5e3", 1500.0),
    (None, "'1e6'", "1e6"),
    (None, "1e000000", "1e000000"),
    (None, "1_000", 1000),
    (None, "2020-01-01", "2020-01-01"),
    (None, "2020-13-45", "2020-13-45"),
    (None, "y", "y"),
    (None, "yes", True),
    (None, "''", ""),
    (None, "null", None),
    (None, "[1, a, 2020-01-01]", [1, "a", "2020-01-01"]),
    (None, ".inf", float("inf")),
    ("auto", "013", 11),
    ("string", "013", "013"),
    ("string", "1e6", "1e6"),
    ("string", "1_000", "1_000"),
    ("string", "yes", "yes"),
    ("string", "2020-01-01", "2020-01-01"),
    ("string", "[013, 1]", ["013", "1"]),
    ("string", "null", None),
    ("path", "013", "013"),
    ("int", "013", 13),
    ("int", "'013'", 13),
    ("int", "1_000", 1000),
    ("int", "0x1F", 31),
    ("int", "1e6", 1000000),
    ("int", "[1, 2]", [1, 2]),
    ("float", "1", 1.0),
    ("float", "013", 13.0),
    ("float", "1e-3", 0.001),
    ("float", "'0.5'", 0.5),
    ("number", "013", 13),
    ("number", "1.5", 1.5),
    ("boolean", "1", True),
    ("boolean", "'no'", False),
    ("boolean", "off", False),
    ("boolean", "y", True),
]


@pytest.mark.parametrize(("type_", "text", "expected"), VALUES)
def test_default_has_the_type_of_its_flag(
    tmp_path: Path, type_: str | None, text: str, expected: object
) -> None:
    type_text = f", type: {type_}" if type_ else ""
    value = flags(tmp_path, f"x: {{default: {text}{type_text}}}\n")["x"].default
    assert (value, type(value)) == (expected, type(expected))


def test_keys_of_flags(tmp_path: Path) -> None:
    defs = flags(
        tmp_path,
        "x:\n"
        "  default: 1\n  description: An x\n  type: int\n  required: yes\n  alias: ex\n"
        "  arg-name: xx\n  arg-encoding: {yes: 1, no: ''}\n  arg-skip: no\n  arg-switch: off\n"
        "  arg-split: ','\n  choices: [1, {value: 02, description: two, alias: b, flags: {y: 3}}]\n"
        "  allow-other: yes\n  env-name: X\n  env-encoding: {1: one}\n  null-label: none\n"
        "  min: 0\n  max: 1.5\n  distribution: log-uniform\n  nb-replace: x=(.*)\n",
    )
    assert defs["x"] == FlagDef(
        name="x",
        default=1,
        description="An x",
        type="int",
        required=True,
        alias="ex",
        arg_name="xx",
        arg_encoding={True: 1, False: ""},
        arg_skip=False,
        arg_switch=False,
        arg_split=",",
        choices=(FlagChoice(1), FlagChoice(2, "two", "b", {"y": 3})),
        allow_other=True,
        env_name="X",
        env_encoding={1: "one"},
        null_label="none",
        min=0,
        max=1.5,
        distribution="log-uniform",
        nb_replace="x=(.*)",
        source=f"{tmp_path}/guild.yml:4",
    )


def test_extends_params_and_operation_defaults(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        """
- config: base
  params: {rate: 0.1, title: "at {{ rate }}", layers: [1, 2]}
  description: Learn {{title}} {{unknown}}
  operations:
    train:
      main: "{{ script }}"
      flags: {lr: "{{rate}}", size: {default: 1, description: Its size}, layers: "{{ layers }}"}
- config: more
  operations:
    train: {flags: {size: 2}}
- model: small
  extends: [base, more]
  params: {script: train}
  operation-defaults: {pip-freeze: no, env: {A: 1}}
  operations:
    train: {label: "{{script}}-{{rate}}"}
    test: {env: {B: 2}}
- model: big
  extends: small
  default: yes
  params: {rate: 3}
""",
    )
    small, big = guildfile.models["small"], guildfile.models["big"]
    assert (small.description, big.description) == (
        "Learn at 0.1 {{unknown}}",
        "Learn at 3 {{unknown}}",
    )
    train = big.operations["train"]
    assert (train.main, train.label, train.pip_freeze) == ("train", "train-3", False)
    assert {name: flag.default for name, flag in train.flags.items()} == {
        "lr": 3,
        "size": 2,
        "layers": [1, 2],
    }
    assert train.flags["size"].description == "Its size"
    assert (train.env, big.operations["test"].env) == ({"A": "1"}, {"B": "2"})
    assert guildfile.default_model is big


def test_default_is_not_inherited(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        "- model: m\n  extends: base\n"
        "- model: base\n  default: yes\n  operations: {train: {default: yes}}\n",
    )
    assert guildfile.default_model is guildfile.models["base"]
    assert guildfile.models["m"].default_operation is guildfile.models["m"].operations["train"]


def test_param_within_a_string_or_instead_of_it(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        "- model: m\n  params: {n: 013, b: yes, name: t}\n"
        "  operations: {'{{name}}-{{n}}': {main: 'x {{n}} {{b}}', pip-freeze: '{{ b }}'}}\n",
    )
    assert non_defaults(guildfile.operations[0]) == {"main": "x 013 True", "pip_freeze": True}
    assert guildfile.operations[0].full_name == "m:t-013"


def test_included_flags(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        """
- config: common
  params: {n: 5}
  flags: {lr: {default: 0.1, min: 0}, n: "{{n}}", skipped: 1}
- config: sections
  operations: {extra: train}
  resources: {data: [a.csv]}
- model: m
  flags: {seed: 1}
  resources: {$include: sections}
  operations:
    $include: sections
    first: {flags: {$include: "common#lr, n", lr: 0.2}}
    second: {flags: {$include: [m, "m:first", common]}, requires: data}
    third: {flags: {$include: second#seed}}
""",
    )
    defaults = {
        name: {flag.name: flag.default for flag in op.flags.values()}
        for name, op in guildfile.models["m"].operations.items()
    }
    assert defaults == {
        "extra": {},
        "first": {"lr": 0.2, "n": 5},
        "second": {"seed": 1, "lr": 0.1, "n": 5, "skipped": 1},
        "third": {"seed": 1},
    }
    assert guildfile.models["m"].operations["first"].flags["lr"].min == 0
    assert guildfile.models["m"].operations["second"].requires[0].sources[0].target == "a.csv"


def test_included_files(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        "- include: [base.yml, other.yml]\n- model: m\n  extends: base\n",
        base="- config: base\n  operations: {train: x}\n- include: other.yml\n",
        other="evaluate: y\n",
    )
    assert [op.full_name for op in guildfile.operations] == ["evaluate", "m:train"]
    assert guildfile.operations[0].location == f"{tmp_path}/other.yml:1"


def rules(*words: str) -> tuple[SourceCodeRule, ...]:
    triples = (word.split() for word in words)
    return tuple(SourceCodeRule(*triple) for triple in triples)  # type: ignore[arg-type]


ALL = "exclude pattern *"
SOURCECODE = {
    "no": ("no", SourceCodeDef(enabled=False)),
    "empty": ("[]", SourceCodeDef(enabled=False)),
    "select no": ("{select: no}", SourceCodeDef(enabled=False)),
    "pattern": ("'*.py'", SourceCodeDef(select=rules(ALL, "include pattern *.py"))),
    "patterns": (
        "[a, b]",
        SourceCodeDef(select=rules(ALL, "include pattern a", "include pattern b")),
    ),
    "rules": (
        "[a, exclude: [b, c], include: {text: d, dir: e}, exclude: {binary: f}]",
        SourceCodeDef(
            select=rules(
                "include pattern a",
                "exclude pattern b",
                "exclude pattern c",
                "include text d",
                "include dir e",
                "exclude binary f",
            )
        ),
    ),
    "type": (
        "[exclude: {type: text, pattern: a}]",
        SourceCodeDef(select=rules("exclude text a")),
    ),
    "mapping": (
        "{select: [exclude: a], root: .., digest: no, dest: src}",
        SourceCodeDef(select=rules("exclude pattern a"), root="..", digest=False, dest="src"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), SOURCECODE.values(), ids=list(SOURCECODE))
def test_sourcecode(tmp_path: Path, text: str, expected: SourceCodeDef) -> None:
    assert operation(tmp_path, f"sourcecode: {text}")["sourcecode"] == expected


COMBINED = {
    "model alone": ("[exclude: a]", "{}", SourceCodeDef(select=rules("exclude pattern a"))),
    "both": (
        "{root: src, select: [exclude: a], digest: no}",
        "{sourcecode: {root: ., select: [exclude: b]}}",
        SourceCodeDef(
            select=rules("exclude pattern a", "exclude pattern b"), root=".", digest=False
        ),
    ),
    "no wins": ("[exclude: a]", "{sourcecode: no}", SourceCodeDef(enabled=False)),
    "a model's no": ("no", "{sourcecode: {dest: x}}", SourceCodeDef(enabled=False, dest="x")),
    "rules against a no": (
        "no",
        "{sourcecode: [include: a]}",
        SourceCodeDef(select=rules("include pattern a")),
    ),
}


@pytest.mark.parametrize(("model", "op", "expected"), COMBINED.values(), ids=list(COMBINED))
def test_sourcecode_of_model_and_operation(
    tmp_path: Path, model: str, op: str, expected: SourceCodeDef
) -> None:
    text = f"- model: m\n  sourcecode: {model}\n  operations: {{train: {op}}}\n"
    assert load_text(tmp_path, text).operations[0].sourcecode == expected


def test_requires(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        """
- model: a
  resources:
    data:
      description: The data
      target-path: data
      target-type: link
      private: yes
      references: [x]
      sources:
        - file: a.zip
          unpack: no
          select: ['a', 'b']
          rename: ["x y", {pattern: p, repl: r}]
          sha256: 0123
        - url: http://x/y
          name: y
    short: [a.txt, {operation: train}]
  operations:
    one: {requires: data}
    two: {requires: [short, {resource: data}, {config: c.yml, params: {a: 1}}]}
    three: {requires: {sources: [{file: x}, {module: numpy}]}}
- model: b
  operations:
    four: {requires: "a:short"}
    five: {requires: [{operation: train, name: model, select-max: 'm-(.*)', optional: yes}]}
""",
    )
    required = {op.name: op.requires for op in guildfile.operations}
    assert {name: [r.name for r in resources] for name, resources in required.items()} == {
        "one": ["data"],
        "two": ["short", "data", "config:c.yml"],
        "three": ["file:x,module:numpy"],
        "four": ["short"],
        "five": ["model"],
    }
    data = required["one"][0]
    assert data == guildfile.models["a"].resources["data"]
    assert (data.target_path, data.target_type, data.private) == ("data", "link", True)
    first, second = data.sources
    assert (first.kind, first.target, first.unpack, first.select, first.sha256) == (
        "file",
        "a.zip",
        False,
        ("a", "b"),
        "0123",
    )
    assert first.rename == (RenameRule("x", "y"), RenameRule("p", "r"))
    assert (second.kind, second.target, second.name) == ("url", "http://x/y", "y")
    assert [source.kind for source in required["four"][0].sources] == ["file", "operation"]
    model = required["five"][0].sources[0]
    assert (model.kind, model.target, model.select_max, model.optional) == (
        "operation",
        "train",
        "m-(.*)",
        True,
    )


def test_steps(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        """
all:
  steps:
    - prepare n=3 'label=a b'
    - run: train
      name: t
      flags: {lr: [0.1, 0.2], id: 013, s: x}
      label: big
      tag: [a]
      max-trials: 3
      needed: yes
      isolate-runs: no
      expect:
        - output: done
        - {file: a.txt, compare-to: b.txt}
""",
    )
    steps = guildfile.operations[0].steps
    assert steps is not None
    first, second = steps
    assert (first.run, first.args, first.name) == ("prepare", ("n=3", "label=a b"), "prepare")
    assert (second.run, second.name, second.isolate_runs) == ("train", "t", False)
    assert second.flags == {"lr": [0.1, 0.2], "id": 11, "s": "x"}
    assert second.flag_texts == {"id": "013"}
    assert second.options == {"label": "big", "tag": ("a",), "max_trials": 3, "needed": True}
    assert second.expect == (ExpectDef("done"), ExpectDef(file="a.txt", compare_to="b.txt"))
    assert second.location == f"{tmp_path}/guild.yml:5"


def test_model_and_package(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        """
- package: gpkg.x
  description: A package
  version: 1.10
  author-email: a@b.c
  tags: [a]
  data-files: [x, y]
  packages: {a: src}
- model: m
  references: http://x
  python-requires: '>=3.10'
  plugins: no
  extra: {any: [thing]}
  operations: {a: x, b: {plugins: all}}
""",
    )
    package = guildfile.package
    assert package is not None
    assert (package.package, package.version, package.author_email, package.data_files) == (
        "gpkg.x",
        "1.10",
        "a@b.c",
        ("x", "y"),
    )
    model = guildfile.models["m"]
    assert (model.references, model.extra) == (("http://x",), {"any": ["thing"]})
    assert [(op.python_requires, op.plugins) for op in guildfile.operations] == [
        (">=3.10", False),
        (">=3.10", True),
    ]


def test_publish(tmp_path: Path) -> None:
    publish = operation(tmp_path, "publish: {files: ['*.txt'], template: t}")["publish"]
    assert (publish.template, publish.files.select) == (
        "t",
        rules(ALL, "include pattern *.txt"),
    )


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    guildfile = load_text(
        tmp_path,
        "a: &a {main: x, flags: &f {p: 1, q: 2}}\n"
        "b: {<<: *a, label: y}\n"
        "c: {main: x, flags: {<<: [*f, {p: 3, r: 4}], q: 5}}\n",
    )
    b, c = guildfile.operations[1:]
    assert (b.main, b.label) == ("x", "y")
    assert {name: flag.default for name, flag in c.flags.items()} == {"p": 1, "r": 4, "q": 5}


def test_find_guildfile(tmp_path: Path) -> None:
    assert find_guildfile(tmp_path) is None
    (tmp_path / "guild.yml").touch()
    (tmp_path / "sub").mkdir()
    assert find_guildfile(tmp_path) == tmp_path / "guild.yml"
    assert find_guildfile(tmp_path / "sub") is None
