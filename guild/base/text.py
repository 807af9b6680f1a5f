"""Strings for people: similar names, and lines that are safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of `names` closest to `name`; None if none is close."""
    import difflib  # slow to import, and needed for errors only

    folded = {candidate.lower().replace("_", "-"): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower().replace("_", "-"), folded, n=1)
    return folded[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'NAME'?` for a close match in `names`, else an empty string."""
    near = nearest(name, names)
    return f"; did you mean '{near}'?" if near else ""


# Characters that move the cursor, break the line or change the writing direction.
_CONTROLS = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"


def printable(text: str) -> str:
    """Escape control characters, so that `text` prints on one line and controls no terminal.

    Undecodable bytes, which are surrogates here, are kept.
    """
    return text if text.isprintable() else re.sub(_CONTROLS, _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
