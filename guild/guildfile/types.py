"""What a guild.yml says once includes, `extends` and params are applied; frozen.

Attribute names are those of the file with underscores, and None stands for
"not said". Where an attribute can be switched off (`sourcecode: no`), False
does so. A sequence is a tuple, a mapping keeps the order of the file.
"""

from pathlib import Path
from typing import Any, NamedTuple

from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef


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
    location: str = ""

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
    location: str = ""


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

    def get_operation(self, name: str) -> OpDef | None:
        """The operation listed as `name` (`model:op`, or `op` of the anonymous model, which
        `:op` means too), else `name` in the default model; None without one."""
        for op in self.operations:
            if name in (op.full_name, f"{op.model}:{op.name}"):
                return op
        return self.default_model.operations.get(name) if self.default_model else None

    def find_operation(self, name: str) -> OpDef | None:
        """The same, else the operation of that name that one model alone has."""
        opdef = self.get_operation(name)
        if opdef is not None or ":" in name:
            return opdef
        same = [op for op in self.operations if op.name == name]
        return same[0] if len(same) == 1 else None
