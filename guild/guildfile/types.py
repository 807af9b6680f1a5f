"""What a guild.yml says once includes, `extends` and params are applied; frozen.

Attribute names are those of the file with underscores, and None stands for
"not said". Where an attribute can be switched off (`sourcecode: no`), False
does so. A sequence is a tuple, a mapping keeps the order of the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

from guild.flags.flagdef import FlagDef


class SourceCodeRule(NamedTuple):
    """One rule of a source code selection; a later rule wins over an earlier one.

    Attributes:
        action: what happens to a file that matches.
        kind: `pattern` any file, `text` and `binary` a file of that content whose
            path matches, `dir` a folder with everything in it.
        pattern: a glob over paths relative to the root.
    """

    action: Literal["include", "exclude"]
    kind: Literal["pattern", "text", "binary", "dir"]
    pattern: str


class SourceCodeDef(NamedTuple):
    """Which files are copied as source code, from where, and to where.

    Attributes:
        enabled: False for `sourcecode: no`, nothing is copied.
        select: the rules in their order; the default rules come before them. A list of
            patterns alone starts with `exclude *` here.
        root: the folder files are taken from, relative to the guild.yml's.
        digest: False leaves the digest out of the run.
        dest: the folder in the run directory files are copied to.
    """

    enabled: bool = True
    select: tuple[SourceCodeRule, ...] = ()
    root: str | None = None
    digest: bool | None = None
    dest: str | None = None


class RenameRule(NamedTuple):
    """A file of a resource is linked under another name: regular expression and replacement."""

    pattern: str
    repl: str


class SourceDef(NamedTuple):
    """One source of a resource.

    Attributes:
        kind: which of the five sources it is.
        target: what that key says: a path, an address, a module, an operation.
        line: where in the guild.yml it is, `FILE:LINE`.
    """

    kind: Literal["file", "url", "module", "config", "operation"]
    target: str
    name: str | None = None
    sha256: str | None = None
    unpack: bool | None = None
    select: tuple[str, ...] = ()
    select_min: str | None = None
    select_max: str | None = None
    rename: tuple[RenameRule, ...] = ()
    optional: bool = False
    warn_if_empty: bool | None = None
    fail_if_empty: bool | None = None
    target_path: str | None = None
    target_type: Literal["copy", "link"] | None = None
    path: str | None = None
    preserve_path: bool | None = None
    post_process: str | None = None
    replace_existing: bool | None = None
    always_resolve: bool | None = None
    params: dict[str, Any] | None = None
    help: str = ""
    line: str = ""


class ResourceDef(NamedTuple):
    """What an operation needs: sources that are linked or copied into the run directory."""

    name: str
    sources: tuple[SourceDef, ...] = ()
    target_path: str | None = None
    target_type: Literal["copy", "link"] | None = None
    preserve_path: bool | None = None
    default_unpack: bool | None = None
    description: str = ""
    private: bool = False
    references: tuple[str, ...] = ()
    line: str = ""


class ExpectDef(NamedTuple):
    """What a step's run must leave: text in its output, or a file of some content."""

    output: str | None = None
    file: str | None = None
    compare_to: str | None = None
    contains: str | None = None


class StepDef(NamedTuple):
    """One step: a request like one from the command line.

    Attributes:
        run: the operation, as on the command line.
        args: the words after it in `run`, `NAME=VAL` as on the command line.
        name: what other steps and `NAME:FLAG` call it.
        flags: the values said under `flags`; a list is a grid.
        flag_texts: what was written for those that YAML did not read as text (`013` for
            11), so that the operation's flag types can decide.
        options: the options of `run` by their long names, with underscores.
        expect: what is checked when its run has ended.
        isolate_runs: False lets it see runs from outside of the parent; None is True.
    """

    run: str
    args: tuple[str, ...] = ()
    name: str = ""
    flags: dict[str, Any] = {}  # noqa: RUF012  # never written to
    flag_texts: dict[str, str] = {}  # noqa: RUF012
    options: dict[str, Any] = {}  # noqa: RUF012
    expect: tuple[ExpectDef, ...] = ()
    isolate_runs: bool | None = None
    line: str = ""


class OptimizerDef(NamedTuple):
    """An optimizer by name, its algorithm (the name unless said) and its own flags."""

    name: str
    algorithm: str
    default: bool = False
    flags: dict[str, Any] = {}  # noqa: RUF012  # never written to


class ScalarRule(NamedTuple):
    """A regular expression over a line of output; its group is the value.

    `name` is None where the expression names what it captures (`\\key`, `\\value`,
    or named groups).
    """

    name: str | None
    pattern: str


class PublishDef(NamedTuple):
    """What a published run holds: file selection and template."""

    files: SourceCodeDef | None = None
    template: str | None = None


class OpDef(NamedTuple):
    """One operation. At most one of `main`, `exec`, `notebook` and `steps` is said.

    Attributes:
        model: its model's name, empty for the anonymous one.
        flags_import: True for `all`, False for `no`, or the names.
        plugins: True for `all`, False for `no`, or the names.
        output_scalars, output_attrs: False for `no`.
        objective: a scalar, `-` before the name of one to be maximized.
        line: where in the guild.yml it is, `FILE:LINE`.
    """

    name: str
    model: str = ""
    main: str | None = None
    exec: str | tuple[str, ...] | None = None
    notebook: str | None = None
    steps: tuple[StepDef, ...] | None = None
    default: bool = False
    description: str = ""
    flags: dict[str, FlagDef] = {}  # noqa: RUF012  # never written to
    flags_dest: str | None = None
    flags_import: bool | tuple[str, ...] | None = None
    flags_import_skip: tuple[str, ...] | None = None
    requires: tuple[ResourceDef, ...] = ()
    env: dict[str, str] = {}  # noqa: RUF012
    env_secrets: tuple[str, ...] | None = None
    run_attrs: dict[str, Any] = {}  # noqa: RUF012
    label: str | None = None
    tags: tuple[str, ...] = ()
    compare: tuple[str, ...] | None = None
    objective: str | None = None
    optimizers: tuple[OptimizerDef, ...] = ()
    default_max_trials: int | None = None
    output_scalars: Literal[False] | tuple[ScalarRule, ...] | None = None
    output_attrs: Literal[False] | tuple[ScalarRule, ...] | None = None
    sourcecode: SourceCodeDef | None = None
    python_requires: str | None = None
    python_path: tuple[str, ...] | None = None
    pip_freeze: bool | None = None
    plugins: bool | tuple[str, ...] | None = None
    stoppable: bool | None = None
    handle_keyboard_interrupt: bool | None = None
    flag_encoder: str | None = None
    default_flag_arg_skip: bool | None = None
    delete_on_success: bool | None = None
    can_stage_trials: bool | None = None
    publish: PublishDef | None = None
    line: str = ""

    @property
    def full_name(self) -> str:
        """`model:op`, or `op` alone for the anonymous model."""
        return f"{self.model}:{self.name}" if self.model else self.name


class ModelDef(NamedTuple):
    """One model; the anonymous one has an empty name.

    What a model says of its operations (`sourcecode`, `plugins`,
    `python-requires`, `operation-defaults`) is already in them.
    """

    name: str
    default: bool = False
    description: str = ""
    references: tuple[str, ...] = ()
    operations: dict[str, OpDef] = {}  # noqa: RUF012  # never written to
    resources: dict[str, ResourceDef] = {}  # noqa: RUF012
    flags: dict[str, FlagDef] = {}  # noqa: RUF012
    sourcecode: SourceCodeDef | None = None
    python_requires: str | None = None
    plugins: bool | tuple[str, ...] | None = None
    extra: Any = None
    line: str = ""

    @property
    def default_operation(self) -> OpDef | None:
        """The operation marked `default`, else the only one."""
        operations = tuple(self.operations.values())
        marked = (op for op in operations if op.default)
        return next(marked, operations[0] if len(operations) == 1 else None)


class PackageDef(NamedTuple):
    """The `package` item: what a distribution made from this project says of itself."""

    package: str
    description: str = ""
    version: str | None = None
    url: str | None = None
    author: str | None = None
    author_email: str | None = None
    license: str | None = None
    tags: tuple[str, ...] = ()
    python_tag: str | None = None
    data_files: tuple[str, ...] = ()
    python_requires: str | None = None
    requires: tuple[str, ...] = ()
    packages: dict[str, str] = {}  # noqa: RUF012  # never written to
    line: str = ""


class Guildfile(NamedTuple):
    """One guild.yml.

    Attributes:
        path: the file, absolute.
        digest: md5 of its bytes, the VERSION of an opref.
        models: by name, in the order of the file; the anonymous one under "".
        package: the `package` item, if there is one.
        warnings: one line each, naming file, line and place.
    """

    path: Path
    digest: str
    models: dict[str, ModelDef] = {}  # noqa: RUF012  # never written to
    package: PackageDef | None = None
    warnings: tuple[str, ...] = ()

    @property
    def default_model(self) -> ModelDef | None:
        """The model marked `default`, else the anonymous one, else the only one."""
        models = tuple(self.models.values())
        marked = next((model for model in models if model.default), None)
        return marked or self.models.get("") or (models[0] if len(models) == 1 else None)

    @property
    def default_operation(self) -> OpDef | None:
        """The default operation of the default model."""
        return self.default_model.default_operation if self.default_model else None

    @property
    def operations(self) -> tuple[OpDef, ...]:
        """Every operation of every model, in the order of the file."""
        return tuple(op for model in self.models.values() for op in model.operations.values())

    def operation(self, name: str) -> OpDef | None:
        """The operation listed as `name` (`model:op`, or `op` of the anonymous model, which
        `:op` means too), else `name` in the default model; None without one."""
        for op in self.operations:
            if name in (op.full_name, f"{op.model}:{op.name}"):
                return op
        return self.default_model.operations.get(name) if self.default_model else None
