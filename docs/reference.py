"""Generator of docs/reference from the help pages of the commands, and of the tables in
docs/guildfile.md from the keys of guild.yml: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from guild.cli.lazy import LazyGroup
from guild.commands.main import main
from guild.guildfile.keys import FLAG_TYPES, SECTIONS
from guild.guildfile.operation_keys import Key, Section
from guild.guildfile.schema import type_label

GUILDFILE = Path(__file__).parent / "guildfile.md"
FOLDER = Path(__file__).parent / "reference"
WIDTH = 80  # columns


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command once with its full name, such as `guild runs list`.

    Commands that are in several groups appear under the first one.
    """
    seen: set[str] = set()

    def walk(path: str, group: LazyGroup) -> Iterator[tuple[str, click.Command]]:
        yield path, group
        entries = [entry for entry in group.entries if entry.module not in seen]
        seen.update(entry.module for entry in entries)
        for entry in entries:
            command = entry.load()
            name = f"{path} {entry.names[0]}"
            if isinstance(command, LazyGroup):
                yield from walk(name, command)
            else:
                yield name, command

    assert isinstance(main, LazyGroup)
    return walk("guild", main)


def pages() -> dict[str, str]:
    """Return the text of each page of the reference by file name."""
    loaded = dict(commands())
    return {
        "README.md": _index(list(loaded)),
        **{_file_name(path): _page(path, command) for path, command in loaded.items()},
    }


def _file_name(path: str) -> str:
    return path.replace(" ", "-") + ".md"


def _page(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=WIDTH)
    return f"# {path}\n\n```text\n{command.get_help(context)}\n```\n"


def _index(paths: list[str]) -> str:
    lines = [f"- [{path}]({_file_name(path)})" for path in paths]
    return "\n".join(
        [
            "# Commands",
            "",
            "The help page of each command, written by `make docs`.",
            "",
            *lines,
            "",
        ]
    )


def guildfile_page(page: str) -> str:
    """Return docs/guildfile.md with the tables below the headings of sections rewritten."""
    tables = {heading: _key_table(section) for heading, section in SECTIONS.items()}
    rows = [f"| `{name}` | {values} |" for name, values in FLAG_TYPES.items()]
    tables["Types"] = _table("type", "values", rows=rows)
    parts = re.split(r"^(?=##+ )", page, flags=re.MULTILINE)
    for number, part in enumerate(parts):
        heading = part.partition("\n")[0].lstrip("# ")
        if heading in tables:
            table = tables[heading]
            parts[number] = re.sub(
                r"(^\|.*\n)+", lambda _, table=table: table, part, count=1, flags=re.MULTILINE
            )
    return "".join(parts)


def _key_table(section: Section) -> str:
    rows = [
        f"| `{name}`{' †' * key.is_unused} | {type_label(key)} | {_meaning(key)} |"
        for name, key in section.items()
    ]
    return _table("key", "type", "description", rows=rows)


def _meaning(key: Key) -> str:
    default = key.default
    if default is None:
        return key.description.replace("|", "\\|")
    text = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
    return f"{key.description} Default: `{text}`.".replace("|", "\\|")


def _table(*headings: str, rows: list[str]) -> str:
    lines = [f"| {' | '.join(headings)} |", "| --- " * len(headings) + "|", *rows]
    return "".join(f"{line}\n" for line in lines)


def write() -> None:
    """Write the pages and remove any other page in the directory."""
    FOLDER.mkdir(exist_ok=True)
    text = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in text:
            old.unlink()
    for name, content in text.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    page = GUILDFILE.read_text(encoding="utf-8")
    GUILDFILE.write_text(guildfile_page(page), encoding="utf-8")


if __name__ == "__main__":
    write()
