"""Words for people: near names, columns."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant by `name`."""
    import difflib  # only needed where something is wrong

    folded = {candidate.lower().replace("_", "-"): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower().replace("_", "-"), folded, n=1)
    return folded[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """` - did you mean 'NAME'?` where there is a near name, else nothing."""
    near = nearest(name, names)
    return f" - did you mean '{near}'?" if near else ""
