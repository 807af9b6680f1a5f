"""The flag finder `fire`: programs that pass a function to `fire.Fire`."""

import ast

from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.flags.flagdef import FlagDef

_TYPES = {bool: "boolean", int: "number", float: "number", str: "string"}


class FireFinder(FlagFinder):
    """Finds the parameters with a default of the function that `fire.Fire` calls."""

    def claims(self, program):
        return program.mentions(rb"\bfire\b")

    def find(self, program):
        functions = {
            node.name: node for node in program.tree.body if isinstance(node, ast.FunctionDef)
        }
        for node in ast.walk(program.tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="fire"), attr="Fire"),
                    args=[ast.Name(id=name), *_],
                ) if name in functions:
                    return FoundFlags(find_parameters(functions[name].args, program.name), "args")
        return None


def find_parameters(arguments, file):
    """Return the parameters in `arguments` that have a literal default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(with_default, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {
        parameter.arg: FlagDef(
            parameter.arg,
            default=default.value,
            type=_TYPES[type(default.value)],
            source=f"{file}:{parameter.lineno}",
        )
        for parameter, default in pairs
        if isinstance(default, ast.Constant) and type(default.value) in _TYPES
    }
