"""Whether the Python that operations run with is one that they can run with."""

from __future__ import annotations

import platform

from guild.base.errors import GuildError


def check(required: str, operation: str) -> None:
    """Raise GuildError if this Python is not what `required`, such as `>=3.10`, says; a version
    alone means that one and later ones."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = f">={required}" if required[:1].isdigit() else required
    try:
        versions = SpecifierSet(text, prereleases=True)
    except InvalidSpecifier:
        raise GuildError(
            f"operation '{operation}': invalid python-requires '{required}' - "
            f"write it as '>=3.10' or '>=3.10,<3.13'"
        ) from None
    found = platform.python_version()
    if not versions.contains(found):
        raise GuildError(
            f"operation '{operation}' requires Python {required}, this is Python {found} - "
            f"run it with a Guild that is installed there"
        )
