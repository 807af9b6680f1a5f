"""YAML as a tree of nodes that know their file, their line and their source text.

PyYAML's own values forget where they were written and how: `013` becomes 11
and a key `on` becomes True. The tree here is built from the parser's events,
without recursion, so that nothing in a file can exhaust the stack; aliases are
shared, never copied, and what they would expand to is bounded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from guild.base.errors import GuildError

MAX_DEPTH = 100
MAX_SIZE = 100_000
"""The most nodes a document may stand for once its aliases are expanded."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR = "tag:yaml.org,2002:str"


class _Resolver(yaml.resolver.Resolver):
    """YAML 1.1 as PyYAML has it, and `1e6` or `1.5e3` as the numbers people mean.

    An exponent has three digits at most: `1e000000` is the id of a run.
    """


_Resolver.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)[eE][-+]?[0-9]{1,3}$"),
    list("-+.0123456789"),
)

_RESOLVER: Any = _Resolver()
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()


class Place(NamedTuple):
    """A line of a file, shown as `FILE:LINE`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Scalar(NamedTuple):
    """A text, number, boolean, date or null, with the text it was written as."""

    value: Any
    text: str
    place: Place


class Sequence(NamedTuple):
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place


class Mapping(NamedTuple):
    """Nodes by the source text of their keys, in the order of the file."""

    items: dict[str, Node]
    place: Place


Node = Scalar | Sequence | Mapping


def parse(data: bytes, file: str) -> Node | None:
    """The tree of the one document in `data`; None for an empty one.

    `file` is what errors call it. Raises GuildError, naming file and line, for
    what is no YAML, a second document, an unknown tag, a duplicate key, and
    what is nested or expands beyond the limits.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GuildError(
            f"{file}:{line}: not UTF-8 text (byte 0x{data[error.start]:02x}) - "
            f"save the file as UTF-8"
        ) from None
    try:
        return _Composer(file).compose(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The parser's own limit, which newer ones have: it looks ahead of what was composed.
        if mark and "nesting depth" in str(error.problem):
            raise _too_deep(Place(file, mark.line + 1)) from None
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        context = f" {error.context}" if error.context else ""
        raise GuildError(f"{where}: invalid YAML: {error.problem}{context}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise GuildError(f"{file}:{line}: invalid YAML: {error.reason}") from None


def _too_deep(place: Place) -> GuildError:
    return GuildError(f"{place}: nested more than {MAX_DEPTH} levels deep")


def plain(node: Node) -> Any:
    """`node` as plain values: dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {key: plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, place: Place, anchor: str | None, is_mapping: bool) -> None:
        self.place = place
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.items: list[Node] = []
        self.size = 1
        self.height = 0


class _Composer:
    """Makes a tree out of parser events, and keeps count of what it stands for."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.stack: list[_Open] = []
        self.root: Node | None = None

    def compose(self, events: Iterator[Any]) -> Node | None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event), 1, 0, event.anchor)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._add(*self._anchored(event), None)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(event, "a second document - remove the '---' line")
        return self.root

    def _open(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"tag:yaml.org,2002:{'map' if is_mapping else 'seq'}"):
            raise self._error(event, f"unknown tag {event.tag!r}")
        if len(self.stack) >= MAX_DEPTH:
            raise _too_deep(self._place(event))
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(self._place(event), event.anchor, is_mapping))

    def _close(self) -> None:
        closed = self.stack.pop()
        node: Node
        if closed.is_mapping:
            node = Mapping(_mapping_items(closed.items), closed.place)
        else:
            node = Sequence(tuple(closed.items), closed.place)
        self._add(node, closed.size, closed.height + 1, closed.anchor)

    def _add(self, node: Node, size: int, height: int, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = (node, size, height)
        if not self.stack:
            self.root = None if isinstance(node, Scalar) and node.value is None else node
            return
        parent = self.stack[-1]
        parent.items.append(node)
        parent.size += size
        parent.height = max(parent.height, height)
        if parent.size > MAX_SIZE:
            raise GuildError(f"{node.place}: stands for more than {MAX_SIZE} values")
        if len(self.stack) + height > MAX_DEPTH:
            raise _too_deep(node.place)

    def _anchored(self, event: Any) -> tuple[Node, int, int]:
        if event.anchor in self.anchors:
            return self.anchors[event.anchor]
        if any(parent.anchor == event.anchor for parent in self.stack):
            raise self._error(event, f"'*{event.anchor}' is part of itself")
        raise self._error(event, f"'*{event.anchor}' is not defined above")

    def _scalar(self, event: Any) -> Scalar:
        tag = event.tag
        if tag in (None, "!"):
            return Scalar(_implicit(event.value, event.implicit), event.value, self._place(event))
        try:
            value = _CONSTRUCTOR.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            kind = tag.rpartition(":")[2]
            raise self._error(event, f"{event.value!r} is no {kind}") from None
        except yaml.constructor.ConstructorError:
            raise self._error(event, f"unknown tag {tag!r}") from None
        return Scalar(value, event.value, self._place(event))

    def _place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1)

    def _error(self, event: Any, problem: str) -> GuildError:
        return GuildError(f"{self._place(event)}: {problem}")


def key_value(text: str) -> Any:
    """The value YAML reads in a plain `text`: for keys that stand for values."""
    return _implicit(text, (True, False))


def _implicit(text: str, implicit: tuple[bool, bool]) -> Any:
    """The value of an untagged scalar; what only looks like a date or a number is its text."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, implicit)
    if tag == _STR:
        return text
    try:
        return _CONSTRUCTOR.construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
        return text  # 2020-13-45, 0x_
    except yaml.constructor.ConstructorError:
        return text  # `=` and `<<` where no value is meant by them


def _mapping_items(flat: list[Node]) -> dict[str, Node]:
    """Keys and values by turns as a dict; what `<<` merges in comes first and is overridden."""
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, value in zip(flat[::2], flat[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise GuildError(f"{key.place}: a key must be a name, got a {kind_of(key)}")
        if key.text == "<<":
            merged = {**_merged(value), **merged}
        elif key.text in own:
            raise GuildError(
                f"{key.place}: duplicate key {key.text!r}, first at line {own[key.text].place.line}"
            )
        else:
            own[key.text] = value
    return {**merged, **own} if merged else own


def _merged(value: Node) -> dict[str, Node]:
    sources = value.items if isinstance(value, Sequence) else (value,)
    items: dict[str, Node] = {}
    for source in reversed(tuple(sources)):
        if not isinstance(source, Mapping):
            raise GuildError(f"{value.place}: '<<' must be a mapping, got a {kind_of(value)}")
        items.update(source.items)
    return items


def kind_of(node: Node) -> str:
    """What an error calls `node`."""
    if isinstance(node, Mapping):
        return "mapping"
    if isinstance(node, Sequence):
        return "list"
    if node.value is None:
        return "null"
    return {bool: "boolean", int: "number", float: "number", str: "string"}.get(
        type(node.value), type(node.value).__name__
    )


def read(path: str | os.PathLike[str], file: str | None = None) -> tuple[bytes, Node | None]:
    """The bytes of `path` and their tree. Raises GuildError where it cannot be read."""
    name = os.fspath(path) if file is None else file
    try:
        with open(path, "rb") as opened:
            data = opened.read()
    except IsADirectoryError:
        raise GuildError(f"{name}: is a folder, expected a project file") from None
    except OSError as error:
        raise GuildError(f"{name}: cannot be read: {error.strerror}") from None
    return data, parse(data, name)
