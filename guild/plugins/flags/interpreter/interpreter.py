"""A walk over a program's syntax tree, with values that are partly unknown.

No code of the program is executed. Calls of the project's own functions are followed
if their file may use a modeled library; all other calls return `UNKNOWN`. The walk is
bounded in steps and depth.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from guild.base.errors import GuildError
from guild.extend.program import Program
from guild.plugins.flags.interpreter.builtin_calls import call_builtin, call_method, has_method
from guild.plugins.flags.interpreter.constants import UNKNOWN
from guild.plugins.flags.interpreter.statements import Statements
from guild.plugins.flags.interpreter.values import (
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


class Interpreter(Statements):
    """Walks a script and the project modules that it imports.

    Args:
        program: the program, which reads its files.
        models: the models of library names, such as `argparse.ArgumentParser`.
        packages: the names under which libraries are imported, with the package that
            each is modeled as. A library imported by its own name takes precedence
            over a project file of that name.
        pattern: matches in files that use a library. Functions elsewhere are only
            followed if a tracked object is passed to them.
    """

    def __init__(
        self,
        program: Program,
        models: Mapping[str, Any],
        packages: Mapping[str, str],
        pattern: bytes,
    ) -> None:
        super().__init__()
        self._program = program
        self._models = models
        self._packages = packages
        self._pattern = pattern
        self._modules: dict[Path, Module] = {}
        self._calls: list[ast.AST] = []
        self._receivers: list[tuple[Function, Any]] = []
        self.called: set[ast.AST] = set()

    def run_script(self, path: Path, tree: ast.Module) -> Module:
        """Walk the script `path` as `__main__`."""
        return self._run_module(path, tree, "__main__")

    def call_unreached(self, function: Function, bind: Callable[[ast.arg], Any]) -> None:
        """Walk a function that no call was found for, with the arguments that `bind` returns."""
        spec = function.node.args
        names = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        kwargs = {arg.arg: bind(arg) for arg in names if arg.arg not in function.defaults}
        with self._doubt():
            self._call_function(function, Call([], kwargs, True, ""))

    # -- Modules

    def _run_module(self, path: Path, tree: ast.Module, name: str) -> Module:
        module = Module(path, name, self._program.relative(path))
        self._modules[path] = module
        module.scope.names["__doc__"] = ast.get_docstring(tree, clean=False)
        self._block(tree.body, module.scope)
        return module

    def _import(self, name: str, importer: Module, level: int = 0) -> Thing:
        path = self._program.find_module(name, importer.path, level)
        head = name.split(".")[0]
        if path is None or (not level and self._packages.get(head) == head):
            return self._external(name)
        if path in self._modules:
            return self._modules[path]
        try:
            tree = self._program.parse(path)
        except GuildError:
            return External(name)  # the script fails if it executes this import
        with self._certainty():
            return self._run_module(path, tree, name)

    def _external(self, name: str) -> Thing:
        head, dot, tail = name.partition(".")
        canonical = self._packages.get(head, head) + dot + tail
        return self._models.get(canonical) or External(canonical)

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
        path = self._program.find_module(name, module.path, level=1)
        return UNKNOWN if path is None else self._import(name, module, level=1)

    def _library_names(self, module: str) -> dict[str, Thing]:
        prefix = f"{module}."
        names = (name for name in self._models if name.startswith(prefix))
        return {name.removeprefix(prefix): self._models[name] for name in names}

    # -- Attributes

    def attribute(self, owner: Any, name: str) -> Any:
        """Return `owner.name`, as far as it is known."""
        if isinstance(owner, Module):
            value = owner.scope.names.get(name, UNKNOWN)
            return self._submodule(owner, name) if value is UNKNOWN else value
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
        """Return the result of `function(...)`, as far as it is known."""
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
        if isinstance(function, Instance) and function.cls:
            method = function.cls.find("__call__")
            if method:
                return self.call(self._bind_method(method, function), call)
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
        instance = base.create_instance() if isinstance(base, Model) else Instance()
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
        is_too_deep = len(self._calls) >= _MAX_DEPTH or node in self._calls
        if is_too_deep or not self._may_matter(function, call):
            return _passed_through(call)
        scope = Scope(function.scope.module, function.scope)
        # Methods do not see the names of their class's body.
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

    def _may_matter(self, function: Function, call: Call) -> bool:
        if any(isinstance(value, Tracked) for value in (*call.args, *call.kwargs.values())):
            return True
        return self._program.mentions(self._pattern, function.scope.module.path)


def _kind(value: Any) -> str:
    return value.kind if isinstance(value, Function) else ""


def _wrapped(original: Any, call: Call) -> Any:
    """Model `functools.wraps`, which copies the attributes of the wrapped function."""
    wrapper = call.args[0] if call.args else UNKNOWN
    if isinstance(original, Function) and isinstance(wrapper, Function):
        wrapper.marks = original.marks
    return wrapper


def _passed_through(call: Call) -> Any:
    """Return the result of an unknown function: the tracked object passed to it, if any.

    Such functions are commonly used as `parser = extend(parser)`.
    """
    for value in (*call.args, *call.kwargs.values()):
        if isinstance(value, Tracked):
            value.escape(call.location)
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
