"""A program run over values that are partly unknown.

Nothing of the program is executed: its syntax tree is walked. Calls of the
project's own functions are followed where the function may have to do with a
library that is modelled; all other calls give `UNKNOWN`. The walk is bounded
in steps and in depth.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from guild.base.errors import GuildError
from guild.plugins.python_flags.builtin_calls import call_builtin, call_method, has_method
from guild.plugins.python_flags.constants import UNKNOWN
from guild.plugins.python_flags.project import Project
from guild.plugins.python_flags.statements import Statements
from guild.plugins.python_flags.values import (
    Bound,
    Call,
    Class,
    External,
    Function,
    Instance,
    Model,
    Module,
    Native,
    Scope,
    Super,
    Thing,
    Tracked,
    join,
)

_MAX_DEPTH = 40

# Found by these names even where a project has a file of the same name.
_LIBRARY_MODULES = frozenset({"argparse", "click", "typer"})
_LIBRARY_ALIASES = {
    "rich_click": "click",
    "asyncclick": "click",
    "configargparse": "argparse",
    "jsonargparse": "argparse",
}


class Interpreter(Statements):
    """Walks a script and the project modules that it imports.

    Args:
        project: reads the files.
        library: the modelled names, such as `argparse.ArgumentParser`.
        is_relevant: whether calls of the functions in a file are followed.
    """

    def __init__(
        self,
        project: Project,
        library: Mapping[str, Thing],
        is_relevant: Callable[[Path], bool],
    ) -> None:
        super().__init__()
        self._project = project
        self._library = library
        self._is_relevant = is_relevant
        self._modules: dict[Path, Module] = {}
        self._calls: list[ast.AST] = []
        self._receivers: list[tuple[Function, Any]] = []
        self.called: set[ast.AST] = set()

    def run_script(self, path: Path, tree: ast.Module) -> Module:
        """Walk the script `path` as `__main__`."""
        return self._run_module(path, tree, "__main__")

    def call_unreached(self, function: Function, bind: Callable[[ast.arg], Any]) -> None:
        """Call a function that nothing was seen to call, its arguments made by `bind`."""
        spec = function.node.args
        names = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        kwargs = {arg.arg: bind(arg) for arg in names if arg.arg not in function.defaults}
        with self._doubt():
            self._call_function(function, Call([], kwargs, True, ""))

    # -- Modules

    def _run_module(self, path: Path, tree: ast.Module, name: str) -> Module:
        module = Module(path, name, self._project.relative(path))
        self._modules[path] = module
        module.scope.names["__doc__"] = ast.get_docstring(tree, clean=False)
        self._block(tree.body, module.scope)
        return module

    def _import(self, name: str, importer: Module, level: int = 0) -> Thing:
        path = self._project.find_module(name, importer.path, level)
        if path is None or (not level and name.split(".")[0] in _LIBRARY_MODULES):
            return self._external(name)
        if path in self._modules:
            return self._modules[path]
        try:
            tree = self._project.parse(path)
        except GuildError:
            return External(name)  # the script fails there if it really imports it
        with self._certainty():
            return self._run_module(path, tree, name)

    def _external(self, name: str) -> Thing:
        head, dot, tail = name.partition(".")
        canonical = _LIBRARY_ALIASES.get(head, head) + dot + tail
        return self._library.get(canonical) or External(canonical)

    def _import_from(self, module: Thing, importer: Module, name: str) -> Any:
        if isinstance(module, External):
            return self._external(f"{module.name}.{name}")
        if not isinstance(module, Module):
            return UNKNOWN
        if name in module.scope.names:
            return module.scope.names[name]
        return self._submodule(module, name)

    def _submodule(self, module: Module, name: str) -> Any:
        if module.path.name != "__init__.py":
            return UNKNOWN
        path = self._project.find_module(name, module.path, level=1)
        return UNKNOWN if path is None else self._import(name, module, level=1)

    def _library_names(self, module: str) -> dict[str, Thing]:
        prefix = f"{module}."
        names = (name for name in self._library if name.startswith(prefix))
        return {name.removeprefix(prefix): self._library[name] for name in names}

    # -- Attributes

    def attribute(self, owner: Any, name: str) -> Any:
        """`owner.name`."""
        if isinstance(owner, Module):
            found = owner.scope.names.get(name, UNKNOWN)
            return self._submodule(owner, name) if found is UNKNOWN else found
        if isinstance(owner, External):
            return self._external(f"{owner.name}.{name}")
        if isinstance(owner, Class):
            value = owner.find(name)
            if value is None:
                base = owner.library_base()
                return UNKNOWN if base is None else base.attribute(name)
            return self._bind_method(value, owner) if _kind(value) == "classmethod" else value
        if isinstance(owner, Super):
            value = owner.receiver.cls.find(name, owner.owner) if owner.receiver.cls else None
            if value is not None:
                return self._bind_method(value, owner.receiver)
            return owner.receiver.attribute(name)
        if isinstance(owner, Instance):
            return self._instance_attribute(owner, name)
        if isinstance(owner, Thing):
            return owner.attribute(name)
        if has_method(owner, name):
            certain = self.certain
            return Native(lambda call: call_method(owner, name, call, certain))
        return UNKNOWN

    def _instance_attribute(self, owner: Instance, name: str) -> Any:
        if name in owner.attrs:
            return owner.attrs[name]
        value = owner.cls.find(name) if owner.cls else None
        if value is None:
            return owner.attribute(name)
        if _kind(value) == "property":
            return self._call_function(value, Call([owner], {}, True, ""))
        return self._bind_method(value, owner)

    def _bind_method(self, value: Any, receiver: Any) -> Any:
        if not isinstance(value, Function) or value.kind == "staticmethod":
            return value
        if value.kind == "classmethod" and isinstance(receiver, Instance):
            return Bound(value, receiver.cls)
        return Bound(value, receiver)

    # -- Calls

    def call(self, function: Any, call: Call) -> Any:
        """The result of `function(...)`."""
        if isinstance(function, Bound):
            return self._call_function(
                function.function, call._replace(args=[function.receiver, *call.args])
            )
        if isinstance(function, Function):
            return self._call_function(function, call)
        if isinstance(function, Class):
            return self._instantiate(function, call)
        if isinstance(function, External):
            return self._call_external(function, call)
        if (
            isinstance(function, Instance)
            and function.cls
            and (found := function.cls.find("__call__"))
        ):
            return self.call(self._bind_method(found, function), call)
        return function.call(call) if isinstance(function, Thing) else _passed_through(call)

    def _call_external(self, function: External, call: Call) -> Any:
        if function.name == "builtins.getattr" and len(call.args) > 1:
            name = call.args[1]
            return self.attribute(call.args[0], name) if isinstance(name, str) else UNKNOWN
        if function.name == "functools.wraps" and call.args:
            return Native(lambda later: _wrapped(call.args[0], later))
        if function.name == "functools.partial" and call.args:
            first, rest = call.args[0], call.args[1:]
            return Native(
                lambda later: self.call(
                    first,
                    later._replace(
                        args=[*rest, *later.args],
                        kwargs={**call.kwargs, **later.kwargs},
                        complete=call.complete and later.complete,
                    ),
                )
            )
        result = call_builtin(function.name, call)
        if result is not UNKNOWN or function.name.startswith("builtins."):
            return result
        return _passed_through(call)

    def _super(self, call: Call) -> Any:
        if not self._receivers:
            return UNKNOWN
        function, receiver = self._receivers[-1]
        if function.owner is None or not isinstance(receiver, Instance):
            return UNKNOWN
        return Super(function.owner, receiver)

    def _instantiate(self, cls: Class, call: Call) -> Any:
        base = cls.library_base()
        instance = base.instance() if isinstance(base, Model) else Instance()
        instance.cls = cls
        init = cls.find("__init__")
        if init is None:
            constructor = instance.attribute("__init__")
        else:
            constructor = self._bind_method(init, instance)
        if isinstance(constructor, Thing):
            self.call(constructor, call)
        return instance

    def _call_function(self, function: Function, call: Call) -> Any:
        node = function.node
        self.called.add(node)
        if len(self._calls) >= _MAX_DEPTH or node in self._calls or not self._worth(function, call):
            return _passed_through(call)
        scope = Scope(function.scope.module, function.scope)
        # The body of a class is no scope of its methods.
        if function.owner is not None:
            scope.parent = function.scope.parent
        scope.names = _bind_parameters(function, call)
        receiver = call.args[0] if call.args else None
        self._calls.append(node)
        self._returns.append([])
        self._receivers.append((function, receiver))
        try:
            if isinstance(node, ast.Lambda):
                return self.evaluate(node.body, scope)
            end = self._block(node.body, scope)
            returned = self._returns[-1]
        finally:
            self._calls.pop()
            self._returns.pop()
            self._receivers.pop()
        if end is None:
            returned.append(None)
        if not returned:
            return UNKNOWN
        result = returned[0]
        for value in returned[1:]:
            result = join(result, value)
        return result

    def _worth(self, function: Function, call: Call) -> bool:
        given = (*call.args, *call.kwargs.values())
        return self._is_relevant(function.scope.module.path) or any(
            isinstance(value, Tracked) for value in given
        )


def _kind(value: Any) -> str:
    return value.kind if isinstance(value, Function) else ""


def _wrapped(original: Any, call: Call) -> Any:
    """`functools.wraps`: the wrapper has the attributes of what it wraps."""
    wrapper = call.args[0] if call.args else UNKNOWN
    if isinstance(original, Function) and isinstance(wrapper, Function):
        wrapper.marks = original.marks
    return wrapper


def _passed_through(call: Call) -> Any:
    """The result of a function that is not known: the parser that it was given, if any.

    `parser = extend(parser)` is how such functions are written.
    """
    for value in (*call.args, *call.kwargs.values()):
        if isinstance(value, Tracked):
            value.escape(call.where)
            return value
    return UNKNOWN


def _bind_parameters(function: Function, call: Call) -> dict[str, Any]:
    spec = function.node.args
    positional = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    names: dict[str, Any] = dict(zip(positional, call.args, strict=False))
    extra = dict(call.kwargs)
    for name in (*positional, *(arg.arg for arg in spec.kwonlyargs)):
        if name in extra:
            names[name] = extra.pop(name)
        elif name not in names:
            default = function.defaults.get(name, UNKNOWN)
            names[name] = default if call.complete else UNKNOWN
    if spec.vararg:
        rest = tuple(call.args[len(positional) :])
        names[spec.vararg.arg] = rest if call.complete else (*rest, UNKNOWN)
    if spec.kwarg:
        names[spec.kwarg.arg] = extra if call.complete else {**extra, UNKNOWN: UNKNOWN}
    return names
