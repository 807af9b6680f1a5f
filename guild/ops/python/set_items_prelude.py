"""Code that sets flags in a script's dict or namespace right after its assignment.

Like `script_prelude` it is never imported. The compiled script runs this file's code in a
statement `exec(THIS, {"target": NAME, "values": {...}})`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_item(owner: "Any", key: str) -> "Any":
    return owner[key] if hasattr(owner, "__getitem__") else getattr(owner, key)


def put_item(owner: "Any", key: str, value: "Any") -> None:
    """Set `key` unless it already has the value, since `owner` may be frozen."""
    try:
        old = get_item(owner, key)
    except (LookupError, AttributeError):
        pass
    else:
        if isinstance(old, tuple) and isinstance(value, list):  # flags cannot be tuples
            value = tuple(value)
        if type(old) is type(value) and repr(old) == repr(value):
            return
    if hasattr(owner, "__setitem__"):
        owner[key] = value
    else:
        setattr(owner, key, value)


def set_item(owner: "Any", path: list[str], value: "Any") -> None:
    """Set the item at `path`. Missing intermediate items get the type of their owner."""
    for key in path[:-1]:
        try:
            inner = get_item(owner, key)
        except (LookupError, AttributeError):
            inner = None
        if inner is None or isinstance(inner, (bool, int, float, str)):
            inner = type(owner)() if not isinstance(owner, type) else {}
            put_item(owner, key, inner)
        owner = inner
    put_item(owner, path[-1], value)


for name, value in globals()["values"].items():
    set_item(globals()["target"], name.split("."), value)
