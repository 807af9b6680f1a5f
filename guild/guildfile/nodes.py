"""YAML as a tree of nodes with their file, line and source text.

PyYAML's own values lose their location and spelling: `013` becomes 11 and a key `on` becomes
True. This tree is built from the parser's events without recursion, so that no file can exhaust
the stack. Aliases are shared instead of copied, and the size that they expand to is limited.
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
"""Maximum number of nodes in a document whose aliases are expanded."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR = "tag:yaml.org,2002:str"


class _Resolver(yaml.resolver.Resolver):
    """YAML 1.1 as in PyYAML, with `1e6` and `1.5e3` as numbers.

    An exponent has at most three digits: `1e000000` is the ID of a run.
    """


_Resolver.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)[eE][-+]?[0-9]{1,3}$"),
    list("-+.0123456789"),
)

_RESOLVER: Any = _Resolver()
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()


class Location(NamedTuple):
    """A line of a file; its string is `FILE:LINE`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Scalar(NamedTuple):
    """A string, number, boolean, date or null, with its source text."""

    value: Any
    text: str
    location: Location


class Sequence(NamedTuple):
    """A list of nodes."""

    items: tuple[Node, ...]
    location: Location


class Mapping(NamedTuple):
    """Nodes by the source text of their keys, in the order of the file."""

    items: dict[str, Node]
    location: Location

    def without(self, *keys: str) -> Mapping:
        """Return this mapping without `keys`."""
        items = {key: item for key, item in self.items.items() if key not in keys}
        return Mapping(items, self.location)


Node = Scalar | Sequence | Mapping


def parse_yaml(data: bytes, file: str) -> Node | None:
    """Return the tree of the only document in `data`; None for an empty one.

    `file` is its name in errors. Raises GuildError, with file and line, for invalid YAML, a
    second document, an unknown tag, a duplicate key, and a document that exceeds the limits of
    depth or size.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GuildError(
            f"{file}:{line}: invalid UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        ) from None
    try:
        return _Composer(file).compose(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Newer parsers have a limit of their own, which they reach before the composer does.
        if mark and "nesting depth" in str(error.problem):
            raise _too_deep(Location(file, mark.line + 1)) from None
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        context = f" {error.context}" if error.context else ""
        raise GuildError(f"{where}: invalid YAML: {error.problem}{context}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise GuildError(f"{file}:{line}: invalid YAML: {error.reason}") from None


def _too_deep(location: Location) -> GuildError:
    return GuildError(f"{location}: nested more than {MAX_DEPTH} levels deep")


def to_plain(node: Node) -> Any:
    """Return `node` as dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {key: to_plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return node.value


class _Open:
    """A list or mapping that is still being composed."""

    def __init__(self, location: Location, anchor: str | None, is_mapping: bool) -> None:
        self.location = location
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.items: list[Node] = []
        self.size = 1
        self.height = 0


class _Composer:
    """Builds a tree from parser events and counts the nodes that it expands to."""

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
                    raise self._error(event, "unexpected second document; remove the '---' line")
        return self.root

    def _open(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"tag:yaml.org,2002:{'map' if is_mapping else 'seq'}"):
            raise self._error(event, f"unknown tag {event.tag!r}")
        if len(self.stack) >= MAX_DEPTH:
            raise _too_deep(self._location(event))
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(self._location(event), event.anchor, is_mapping))

    def _close(self) -> None:
        closed = self.stack.pop()
        node: Node
        if closed.is_mapping:
            node = Mapping(_mapping_items(closed.items), closed.location)
        else:
            node = Sequence(tuple(closed.items), closed.location)
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
            raise GuildError(f"{node.location}: aliases expand to more than {MAX_SIZE} values")
        if len(self.stack) + height > MAX_DEPTH:
            raise _too_deep(node.location)

    def _anchored(self, event: Any) -> tuple[Node, int, int]:
        if event.anchor in self.anchors:
            return self.anchors[event.anchor]
        if any(parent.anchor == event.anchor for parent in self.stack):
            raise self._error(event, f"alias '*{event.anchor}' refers to itself")
        raise self._error(event, f"undefined alias '*{event.anchor}'")

    def _scalar(self, event: Any) -> Scalar:
        tag = event.tag
        if tag in (None, "!"):
            return Scalar(
                _implicit(event.value, event.implicit), event.value, self._location(event)
            )
        try:
            value = _CONSTRUCTOR.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            kind = tag.rpartition(":")[2]
            raise self._error(event, f"invalid {kind} {event.value!r}") from None
        except yaml.constructor.ConstructorError:
            raise self._error(event, f"unknown tag {tag!r}") from None
        return Scalar(value, event.value, self._location(event))

    def _location(self, event: Any) -> Location:
        return Location(self.file, event.start_mark.line + 1)

    def _error(self, event: Any, problem: str) -> GuildError:
        return GuildError(f"{self._location(event)}: {problem}")


def key_value(text: str) -> Any:
    """Return the value of `text` in YAML: for keys that represent values."""
    return _implicit(text, (True, False))


def _implicit(text: str, implicit: tuple[bool, bool]) -> Any:
    """Return the value of an untagged scalar; an invalid date or number is a string."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, implicit)
    if tag == _STR:
        return text
    try:
        return _CONSTRUCTOR.construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
        return text  # 2020-13-45, 0x_
    except yaml.constructor.ConstructorError:
        return text  # `=` and `<<` as ordinary strings


def _mapping_items(flat: list[Node]) -> dict[str, Node]:
    """Return a dict of alternating keys and values; own keys override those merged by `<<`."""
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, value in zip(flat[::2], flat[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise GuildError(
                f"{key.location}: expected a string as key but got {describe_node(key)}"
            )
        if key.text == "<<":
            merged = {**_merged(value), **merged}
        elif key.text in own:
            raise GuildError(
                f"{key.location}: duplicate key {key.text!r} "
                f"(first defined on line {own[key.text].location.line})"
            )
        else:
            own[key.text] = value
    return {**merged, **own} if merged else own


def _merged(value: Node) -> dict[str, Node]:
    sources = value.items if isinstance(value, Sequence) else (value,)
    items: dict[str, Node] = {}
    for source in reversed(tuple(sources)):
        if not isinstance(source, Mapping):
            raise GuildError(
                f"{value.location}: expected a mapping after '<<' but got {describe_node(value)}"
            )
        items.update(source.items)
    return items


def describe_node(node: Node) -> str:
    """Return a short description of `node` for a message."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "null"
    text = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    return repr(text) if isinstance(node.value, str) else f"{text} ({type(node.value).__name__})"


def read_yaml(path: str | os.PathLike[str]) -> tuple[bytes, Node | None]:
    """Return the content of `path` and its tree. Raises GuildError if it cannot be read."""
    name = os.fspath(path)
    try:
        with open(path, "rb") as opened:
            data = opened.read()
    except IsADirectoryError:
        raise GuildError(f"{name}: expected a file but got a directory") from None
    except OSError as error:
        raise GuildError(f"{name}: cannot read the file: {error.strerror}") from None
    return data, parse_yaml(data, name)
