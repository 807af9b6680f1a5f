"""Values of an interpreted program.

A constant is itself: a number, a string, a list ... What is not known is
`UNKNOWN`. All else is a `Thing`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from guild.plugins.python_flags.constants import UNKNOWN, is_constant


class Call(NamedTuple):
    """The arguments of one call.

    Attributes:
        args: the positional ones.
        kwargs: the named ones.
        complete: false where a `*x` or `**x` could not be resolved.
        where: the place of the call, as `FILE:LINE`.
    """

    args: list[Any]
    kwargs: dict[str, Any]
    complete: bool
    where: str

    def get(self, position: int | None, name: str, default: Any = None) -> Any:
        """An argument by position or name; `default` without it, `UNKNOWN` if it may be there."""
        if name in self.kwargs:
            return self.kwargs[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        return default if self.complete else UNKNOWN


class Thing:
    """A value with attributes, or one that can be called."""

    def attribute(self, _name: str) -> Any:
        return UNKNOWN

    def call(self, _call: Call) -> Any:
        return UNKNOWN


class Native(Thing):
    """A function of a library, modelled by `function`."""

    def __init__(self, function: Callable[[Call], Any]) -> None:
        self.function = function

    def call(self, call: Call) -> Any:
        return self.function(call)


class External(Thing):
    """Something outside the project that nothing is known of but its dotted `name`."""

    def __init__(self, name: str) -> None:
        self.name = name


class Scope:
    """Names of a module, a class or a function call; `parent` is the scope around it."""

    def __init__(self, module: Module, parent: Scope | None = None) -> None:
        self.module = module
        self.parent = parent
        self.names: dict[str, Any] = {}
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()


class Subscripted(Thing):
    """A type with arguments, such as `Annotated[int, ...]`: its dotted `name`, and `args`."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        self.name = name
        self.args = args


class Module(Thing):
    """A file of the project, as far as it has been run."""

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
        owner: the class that it is a method of.
        kind: `function`, `staticmethod`, `classmethod` or `property`.
        marks: what decorators have left on it, the innermost first.
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
    """A class of the project; `bases` holds other classes and externals."""

    def __init__(self, name: str, bases: list[Any], names: dict[str, Any]) -> None:
        self.name = name
        self.bases = bases
        self.names = names

    def lineage(self) -> list[Class]:
        """The class and its project bases, in the order in which attributes are looked up."""
        found: list[Class] = [self]
        for base in self.bases:
            if isinstance(base, Class):
                found.extend(cls for cls in base.lineage() if cls not in found)
        return found

    def library_base(self) -> Any:
        """The first base in the lineage that is no class of the project, else None."""
        for cls in self.lineage():
            for base in cls.bases:
                if isinstance(base, Thing) and not isinstance(base, Class):
                    return base
        return None

    def find(self, name: str, after: Class | None = None) -> Any:
        """The attribute `name` of the class or a base; None without it.

        With `after` only classes behind that one are asked, as by `super()`.
        """
        lineage = self.lineage()
        if after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        for cls in lineage:
            if name in cls.names:
                return cls.names[name]
        return None


class Instance(Thing):
    """An object of a project class; a library's model is one with attributes of its own."""

    def __init__(self, cls: Class | None = None) -> None:
        self.cls = cls
        self.attrs: dict[str, Any] = {}


class Tracked(Instance):
    """An object of a library class whose use is followed, such as a parser."""

    def item(self) -> Any:
        """What a subscript of the object gives."""
        return UNKNOWN

    def escape(self, where: str) -> None:
        """The object was given at `where` to a function that is not known."""


class Model(Thing):
    """A class of a library that a project class may extend."""

    def __init__(self, make: Callable[[], Instance]) -> None:
        self.instance = make

    def call(self, call: Call) -> Any:
        made = self.instance()
        constructor = made.attribute("__init__")
        if isinstance(constructor, Thing):
            constructor.call(call)
        return made

    def attribute(self, name: str) -> Any:
        """A method taken from the class: its first argument is what it is called on."""

        def call_on(call: Call) -> Any:
            if not call.args or not isinstance(call.args[0], Thing):
                return UNKNOWN
            method = call.args[0].attribute(name)
            if not isinstance(method, Thing):
                return UNKNOWN
            return method.call(call._replace(args=call.args[1:]))

        return Native(call_on)


class Bound(Thing):
    """A method of the project, with what it is called on."""

    def __init__(self, function: Function, receiver: Any) -> None:
        self.function = function
        self.receiver = receiver


class Super(Thing):
    """`super()` in a method of `owner` that was called on `receiver`."""

    def __init__(self, owner: Class, receiver: Instance) -> None:
        self.owner = owner
        self.receiver = receiver


def join(one: Any, other: Any) -> Any:
    """What a name holds after a branch that gives it `one` and another that gives it `other`.

    A constant survives if both agree. A thing, such as a parser, wins over
    None and what is unknown: it is what the name is used as.
    """
    if one is other:
        return one
    if type(one) is type(other) and is_constant(one) and is_constant(other) and one == other:
        return one
    for value, against in ((one, other), (other, one)):
        if isinstance(value, Thing) and (against is None or against is UNKNOWN):
            return value
    if isinstance(one, Instance) and isinstance(other, Instance):
        return one
    return UNKNOWN


def truth(value: Any) -> Any:
    """Whether `value` is true: True, False or `UNKNOWN`."""
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, External):
        return UNKNOWN
    return True if isinstance(value, Thing) else bool(value)


def iterate(value: Any) -> list[Any] | None:
    """The items that a loop over `value` sees; None if they are not known."""
    if isinstance(value, set):
        return sorted(value, key=str) if is_constant(value) else None
    if isinstance(value, dict):
        return None if UNKNOWN in value else list(value)
    if isinstance(value, (list, tuple)):
        return None if any(item is UNKNOWN for item in value) else list(value)
    return list(value) if isinstance(value, str) else None
