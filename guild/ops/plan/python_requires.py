"""The check of `python-requires`."""

from __future__ import annotations

import platform

from guild.base.errors import GuildError


def check_python_version(required: str, operation: str) -> None:
    """Raise GuildError if this Python does not satisfy `required`, such as `>=3.10`.

    A bare version stands for that version and later ones.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = f">={required}" if required[:1].isdigit() else required
    try:
        versions = SpecifierSet(text, prereleases=True)
    except InvalidSpecifier:
        raise GuildError(
            f"operation '{operation}': invalid python-requires '{required}'; "
            "use the form '>=3.10' or '>=3.10,<3.13'"
        ) from None
    version = platform.python_version()
    if not versions.contains(version):
        raise GuildError(
            f"operation '{operation}' requires Python {required}, but this is Python {version}; "
            "run it with Guild installed for such a Python"
        )
