"""INI files, read by Python's configparser and changed line by line."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from typing import Any

from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef

_SECTION = re.compile(r"\[(?P<name>[^]]+)\]")
_OPTION = re.compile(
    r"(?P<key>[^\s=:#;\[][^=:]*?)(?P<sign>\s*[=:][ \t]*)(?P<value>.*?)(?P<end>\s*)$"
)
_BOOLEANS = {"yes": "no", "true": "false", "on": "off", "True": "False", "Yes": "No", "On": "Off"}


def values(text: str) -> dict[str, dict[str, Any]]:
    """Return the values of each section, decoded like flag values. Raises ValueError."""
    parser = configparser.RawConfigParser(allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep the case of names
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from None
    shared = dict(parser.defaults())
    sections = {parser.default_section: shared} if shared else {}
    for section in parser.sections():
        sections[section] = {
            key: value for key, value in parser.items(section) if shared.get(key, ...) != value
        }
    return {
        name: {key: _decoded(value) for key, value in section.items()}
        for name, section in sections.items()
    }


def _decoded(text: str | None) -> Any:
    return None if text is None else flag_values.decode(text, FlagDef("")) if _plain(text) else text


def _plain(text: str) -> bool:
    return "\n" not in text and not text.startswith("[")


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return `text` with the values set that `changes` maps from names `SECTION.KEY`.

    Raises GuildError for a name without a section.
    """
    lines = text.splitlines()
    for name, value in changes.items():
        section, dot, key = name.partition(".")
        if not dot:
            raise GuildError(f"'{name}' has no section; names in an INI file are SECTION.KEY")
        section, key = _existing_section(lines, name) or (section, key)
        _set(lines, section, key, value)
    return "".join(f"{line}\n" for line in lines)


def _existing_section(lines: list[str], name: str) -> tuple[str, str] | None:
    """Return section and key of `name` for the longest existing section, which may have dots."""
    sections = [match["name"] for line in lines if (match := _SECTION.match(line))]
    fitting = [section for section in sections if name.startswith(f"{section}.")]
    if not fitting:
        return None
    section = max(fitting, key=len)
    return section, name[len(section) + 1 :]


def _set(lines: list[str], section: str, key: str, value: Any) -> None:
    start, end = _section_lines(lines, section)
    for n in range(start, end):
        option = _OPTION.match(lines[n])
        if option and option["key"] == key:
            lines[n] = f"{key}{option['sign']}{_encoded(value, option['value'])}"
            while n + 1 < len(lines) and re.match(r"[ \t]+\S", lines[n + 1]):
                del lines[n + 1]  # continues the old value
            return
    while end > start and not lines[end - 1].strip():
        end -= 1
    lines.insert(end, f"{key} = {_encoded(value, '')}")


def _section_lines(lines: list[str], section: str) -> tuple[int, int]:
    """Return the first line after the header of the section, and the first line after it.

    A missing header is added.
    """
    headers = [n for n, line in enumerate(lines) if _SECTION.match(line)]
    for n, following in zip(headers, [*headers[1:], len(lines)], strict=True):
        match = _SECTION.match(lines[n])
        if match and match["name"] == section:
            return n + 1, following
    lines += [*([""] if lines else []), f"[{section}]"]
    return len(lines), len(lines)


def _encoded(value: Any, old: str) -> str:
    """Return `value` as written to the file; a boolean uses the words of the old value."""
    if isinstance(value, bool):
        words = next(
            ((yes, no) for yes, no in _BOOLEANS.items() if old in (yes, no)), ("True", "False")
        )
        return words[0] if value else words[1]
    if value is None:
        return ""
    return str(value).replace("\n", "\n\t")
