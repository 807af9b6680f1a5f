"""A program that executes a script to report the arguments that the script would parse.

It is never imported. `probe` starts it as `python THIS REQUEST`; it becomes the script, and
exits when the script passes its command line to a parser of argparse or click. It writes
the arguments of that parser to the file `result` of the request, as JSON.
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
_LIBRARY_DIRS = [os.path.dirname(os.__file__), *([sys.prefix] * (sys.prefix != sys.base_prefix))]
LIBRARIES = tuple(os.path.join(os.path.realpath(d), "") for d in _LIBRARY_DIRS)
opened: set[str] = set()


# -- The end


def finish(result: dict[str, Any]) -> NoReturn:
    """Write `result` and exit without executing any more of the script."""
    loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    paths = {os.path.realpath(name) for name in (*loaded, *opened) if isinstance(name, str)}
    files = sorted(path for path in paths if is_own(path) and not path.endswith(".pyc"))
    data = json.dumps({**result, "files": files}).encode()
    with open(request["result"], "wb") as file:
        file.write(data)
    os._exit(0)


def is_own(path: str) -> bool:
    """Return whether `path`, which has no symbolic links, is a file of the project."""
    return path.startswith(ROOT) and not path.startswith(LIBRARIES) and "-packages/" not in path


def record_opened(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(args[0], str) and args[1] in (None, "r", "rb"):
        opened.add(os.path.abspath(args[0]))


def current_location() -> str:
    """Return the line of the project that is being executed, as `FILE:LINE`."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        file = os.path.realpath(frame.f_code.co_filename)
        if is_own(file):
            return f"{os.path.relpath(file, ROOT)}:{frame.f_lineno}"
        frame = frame.f_back
    return f"{request['name']}:1"


# -- Values as JSON


def encoded(value: Any) -> Any:
    """Return a constant or a list of constants unchanged; otherwise a name, if possible."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple) and all(type(v) in (bool, int, float, str) for v in value):
        return list(value)
    if isinstance(value, type) or callable(value):
        name = getattr(value, "__qualname__", type(value).__qualname__)
        standard = getattr(value, "__module__", "") == "builtins"
        return {"external": f"builtins.{name}" if standard else name}
    return {"unknown": True}


def boolean_words(function: Any, default: Any) -> list[str] | None:
    """Return the words that `function` converts to true and to false, if it does so."""
    if not callable(function) or function is bool:
        return None
    if type(default) is not bool and "bool" not in getattr(function, "__name__", "").lower():
        return None
    for words in (["True", "False"], ["true", "false"], ["1", "0"], ["yes", "no"]):
        try:
            if [function(word) for word in words] == [True, False]:
                return words
        except Exception:  # noqa: S112  # the function expects other words
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
    keywords = {
        "dest": action.dest,
        "default": {"unknown": True} if suppressed else encoded(action.default),
        "help": encoded(action.help),
        "const": encoded(action.const),
        "action": kind or {"external": f"argparse.{type(action).__name__}"},
    }
    if kind not in SWITCHES and not two_way:
        choices = None if action.choices is None else encoded(list(action.choices))
        keywords.update(type=encoded(action.type), nargs=action.nargs, choices=choices)
    if names:
        keywords["required"] = action.required
    return {
        "names": names or [action.dest],
        "options": {name: v for name, v in keywords.items() if v is not None or name == "default"},
        "exclusive": exclusive,
        "boolean_words": boolean_words(action.type, action.default),
        "location": getattr(action, "_guild_location", f"{request['name']}:1"),
    }


parsing = [0]  # depth of calls that parse anything but the command line


def is_command_line(args: Any) -> bool:
    return not parsing[0] and (args is None or list(args) == sys.argv[1:])


def watch_argparse() -> None:
    parser_class: Any = argparse.ArgumentParser

    def watch_parse(name: str, complete: bool) -> None:
        original = getattr(parser_class, name)

        def watched(self: Any, args: Any = None, namespace: Any = None) -> Any:
            if is_command_line(args):
                finish({"argparse": argparse_parser(self), "complete": complete})
            parsing[0] += 1
            try:
                return original(self, args, namespace)
            finally:
                parsing[0] -= 1

        setattr(parser_class, name, watched)

    def watch_help(name: str) -> None:
        """Watch a method that programs may call instead of parsing without arguments."""
        original = getattr(parser_class, name)

        def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not parsing[0]:
                finish({"argparse": argparse_parser(self), "complete": True})
            return original(self, *args, **kwargs)

        setattr(parser_class, name, watched)

    for name in ("parse_args", "parse_intermixed_args"):
        watch_parse(name, True)
    for name in ("parse_known_args", "parse_known_intermixed_args"):
        watch_parse(name, False)
    for name in ("print_help", "print_usage", "error"):
        watch_help(name)
    container: Any = argparse._ActionsContainer
    add = container._add_action

    def add_action(self: Any, action: Any) -> Any:
        if not hasattr(action, "_guild_location"):
            action._guild_location = current_location()
        return add(self, action)

    container._add_action = add_action


# -- click


def click_command(command: Any) -> dict[str, Any]:
    # Parameters such as --version are not passed to the function, so they set nothing.
    parameters = [click_parameter(p) for p in command.params if p.expose_value]
    commands = getattr(command, "commands", None) or {}
    return {
        "name": command.name or "",
        "parameters": parameters,
        "commands": {str(name): click_command(sub) for name, sub in commands.items()},
    }


def click_parameter(parameter: Any) -> dict[str, Any]:
    is_option = parameter.param_type_name == "option"
    keywords: dict[str, Any] = {"required": parameter.required, "nargs": parameter.nargs}
    if "Sentinel" not in type(parameter.default).__name__:  # click 8.3 marks missing defaults
        default = parameter.default
        if isinstance(default, enum.Enum):
            default = default.value
        unknown = callable(default) and not isinstance(default, type)
        keywords["default"] = {"unknown": True} if unknown else encoded(default)
    is_typer = getattr(parameter, "type_descriptor", None) is not None
    names = [parameter.name]
    if is_option:
        keywords["help"] = encoded(parameter.help)
        keywords["multiple"] = parameter.multiple
        keywords["count"] = parameter.count
        keywords["prompt"] = bool(parameter.prompt)
        if parameter.is_flag:
            keywords["is_flag"] = True
            stored = getattr(parameter, "flag_value", True)
            if type(stored) in (str, int, float):
                keywords["flag_value"] = stored
        names = list(parameter.opts)
        for number, off in enumerate(parameter.secondary_opts[: len(names)]):
            names[number] += f"{';' if names[number].startswith('/') else '/'}{off}"
    return {
        "names": names,
        "is_option": is_option,
        "options": keywords,
        "type": typer_type(parameter) if is_typer else click_type(parameter.type),
        "location": getattr(parameter, "_guild_location", f"{request['name']}:1"),
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
    """Return the type of a parameter of typer that does not use click's types."""
    kind = parameter.type_descriptor.annotation
    while inner := [arg for arg in typing.get_args(kind) if arg is not type(None)]:
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
            finish({"click": click_command(self), "complete": True})
        return make_context(self, info_name, args, parent, **extra)

    command_class.make_context = watched
    init = module.Parameter.__init__

    def watched_init(self: Any, *args: Any, **kwargs: Any) -> None:
        self._guild_location = current_location()
        init(self, *args, **kwargs)

    module.Parameter.__init__ = watched_init


class ClickWatcher:
    """A meta path finder that only watches for imports of click."""

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
    """Execute the script of the request as `__main__`."""
    sys.addaudithook(record_opened)
    sys.path[0] = request["path0"]  # modules beside this file must not be importable
    sys.argv = [request["argv0"], *request["args"]]
    main = types.ModuleType("__main__")
    main.__file__ = request["file"]
    main.__package__ = request["package"]
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    with open(request["file"], "rb") as file:
        code = compile(file.read(), request["file"], "exec", dont_inherit=True)
    exec(code, main.__dict__)  # noqa: S102  # the operation requests it


def describe_error(error: BaseException) -> str:
    """Return `error` in one line, with the project's line that raised it."""
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return f"the script exited with status {code} before parsing its arguments"
    message = " ".join(str(error).split())
    location = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if is_own(os.path.realpath(frame.filename)):
            location = f" ({os.path.relpath(frame.filename, ROOT)}:{frame.lineno})"
    return f"{type(error).__name__}{': ' if message else ''}{message}{location}"


watch_argparse()
sys.meta_path.insert(0, ClickWatcher)
try:
    run()
except BaseException as error:
    finish({"error": describe_error(error)})
finish({"error": "the script ended without parsing arguments"})
