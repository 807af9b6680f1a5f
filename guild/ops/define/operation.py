"""Operations that can be planned, and their record in runs."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guild.base.named_tuple import NamedTuple
from guild.extend.operation_kind import CommandTemplate, get_kind
from guild.flags.flagdef import FlagDef
from guild.flags.functions import parse_flag_function
from guild.guildfile.opdef import OpDef, ScalarRule
from guild.guildfile.operation_keys import OPERATION, Key, field_name
from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.opref import OpRef
from guild.plugins.python_main import MODULE

if TYPE_CHECKING:
    from guild.guildfile.defs import ResourceDef


class Operation(NamedTuple):
    """An operation that can be planned: from a guild.yml, a file, or an earlier run.

    Attributes:
        opref: its name as runs record it.
        kind: the name of its operation kind: `python`, `notebook`, `exec`, `steps` ...
        opdef: its definition; the flags are those of the guild.yml and those found in
            the source.
        command: the pattern of its command line.
        project_dir: the directory that defines it, to which paths are relative.
        source_root: the directory from which source code is copied.
        warnings: problems to report before it runs, one line each.
        steps: the recorded form of each step; None for an operation without steps.
    """

    opref: OpRef
    kind: str
    opdef: OpDef
    command: CommandTemplate
    project_dir: Path
    source_root: Path
    warnings: tuple[str, ...] = ()
    steps: tuple[Any, ...] | None = None

    @property
    def name(self) -> str:
        return self.opdef.full_name

    @property
    def flags(self) -> dict[str, FlagDef]:
        return self.opdef.flags

    @property
    def sourcecode(self) -> SourceCodeDef:
        return self.opdef.sourcecode or SourceCodeDef()

    def requiring(self, paths: Iterable[str], cwd: Path) -> Operation:
        """Return the operation with the files and directories `paths` as requirements.

        Relative paths start from `cwd`.
        """
        from guild.guildfile.defs import ResourceDef, SourceDef

        more = []
        for path in paths:
            full = os.path.normpath(cwd / os.path.expanduser(path))
            is_same = full == os.path.normpath(self.project_dir / path)
            source = SourceDef("file", path if is_same else full)
            more.append(ResourceDef(path, (source,), target_type="link"))
        requires = (*self.opdef.requires, *more)
        return self._replace(opdef=self.opdef._replace(requires=requires))

    def with_defaults_of(self, source: Mapping[str, FlagDef]) -> Operation:
        """Return the operation for source code with the flags `source`.

        A default that the other source code does not have is no longer the script's own.
        """
        flags = {
            name: flag._replace(
                own_default=flag.own_default
                and name in source
                and source[name].own_default
                and repr(source[name].default) == repr(flag.default)
            )
            for name, flag in self.flags.items()
        }
        return self._replace(opdef=self.opdef._replace(flags=flags))

    def with_own_defaults(self, names: Container[str]) -> Operation:
        """Return the operation with `names` as the only flags that have the script's default."""
        flags = {
            name: flag._replace(own_default=flag.own_default and name in names)
            for name, flag in self.flags.items()
        }
        return self._replace(opdef=self.opdef._replace(flags=flags))

    @property
    def main_file(self) -> str | None:
        """Return the file that the command starts, relative to `source_root`; None if it
        starts a file elsewhere."""
        path = get_kind(self.kind).main_file(self.command, self.source_root)
        if path is None:
            return None
        relative = os.path.relpath(path, self.source_root)
        return None if relative.startswith(os.pardir) else relative


# -- The record of an operation in a run: the attribute `op`, as Guild AI 0.9 has it, and
# what it lacks to make the operation again without the project.


def to_record(
    operation: Operation, label_template: str | None, flags: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attribute `op` of a run with the flag values `flags`."""
    opdef = operation.opdef
    return {
        **{
            key.record: _encode(getattr(opdef, field), key) for field, key in _RECORDED_KEYS.items()
        },
        "deps": _requires_record(operation, flags),
        "flag-null-labels": {
            flag.name: flag.null_label
            for flag in opdef.flags.values()
            if flag.null_label is not None
        },
        "flags": {flag.name: _flag_record(flag) for flag in opdef.flags.values()},
        "flags-extra": {},
        "kind": operation.kind,
        "label-template": label_template,
        "op-cmd": {
            "cmd-args": list(operation.command.words),
            "cmd-env": {**_public_env(operation), **_recorded_variables(operation)},
            "cmd-flags": {flag.name: _cmd_flag_record(flag) for flag in opdef.flags.values()},
            "flags-dest": operation.command.flags_dest,
        },
        "sourcecode": _sourcecode_record(operation),
    }


def from_record(
    record: dict[str, Any],
    opref: OpRef,
    flags: dict[str, Any],
    steps: tuple[Any, ...] | None,
    fallback_dir: Path,
) -> Operation:
    """Return the operation that the attributes `op`, `flags` and `steps` of a run record.

    Guild AI 0.9 does not record the types of flags; they are inferred from the values.
    """
    cmd = _mapping(record.get("op-cmd"))
    sourcecode = _mapping(record.get("sourcecode"))
    selected = _sourcecode(sourcecode)
    dest = str(cmd.get("flags-dest") or "args")
    opdef = OpDef(
        name=opref.op,
        model=opref.model,
        flags=recorded_flags(record, flags),
        label=record.get("label-template"),
        requires=_requires(record.get("deps"), dest),
        sourcecode=selected._replace(enabled=selected.enabled and steps is None),
        **{
            field: _decode(record[key.record], key)
            for field, key in _RECORDED_KEYS.items()
            if record.get(key.record) is not None
        },
    )
    env = {
        name: str(value)
        for name, value in _mapping(cmd.get("cmd-env")).items()
        if name not in _OWN_VARIABLES
    }
    words = tuple(str(word) for word in cmd.get("cmd-args") or ())
    project_dir = _project_dir(opref, fallback_dir)
    return Operation(
        opref=opref,
        kind=str(record.get("kind") or _kind_of_command(words, steps)),
        opdef=opdef,
        command=CommandTemplate(words, env, dest),
        project_dir=project_dir,
        source_root=Path(sourcecode.get("root") or project_dir),
        steps=steps,
    )


def recorded_flags(record: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, FlagDef]:
    """Return the definitions of flags in `record`, the attribute `op` of a run with `flags`."""
    recorded = _mapping(record.get("flags"))
    cmd_flags = _mapping(_mapping(record.get("op-cmd")).get("cmd-flags"))
    null_labels = _mapping(record.get("flag-null-labels"))
    defs = {}
    for name in [*recorded, *(name for name in flags if name not in recorded)]:
        fields = _fields({**_mapping(cmd_flags.get(name)), **_mapping(recorded.get(name))})
        flag = FlagDef(name, **fields)
        if "type" not in fields and name not in recorded:
            flag = flag._replace(type=_type_of(flags.get(name), name))
        defs[name] = flag._replace(null_label=null_labels.get(name))
    return defs


def _kind_of_command(words: tuple[str, ...], steps: tuple[Any, ...] | None) -> str:
    """Return the kind of an operation recorded by Guild AI 0.9, which records only commands."""
    if steps is not None:
        return "steps"
    if words[1:3] == ("-um", MODULE):
        return "python"
    return "notebook" if "guild.plugins.nbexec" in words else "exec"


_RECORDED_KEYS: dict[str, Key] = {
    field_name(name): key for name, key in OPERATION.items() if key.record
}
"""The keys of guild.yml that are recorded as they are, by the field of OpDef."""


def _encode(value: Any, key: Key) -> Any:
    """Return the recorded form of the value of `key`."""
    if key.type == "output-rules":
        return output_rules_record(value)
    return list(value) if isinstance(value, tuple) else value


def _decode(value: Any, key: Key) -> Any:
    """Return the value of `key` from its recorded form, which is not null."""
    if key.type == "output-rules":
        return _scalar_rules(value)
    if key.type == "boolean":
        return bool(value)
    if key.type == "run-attrs":
        return _mapping(value)
    if key.type in ("strings", "env-secrets"):
        return tuple(value) if isinstance(value, list) else (str(value),)
    return value


# Guild AI 0.9 records these among an operation's variables; every start sets them again.
_OWN_VARIABLES = ("GUILD_PLUGINS", "PROJECT_DIR", "PYTHONPATH", "FLAGS_DEST")

_TYPES = {int: "number", float: "number", bool: "boolean", str: "string"}


def _type_of(value: Any, name: str) -> str | None:
    """Return the type of a flag with the recorded `value`; None, for any type, if it is a range."""
    if isinstance(value, str) and parse_flag_function(value, name) is not None:
        return None
    return _TYPES.get(type(value))


def _project_dir(opref: OpRef, fallback: Path) -> Path:
    if opref.type == "guildfile":
        return Path(opref.pkg_name).parent
    if opref.type == "script":
        return Path(opref.pkg_name)
    return fallback


def _flag_record(flag: FlagDef) -> dict[str, Any]:
    """Return what differs from the default definition of a flag, by the keys of guild.yml."""
    blank = FlagDef(flag.name)
    record = {
        field.replace("_", "-"): value
        for field, value in flag._asdict().items()
        if value != getattr(blank, field) and field != "source"
    }
    if flag.choices:
        record["choices"] = [
            {key: value for key, value in choice._asdict().items() if value not in (None, "")}
            if choice.value is not None
            else {"value": None}
            for choice in flag.choices
        ]
    return record


_CMD_FLAG_FIELDS = ("arg_name", "arg_encoding", "arg_skip", "arg_switch", "arg_split", "env_name")


def _cmd_flag_record(flag: FlagDef) -> dict[str, Any]:
    return {
        field.replace("_", "-"): getattr(flag, field)
        for field in _CMD_FLAG_FIELDS
        if getattr(flag, field) is not None
    }


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    from guild.flags.flagdef import FlagChoice

    fields = {str(name).replace("-", "_"): value for name, value in record.items()}
    fields = {name: fields[name] for name in fields if name in FlagDef._fields and name != "name"}
    if isinstance(fields.get("choices"), list):
        fields["choices"] = tuple(
            FlagChoice(**choice) if isinstance(choice, dict) else FlagChoice(choice)
            for choice in fields["choices"]
        )
    return fields


def _public_env(operation: Operation) -> dict[str, str]:
    """Return the variables that the operation sets, except for those that are secrets."""
    secrets = operation.opdef.env_secrets or ()
    return {name: text for name, text in operation.command.env.items() if name not in secrets}


def _recorded_variables(operation: Operation) -> dict[str, str]:
    """Return variables that Guild AI 0.9 needs to start the run again."""
    python = {"PYTHONPATH": operation.sourcecode.dest or "."} if operation.kind == "python" else {}
    return {
        "FLAGS_DEST": operation.command.flags_dest,
        "PROJECT_DIR": str(operation.project_dir),
        **python,
    }


def _requires_record(operation: Operation, flags: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not operation.opdef.requires:
        return []
    from guild.ops.define.requirement_record import requires_to_record

    return requires_to_record(operation.opdef.requires, operation.project_dir, flags)


def _requires(record: Any, flags_dest: str) -> tuple[ResourceDef, ...]:
    requires: tuple[ResourceDef, ...] = ()
    if record:
        from guild.ops.define.requirement_record import requires_from_record

        requires = requires_from_record(record)
    if flags_dest.startswith("config:"):  # not recorded by earlier versions
        from guild.ops.define.config_file.config_flags import with_config_file

        requires = with_config_file(requires, flags_dest)
    return requires


def _sourcecode_record(operation: Operation) -> dict[str, Any]:
    """Return the source and destination of source code, as Guild AI 0.9 records them, and the
    rules that select files if they are copied from the project again."""
    definition = operation.sourcecode
    rules = [rule._asdict() for rule in definition.select]
    return {
        "dest": definition.dest or ".",
        "root": str(operation.source_root),
        **({} if definition.enabled else {"enabled": False}),
        **({"select": rules} if rules else {}),
        **({} if definition.digest is None else {"digest": definition.digest}),
    }


def _sourcecode(record: Mapping[str, Any]) -> SourceCodeDef:
    rules = record.get("select")
    fields = set(SourceCodeRule._fields)
    return SourceCodeDef(
        enabled=record.get("enabled") is not False,
        select=tuple(
            SourceCodeRule(**rule)
            for rule in (rules if isinstance(rules, list) else ())
            if isinstance(rule, dict) and set(rule) == fields
        ),
        dest=record.get("dest"),
        digest=record.get("digest"),
    )


def output_rules_record(rules: Any) -> Any:
    """Return the recorded form of `output-scalars` or `output-attrs`."""
    if not rules:
        return rules
    return [{rule.name: rule.pattern} if rule.name else rule.pattern for rule in rules]


def _scalar_rules(record: Any) -> Any:
    if record is False or record is None:
        return record
    items = record if isinstance(record, list) else [record]
    rules = []
    for item in items:
        if isinstance(item, dict):
            rules += [ScalarRule(str(name), str(pattern)) for name, pattern in item.items()]
        else:
            rules.append(ScalarRule(None, str(item)))
    return tuple(rules)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
