"""The operation kind `shell`: scripts that take their flags from the environment."""

import os
import re

from guild.base import yaml
from guild.base.errors import GuildError
from guild.extend.operation_files import complete_flags, source_root_of
from guild.extend.operation_kind import CommandTemplate, Definition, FileOperation, OperationKind
from guild.flags.flagdef import FlagDef
from guild.guildfile.opdef import OpDef

# lr=${lr:-0.1}  # learning rate
_FLAG = re.compile(r"(?P<name>[a-z]\w*)=\$\{(?P=name):-(?P<default>.*?)\}(?:\s+#\s*(?P<help>.*))?")


class ShellKind(OperationKind):
    """Files that end in `.sh`, run by `sh`.

    A line `NAME=${NAME:-DEFAULT}` defines a flag, which is passed as the variable NAME. A comment
    after it describes the flag. Without Guild, the script runs with its defaults.
    """

    name = "shell"

    def claims(self, opdef, source_root):
        return opdef.main is not None and opdef.main.endswith(".sh")

    def find(self, spec, cwd):
        path = cwd / spec
        if not (spec.endswith(".sh") and os.path.isfile(path)):
            return None
        root = source_root_of(path, cwd)
        main = path.relative_to(root).as_posix()
        return FileOperation(path.parent, root, OpDef(path.name, main=main, flags_import=True))

    def define(self, opdef, source_root, ctx):
        flags = complete_flags(opdef, find_flags(source_root / opdef.main, opdef.main))
        return Definition(flags, CommandTemplate(("sh", opdef.main), dict(opdef.env), "args"))

    def main_file(self, command, source_root):
        return source_root / command.words[1]


def find_flags(path, name):
    """Return the flags of the script `path`, which messages call `name`."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GuildError(f"cannot read {name}: {error}") from None
    flags = {}
    for number, line in enumerate(lines, 1):
        if match := _FLAG.fullmatch(line.rstrip()):
            flag = match["name"]
            flags[flag] = FlagDef(
                flag,
                default=parse_default(match["default"]),
                description=match["help"] or "",
                env_name=flag,
                source=f"{name}:{number}",
            )
    return flags


def parse_default(text):
    """Return a number, a boolean or a string, read as Guild reads values."""
    try:
        value = yaml.load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
