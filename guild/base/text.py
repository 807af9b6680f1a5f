"""Words for people: near names, lines that are safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant by `name`."""
    import difflib  # only needed where something is wrong

    folded = {candidate.lower().replace("_", "-"): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower().replace("_", "-"), folded, n=1)
    return folded[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'NAME'?` for a close match in `names`, else an empty string."""
    near = nearest(name, names)
    return f"; did you mean '{near}'?" if near else ""


# What moves the cursor, breaks the line or turns the direction of writing.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` in one line and without effect on a terminal: control characters are escaped.

    Bytes that are no text, which are surrogates here, stay.
    """
    return _CONTROLS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
