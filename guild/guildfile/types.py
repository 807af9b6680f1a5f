"""The content of a guild.yml, with includes, `extends` and params applied; immutable.

Attributes are named after the keys of the file, with underscores. None means "not set", and
False disables a feature (`sourcecode: no`). Mappings keep the order of the file.
"""

from pathlib import Path
from typing import Any

from guild.base.named_tuple import NamedTuple
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import ResourceDef
from guild.guildfile.opdef import OpDef
from guild.guildfile.sourcecode_def import SourceCodeDef


class ModelDef(NamedTuple):
    """One model; the anonymous one has an empty name.

    Its operations already include its settings for them (`sourcecode`, `plugins`,
    `python-requires`, `operation-defaults`) and the problems of these settings.
    """

    name: str
    default: bool = False
    description: str = ""
    references: tuple[str, ...] = ()
    operations: dict[str, OpDef] = {}  # noqa: RUF012  # read-only
    resources: dict[str, ResourceDef] = {}  # noqa: RUF012
    flags: dict[str, FlagDef] = {}  # noqa: RUF012
    sourcecode: SourceCodeDef | None = None
    python_requires: str | None = None
    plugins: bool | tuple[str, ...] | None = None
    extra: Any = None
    location: str = ""

    @property
    def default_operation(self) -> OpDef | None:
        """Return the operation with `default: yes`, or the only one."""
        operations = tuple(self.operations.values())
        marked = (op for op in operations if op.default)
        return next(marked, operations[0] if len(operations) == 1 else None)


class PackageDef(NamedTuple):
    """The metadata of a distribution that is built from this project."""

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
    packages: dict[str, str] = {}  # noqa: RUF012  # read-only
    location: str = ""


class Guildfile(NamedTuple):
    """One guild.yml.

    Attributes:
        path: the file, absolute.
        digest: MD5 of its bytes, the VERSION of an opref.
        models: models by name, in the order of the file; the anonymous one is "".
        package: the `package` item, if any.
        warnings: those that concern all operations, one line each, with file, line and key.
    """

    path: Path
    digest: str
    models: dict[str, ModelDef] = {}  # noqa: RUF012  # read-only
    package: PackageDef | None = None
    warnings: tuple[str, ...] = ()

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """Return the warnings of the file and those of each operation."""
        of_operations = (warning for op in self.operations for warning in op.warnings)
        return tuple(dict.fromkeys((*self.warnings, *of_operations)))

    @property
    def default_model(self) -> ModelDef | None:
        """Return the model with `default: yes`, or the anonymous one, or the only one."""
        models = tuple(self.models.values())
        marked = next((model for model in models if model.default), None)
        return marked or self.models.get("") or (models[0] if len(models) == 1 else None)

    @property
    def default_operation(self) -> OpDef | None:
        """Return the default operation of the default model."""
        return self.default_model.default_operation if self.default_model else None

    @property
    def operations(self) -> tuple[OpDef, ...]:
        """Return the operations of all models, in the order of the file."""
        return tuple(op for model in self.models.values() for op in model.operations.values())

    def get_operation(self, name: str) -> OpDef | None:
        """Return the operation with the full name `name`, or `name` in the default model.

        `op` and `:op` are in the anonymous model. None if no such operation exists.
        """
        for op in self.operations:
            if name in (op.full_name, f"{op.model}:{op.name}"):
                return op
        return self.default_model.operations.get(name) if self.default_model else None

    def find_operation(self, name: str) -> OpDef | None:
        """Return the same, or the operation `name` if only one model defines it."""
        opdef = self.get_operation(name)
        if opdef is not None or ":" in name:
            return opdef
        matches = [op for op in self.operations if op.name == name]
        return matches[0] if len(matches) == 1 else None
