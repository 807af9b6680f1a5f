"""Values of an interpreted program.

Constants (numbers, strings, lists ...) represent themselves. Unknown values are
`UNKNOWN`. Everything else is a `Thing`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from guild.plugins.flags.interpreter.constants import UNKNOWN, is_constant


class Call(NamedTuple):
    """The arguments of one call.

    Attributes:
        args: the positional arguments.
        kwargs: the keyword arguments.
        complete: false if a `*x` or `**x` could not be resolved.
        location: the location of the call, as `FILE:LINE`.
    """

    args: list[Any]
    kwargs: dict[str, Any]
    complete: bool
    location: str

    def get(self, position: int | None, name: str, default: Any = None) -> Any:
        """Return an argument by position or name.

        Returns `default` without it, or `UNKNOWN` if the call is incomplete.
        """
        if name in self.kwargs:
            return self.kwargs[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        return default if self.complete else UNKNOWN


class Thing:
    """A value that has attributes or can be called."""

    def attribute(self, _name: str) -> Any:
        """Return the value of an attribute."""
        return UNKNOWN

    def call(self, _call: Call) -> Any:
        """Return the result of a call."""
        return UNKNOWN


class Native(Thing):
    """A function of a library, modelled by `function`."""

    def __init__(self, function: Callable[[Call], Any]) -> None:
        self.function = function

    def call(self, call: Call) -> Any:
        return self.function(call)


class External(Thing):
    """An object outside the project, of which only the dotted `name` is known."""

    def __init__(self, name: str) -> None:
        self.name = name


class Scope:
    """The names of a module, class or function call. `parent` is the enclosing scope."""

    def __init__(self, module: Module, parent: Scope | None = None) -> None:
        self.module = module
        self.parent = parent
        self.names: dict[str, Any] = {}
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()


class Subscripted(Thing):
    """A type with arguments, such as `Annotated[int, ...]`: its dotted `name` and `args`."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        self.name = name
        self.args = args


class Module(Thing):
    """A project file, as far as it has been walked. `file` is its path in messages."""

    def __init__(self, path: Path, name: str, file: str) -> None:
        self.path = path
        self.name = name
        self.file = file
        self.scope = Scope(self)
        self.scope.names["__name__"] = name


class Function(Thing):
    """A function of the project.

    Attributes:
        defaults: the values of parameters with a default, by name.
        owner: the class of a method.
        kind: `function`, `staticmethod`, `classmethod` or `property`.
        marks: objects attached by decorators, the innermost first.
        annotations: the values of its parameters' annotations.
    """

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Scope,
        defaults: dict[str, Any],
        owner: Class | None,
        annotations: dict[str, Any],
    ) -> None:
        self.node = node
        self.annotations = annotations
        self.scope = scope
        self.defaults = defaults
        self.owner = owner
        self.kind = "function"
        self.marks: list[Any] = []

    @property
    def name(self) -> str:
        return "" if isinstance(self.node, ast.Lambda) else self.node.name


class Class(Thing):
    """A class of the project. `bases` contains classes of the project and others."""

    def __init__(self, name: str, bases: list[Any], names: dict[str, Any]) -> None:
        self.name = name
        self.bases = bases
        self.names = names

    def lineage(self) -> list[Class]:
        """Return the class and its project bases in the order of attribute lookup."""
        classes: dict[Class, None] = {}
        pending = [self]
        while pending:
            cls = pending.pop()
            if cls not in classes:
                classes[cls] = None
                pending.extend(base for base in reversed(cls.bases) if isinstance(base, Class))
        return list(classes)

    def library_base(self) -> Any:
        """Return the first base in the lineage that is not a project class, or None."""
        for cls in self.lineage():
            for base in cls.bases:
                if isinstance(base, Thing) and not isinstance(base, Class):
                    return base
        return None

    def find(self, name: str, after: Class | None = None) -> Any:
        """Return the attribute `name` of the class or a base, or None.

        With `after`, only the classes after that one are searched, as `super()` does.
        """
        lineage = self.lineage()
        if after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        for cls in lineage:
            if name in cls.names:
                return cls.names[name]
        return None


class Instance(Thing):
    """An instance of a project class. Models of library classes add attributes."""

    def __init__(self, cls: Class | None = None) -> None:
        self.cls = cls
        self.attrs: dict[str, Any] = {}


class Tracked(Instance):
    """An instance of a library class whose use is followed, such as a parser."""

    def item(self) -> Any:
        """Return the value of any subscript of the object."""
        return UNKNOWN

    def escape(self, location: str) -> None:
        """Handle the object being passed to an unknown function at `location`."""


class Model(Thing):
    """A library class, which project classes may extend."""

    def __init__(self, create: Callable[[], Instance]) -> None:
        self.create_instance = create

    def call(self, call: Call) -> Any:
        instance = self.create_instance()
        constructor = instance.attribute("__init__")
        if isinstance(constructor, Thing):
            constructor.call(call)
        return instance

    def attribute(self, name: str) -> Any:
        """Return an unbound method, whose first argument is its receiver."""

        def call_on(call: Call) -> Any:
            if not call.args or not isinstance(call.args[0], Thing):
                return UNKNOWN
            method = call.args[0].attribute(name)
            if not isinstance(method, Thing):
                return UNKNOWN
            return method.call(call._replace(args=call.args[1:]))

        return Native(call_on)


class Bound(Thing):
    """A method of the project, bound to its receiver."""

    def __init__(self, function: Function, receiver: Any) -> None:
        self.function = function
        self.receiver = receiver


class Super(Thing):
    """The result of `super()` in a method of `owner` called on `receiver`."""

    def __init__(self, owner: Class, receiver: Instance) -> None:
        self.owner = owner
        self.receiver = receiver


def join(first: Any, second: Any) -> Any:
    """Return the value of a name that is `first` in one branch and `second` in another.

    Equal constants are kept. A thing, such as a parser, takes precedence over None and
    `UNKNOWN`, because the program uses the name as one later.
    """
    if first is second:
        return first
    same_type = type(first) is type(second)
    if same_type and is_constant(first) and is_constant(second) and first == second:
        return first
    for value, other in ((first, second), (second, first)):
        if isinstance(value, Thing) and (other is None or other is UNKNOWN):
            return value
    if isinstance(first, Instance) and isinstance(second, Instance):
        return first
    return UNKNOWN


def truth(value: Any) -> Any:
    """Return the truth of `value`: True, False or `UNKNOWN`."""
    if value is UNKNOWN or isinstance(value, External):
        return UNKNOWN
    return True if isinstance(value, Thing) else bool(value)


def iterate(value: Any) -> list[Any] | None:
    """Return the items of a loop over `value`, or None if they are unknown."""
    if isinstance(value, set):
        return sorted(value, key=str) if is_constant(value) else None
    if isinstance(value, dict):
        return None if UNKNOWN in value else list(value)
    if isinstance(value, (list, tuple)):
        return None if any(item is UNKNOWN for item in value) else list(value)
    return list(value) if isinstance(value, str) else None
