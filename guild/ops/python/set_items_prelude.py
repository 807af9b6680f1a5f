"""What sets flags in a dict or namespace of a script, right after the script has assigned it.

Never imported, as `script_prelude`: the code of this file stands in the
compiled script as a statement `exec(THIS, {"target": NAME, "values": {...}})`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get(owner: "Any", key: str) -> "Any":
    return owner[key] if hasattr(owner, "__getitem__") else getattr(owner, key)


def put(owner: "Any", key: str, value: "Any") -> None:
    """Set `key` unless it has the value already: an owner may be frozen."""
    try:
        old = get(owner, key)
    except (LookupError, AttributeError):
        pass
    else:
        if isinstance(old, tuple) and isinstance(value, list):  # flags know no tuples
            value = tuple(value)
        if type(old) is type(value) and repr(old) == repr(value):
            return
    if hasattr(owner, "__setitem__"):
        owner[key] = value
    else:
        setattr(owner, key, value)


def set_item(owner: "Any", path: list[str], value: "Any") -> None:
    """Set the item that `path` leads to; what is missing on the way is made like its owner."""
    for key in path[:-1]:
        try:
            inner = get(owner, key)
        except (LookupError, AttributeError):
            inner = None
        if inner is None or isinstance(inner, (bool, int, float, str)):
            inner = type(owner)() if not isinstance(owner, type) else {}
            put(owner, key, inner)
        owner = inner
    put(owner, path[-1], value)


for name, value in globals()["values"].items():
    set_item(globals()["target"], name.split("."), value)
