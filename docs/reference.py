"""Write docs/reference from the help pages of the commands: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from guild.cli.lazy import LazyGroup
from guild.commands.main import main

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


def write() -> None:
    """Write the pages and remove any other page in the directory."""
    FOLDER.mkdir(exist_ok=True)
    text = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in text:
            old.unlink()
    for name, content in text.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write()
