"""What runs in a process of its own to see which arguments a script would parse.

Never imported: it is started as `python THIS REQUEST`, becomes the script, and ends the process
where the script gives its command line to a parser of argparse or click. What that parser has is
written to the file that the request names, as JSON; `executed` reads it.
"""

from __future__ import annotations

import argparse
import enum
import json
import os
import sys
import traceback
import types
import typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

request: dict[str, Any] = json.loads(sys.argv[1])
ROOT = os.path.join(os.path.realpath(request["root"]), "")
_FOLDERS = [os.path.dirname(os.__file__), *([sys.prefix] * (sys.prefix != sys.base_prefix))]
LIBRARIES = tuple(os.path.join(os.path.realpath(folder), "") for folder in _FOLDERS)
opened: set[str] = set()


# -- The end


def finish(result: dict[str, Any]) -> NoReturn:
    """Leave `result`, and end without running anything more of the script."""
    loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    named = {os.path.realpath(name) for name in (*loaded, *opened) if isinstance(name, str)}
    files = sorted(name for name in named if own(name) and not name.endswith(".pyc"))
    data = json.dumps({**result, "files": files}).encode()
    with open(request["result"], "wb") as file:
        file.write(data)
    os._exit(0)


def own(path: str) -> bool:
    """Whether `path`, a real one, is a file of the project."""
    return path.startswith(ROOT) and not path.startswith(LIBRARIES) and "-packages/" not in path


def watch(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(args[0], str) and args[1] in (None, "r", "rb"):
        opened.add(os.path.abspath(args[0]))


def place() -> str:
    """The line of the project that is at work, as `FILE:LINE`."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        file = os.path.realpath(frame.f_code.co_filename)
        if own(file):
            return f"{os.path.relpath(file, ROOT)}:{frame.f_lineno}"
        frame = frame.f_back
    return f"{request['name']}:1"


# -- Values as JSON


def encoded(value: Any) -> Any:
    """A constant as it is, a list of those as one; else its name, or nothing."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple) and all(type(v) in (bool, int, float, str) for v in value):
        return list(value)
    if isinstance(value, type) or callable(value):
        name = getattr(value, "__qualname__", type(value).__qualname__)
        standard = getattr(value, "__module__", "") == "builtins"
        return {"external": f"builtins.{name}" if standard else name}
    return {"unknown": True}


def truth_texts(function: Any, default: Any) -> list[str] | None:
    """What a function that makes truth values of texts is given for true and for false."""
    if not callable(function) or function is bool:
        return None
    if type(default) is not bool and "bool" not in getattr(function, "__name__", "").lower():
        return None
    for texts in (["True", "False"], ["true", "false"], ["1", "0"], ["yes", "no"]):
        try:
            if [function(text) for text in texts] == [True, False]:
                return texts
        except Exception:  # noqa: S112  # it takes other texts
            continue
    return None


# -- argparse

ACTIONS = {
    argparse._StoreAction: "store",
    argparse._StoreTrueAction: "store_true",
    argparse._StoreFalseAction: "store_false",
    argparse._StoreConstAction: "store_const",
    argparse._AppendAction: "append",
    argparse._AppendConstAction: "append_const",
    argparse._CountAction: "count",
    argparse._ExtendAction: "extend",
    argparse._HelpAction: "help",
    argparse._VersionAction: "version",
    argparse._SubParsersAction: "parsers",
}
SWITCHES = ("store_true", "store_false", "store_const", "append_const", "count")


def argparse_parser(parser: argparse.ArgumentParser) -> dict[str, Any]:
    exclusive = {
        id(action) for group in parser._mutually_exclusive_groups for action in group._group_actions
    }
    commands: dict[str, Any] = {}
    arguments = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            commands.update({str(k): argparse_parser(v) for k, v in action.choices.items()})
        elif ACTIONS.get(type(action)) not in ("help", "version"):
            arguments.append(argparse_argument(action, id(action) in exclusive))
    return {"prog": parser.prog, "arguments": arguments, "commands": commands}


def argparse_argument(action: argparse.Action, exclusive: bool) -> dict[str, Any]:
    kind = ACTIONS.get(type(action))
    names = list(action.option_strings)
    two_way = isinstance(action, argparse.BooleanOptionalAction)
    if two_way:
        names = [name for name in names if f"--{name[5:]}" not in names or name[:5] != "--no-"]
    suppressed = action.default is argparse.SUPPRESS
    options = {
        "dest": action.dest,
        "default": {"unknown": True} if suppressed else encoded(action.default),
        "help": encoded(action.help),
        "const": encoded(action.const),
        "action": kind or {"external": f"argparse.{type(action).__name__}"},
    }
    if kind not in SWITCHES and not two_way:
        choices = None if action.choices is None else encoded(list(action.choices))
        options.update(type=encoded(action.type), nargs=action.nargs, choices=choices)
    if names:
        options["required"] = action.required
    return {
        "names": names or [action.dest],
        "options": {name: v for name, v in options.items() if v is not None or name == "default"},
        "exclusive": exclusive,
        "truth_texts": truth_texts(action.type, action.default),
        "where": getattr(action, "_guild_where", f"{request['name']}:1"),
    }


parsing = [0]  # how deep the program is in a parse of something else than its command line


def is_command_line(args: Any) -> bool:
    return not parsing[0] and (args is None or list(args) == sys.argv[1:])


def watch_argparse() -> None:
    parser_class: Any = argparse.ArgumentParser

    def parse(name: str, whole: bool) -> None:
        original = getattr(parser_class, name)

        def watched(self: Any, args: Any = None, namespace: Any = None) -> Any:
            if is_command_line(args):
                finish({"argparse": argparse_parser(self), "whole": whole})
            parsing[0] += 1
            try:
                return original(self, args, namespace)
            finally:
                parsing[0] -= 1

        setattr(parser_class, name, watched)

    def show(name: str) -> None:
        """A program that finds no arguments may show its help instead of parsing them."""
        original = getattr(parser_class, name)

        def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not parsing[0]:
                finish({"argparse": argparse_parser(self), "whole": True})
            return original(self, *args, **kwargs)

        setattr(parser_class, name, watched)

    for name in ("parse_args", "parse_intermixed_args"):
        parse(name, True)
    for name in ("parse_known_args", "parse_known_intermixed_args"):
        parse(name, False)
    for name in ("print_help", "print_usage", "error"):
        show(name)
    container: Any = argparse._ActionsContainer
    add = container._add_action

    def add_action(self: Any, action: Any) -> Any:
        if not hasattr(action, "_guild_where"):
            action._guild_where = place()
        return add(self, action)

    container._add_action = add_action


# -- click


def click_command(command: Any) -> dict[str, Any]:
    # what is not passed to the function, such as --version, is no setting
    parameters = [click_parameter(p) for p in command.params if p.expose_value]
    commands = getattr(command, "commands", None) or {}
    return {
        "name": command.name or "",
        "parameters": parameters,
        "commands": {str(name): click_command(one) for name, one in commands.items()},
    }


def click_parameter(parameter: Any) -> dict[str, Any]:
    is_option = parameter.param_type_name == "option"
    options: dict[str, Any] = {"required": parameter.required, "nargs": parameter.nargs}
    if "Sentinel" not in type(parameter.default).__name__:  # click has one for "not said"
        default = parameter.default
        if isinstance(default, enum.Enum):
            default = default.value
        unknown = callable(default) and not isinstance(default, type)
        options["default"] = {"unknown": True} if unknown else encoded(default)
    described = getattr(parameter, "type_descriptor", None) is not None
    names = [parameter.name]
    if is_option:
        options["help"] = encoded(parameter.help)
        options["multiple"] = parameter.multiple
        options["count"] = parameter.count
        options["prompt"] = bool(parameter.prompt)
        if parameter.is_flag:
            options["is_flag"] = True
            stored = getattr(parameter, "flag_value", True)
            if type(stored) in (str, int, float):
                options["flag_value"] = stored
        names = list(parameter.opts)
        for number, off in enumerate(parameter.secondary_opts[: len(names)]):
            names[number] += f"{';' if names[number].startswith('/') else '/'}{off}"
    return {
        "names": names,
        "is_option": is_option,
        "options": options,
        "type": typer_type(parameter) if described else click_type(parameter.type),
        "where": getattr(parameter, "_guild_where", f"{request['name']}:1"),
    }


def click_type(kind: Any) -> dict[str, Any]:
    names = {cls.__name__ for cls in type(kind).__mro__}
    if "Choice" in names:
        choices = [c if type(c) is str else str(getattr(c, "name", c)) for c in kind.choices]
        return {"name": "Choice", "choices": choices, "case_sensitive": kind.case_sensitive}
    if names & {"IntRange", "FloatRange"}:
        limits = [encoded(v) for v in (kind.min, kind.max, kind.min_open, kind.max_open)]
        name = "IntRange" if "IntRange" in names else "FloatRange"
        return {"name": name, "limits": limits, "clamp": bool(kind.clamp)}
    for name in ("IntParamType", "FloatParamType", "BoolParamType", "Tuple"):
        if name in names:
            return {"name": name}
    return {"name": "StringParamType"}


def typer_type(parameter: Any) -> dict[str, Any]:
    """The type of a parameter of a typer that has none of click's."""
    kind = parameter.type_descriptor.annotation
    while inner := [one for one in typing.get_args(kind) if one is not type(None)]:
        kind = inner[0]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        case_sensitive = getattr(parameter.type_descriptor.parameter_info, "case_sensitive", True)
        values = [str(member.value) for member in kind]
        return {"name": "Choice", "choices": values, "case_sensitive": bool(case_sensitive)}
    if kind in (int, float) and (parameter.min, parameter.max) != (None, None):
        limits = [encoded(parameter.min), encoded(parameter.max), False, False]
        clamp = bool(getattr(parameter.type_descriptor.parameter_info, "clamp", False))
        name = "IntRange" if kind is int else "FloatRange"
        return {"name": name, "limits": limits, "clamp": clamp}
    names = {int: "IntParamType", float: "FloatParamType", bool: "BoolParamType"}
    return {"name": names.get(kind, "StringParamType")}


def watch_click(module: Any) -> None:
    command_class = getattr(module, "BaseCommand", None)
    if command_class is None or "make_context" not in vars(command_class):
        command_class = module.Command
    make_context = command_class.make_context

    def watched(self: Any, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        if parent is None and list(args) == sys.argv[1:]:
            finish({"click": click_command(self), "whole": True})
        return make_context(self, info_name, args, parent, **extra)

    command_class.make_context = watched
    init = module.Parameter.__init__

    def watched_init(self: Any, *args: Any, **kwargs: Any) -> None:
        self._guild_where = place()
        init(self, *args, **kwargs)

    module.Parameter.__init__ = watched_init


class ClickWatcher:
    """A meta path finder that only sees click being imported."""

    MODULES = ("click.core", "asyncclick.core", "typer._click.core")

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in cls.MODULES:
            return None
        for finder in sys.meta_path:
            if finder is not cls and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None and spec.loader is not None:
                    cls.watch(spec.loader)
                    return spec
        return None

    @classmethod
    def watch(cls, loader: Any) -> None:
        exec_module: Callable[[Any], None] = loader.exec_module

        def exec_and_watch(module: Any) -> None:
            exec_module(module)
            watch_click(module)

        loader.exec_module = exec_and_watch


# -- The script


def run() -> None:
    sys.addaudithook(watch)
    sys.path[0] = request["path0"]  # nothing beside this file is to be imported
    sys.argv = [request["argv0"], *request["args"]]
    main = types.ModuleType("__main__")
    main.__file__ = request["file"]
    main.__package__ = request["package"]
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    with open(request["file"], "rb") as file:
        code = compile(file.read(), request["file"], "exec", dont_inherit=True)
    exec(code, main.__dict__)  # noqa: S102  # what the operation asks for


def problem(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return f"it exited with {code} before it parsed its arguments"
    message = " ".join(str(error).split())
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if own(os.path.realpath(f.filename))
    ]
    where = f" ({os.path.relpath(frames[-1].filename, ROOT)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if message else ''}{message}{where}"


watch_argparse()
sys.meta_path.insert(0, ClickWatcher)
try:
    run()
except BaseException as error:
    finish({"error": problem(error)})
finish({"error": "it ended without parsing arguments"})
