"""The keys of operations in a guild.yml.

Runs load this table to record their operation, so it imports no readers.
"""

from typing import Any

from guild.base.named_tuple import NamedTuple


class Key(NamedTuple):
    """One key of a guild.yml: the row that its reader, schema, record and documentation share.

    Attributes:
        type: selects the reader (`fields.READERS` and the readers of one module) and the JSON
            Schema (`schema.TYPES`).
        description: one or two sentences of Markdown.
        default: the value in effect if the key is missing; None if the description covers it.
        record: the name under which the attribute `op` of a run holds the value as it is.
        is_unused: whether the value is checked but has no effect yet.
    """

    type: str
    description: str
    default: Any = None
    record: str = ""
    is_unused: bool = False


Section = dict[str, Key]


def field_name(key: str) -> str:
    """Return the attribute of a definition that holds the value of `key`."""
    return key.replace("-", "_").lstrip("$")


OPERATION: Section = {
    "main": Key(
        "string",
        "Python module to run, with its arguments: `train`, `pkg/train`, `pkg.train --fast`. "
        "Options given here are not passed again as flags. With a subcommand, the flags of that "
        "subcommand are imported.",
    ),
    "exec": Key(
        "command",
        "Command to execute. `${FLAG}` is replaced with the value of a flag and `${flag_args}` "
        "with all flags as options; `$NAME` without braces is left to a shell.",
    ),
    "notebook": Key("string", "[Jupyter notebook](python.md#notebooks-as-operations) to run."),
    "steps": Key("steps", "[Steps](#step) to run one after the other."),
    "default": Key("boolean", "Run this operation if `guild run` is called without a name.", False),
    "description": Key("loose-string", "Shown by `guild operations`, `guild help`, `--help-op`."),
    "flags": Key("flags", "[Flags](#flag) by name, and `$include`."),
    "flags-dest": Key(
        "flags-dest",
        "[Destination of flags](running.md#where-flags-go): `args`, `args:SUBCOMMAND`, `globals`, "
        "`global:NAME`, `dict:NAME` (the same), `namespace:NAME`, `config:PATH` or `none`. "
        "Detected in the script by default.",
    ),
    "flags-import": Key(
        "names-or-all",
        "Flags to import from the script, notebook or config file in addition to `flags`.",
        False,
    ),
    "flags-import-skip": Key("strings", "Flags that are not imported."),
    "flags-import-exec": Key(
        "boolean",
        "[Execute the script](running.md#scripts-that-have-to-be-executed) to find its flags. "
        "All of them are imported unless `flags-import` is set.",
        False,
    ),
    "requires": Key(
        "requires",
        "Files that the run needs: names of [resources](#resource), `MODEL:RESOURCE`, or "
        "resources and sources defined in place.",
    ),
    "env": Key("env", "Environment variables; `${FLAG}` is replaced with the value of a flag."),
    "env-secrets": Key(
        "env-secrets",
        "Variables of the caller, or files of `NAME=VALUE` lines, that are passed to the "
        "operation and [never recorded](running.md#secrets).",
        record="env-secrets",
    ),
    "run-attrs": Key(
        "run-attrs", "Attributes to set on each run, except reserved ones.", record="run-attrs"
    ),
    "label": Key(
        "loose-string",
        "Label of the run, with `${FLAG}`, `${FLAG|%.2f}`, `${FLAG|basename}`, "
        "`${FLAG|unquote}` or `${FLAG|default:TEXT}` for flag values.",
    ),
    "tags": Key("strings", "Tags of each run."),
    "compare": Key(
        "strings", "[Columns](languages.md#columns) of `guild compare`.", record="compare"
    ),
    "objective": Key(
        "objective",
        "Column that an optimizer minimizes; `-COLUMN` or `maximize: COLUMN` maximizes it.",
        record="objective",
    ),
    "optimizer": Key("optimizer", "[Optimizer](#optimizer) that `-O` selects."),
    "optimizers": Key(
        "optimizers",
        "Several [optimizers](#optimizer) by name; `-o NAME` selects one, `-O` the default.",
    ),
    "default-max-trials": Key("positive-integer", "Maximum number of trials of a batch.", 20),
    "output-scalars": Key(
        "output-rules",
        "[Patterns](#output-patterns) that capture scalars in the output, or `no`.",
        record="output-scalars",
    ),
    "output-attrs": Key(
        "output-rules",
        "[Patterns](#output-patterns) that capture attributes of the run in the output, or `no`.",
        record="output-attrs",
    ),
    "sourcecode": Key("sourcecode", "[Source code](#source-code) to copy to the run."),
    "python-requires": Key(
        "loose-string",
        "Required versions of Python, such as `>=3.10,<3.13`; a plain version means that or "
        "later. The operation does not run with any other version.",
        record="python-requires",
    ),
    "python-path": Key(
        "strings",
        "Directories to insert in front of `PYTHONPATH`, relative to the source code.",
        record="python-path",
    ),
    "pip-freeze": Key("boolean", "Record the installed packages.", True, record="pip-freeze"),
    "plugins": Key("plugins", "Plugins that the operation uses.", is_unused=True),
    "stoppable": Key(
        "boolean", "A run that is stopped counts as `completed`.", False, record="stoppable"
    ),
    "handle-keyboard-interrupt": Key(
        "boolean",
        "The script handles Ctrl-C, so its exit code decides the status of the run.",
        False,
        record="handle-keyboard-interrupt",
    ),
    "flag-encoder": Key("string", "Function that encodes flag values.", is_unused=True),
    "default-flag-arg-skip": Key(
        "boolean", "Pass only flags with `arg-skip: no` to the command.", False
    ),
    "delete-on-success": Key(
        "boolean",
        "Move runs that succeed to the trash, unless `--keep-run` is specified.",
        False,
        record="delete-on-success",
    ),
    "can-stage-trials": Key("boolean", "Trials may be staged.", is_unused=True),
    "publish": Key("publish", "[Contents of a published run](#publish).", is_unused=True),
}
