"""Changes of labels, tags, marks and comments.

Each function raises GuildError if the run does not exist or cannot be written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.ops.stage.attributes import new_comment
from guild.run import Run


def set_label(run: Run, label: str) -> None:
    """Set the label of `run`; an empty string removes it."""
    with _writing(run):
        if label:
            run.set("label", label)
        else:
            run.delete_attr("label")


def remove_from_label(run: Run, phrases: Sequence[str]) -> None:
    """Remove each of `phrases`, one or more whole words, from the label."""
    set_label(run, _without_phrases(run.label, phrases))


def change_tags(
    run: Run,
    *,
    add: Sequence[str] = (),
    delete: Sequence[str] = (),
    clear: bool = False,
    sync_label: bool = False,
) -> None:
    """Delete tags (all of them with `clear`), then add others.

    With `sync_label`, words of the label that are deleted tags are removed, and added tags are
    put at its start.
    """
    before = set(run.tags)
    removed = before if clear else before.intersection(delete)
    with _writing(run):
        run.set("tags", sorted((before - removed).union(add)))
    if sync_label:
        label = _without_phrases(run.label, sorted(removed))
        words = label.split()
        set_label(run, " ".join([*(tag for tag in add if tag not in words), label]).strip())


def set_marked(run: Run, marked: bool = True) -> None:
    """Mark or unmark `run`."""
    with _writing(run):
        if marked:
            run.set("marked", True)
        else:
            run.delete_attr("marked")


def add_comment(run: Run, body: str, author: str | None = None) -> None:
    """Add a comment by `author`, `USER` or `USER@HOST` (default: the current user)."""
    user, _, host = (author or "").partition("@")
    with _writing(run):
        run.set("comments", [*list_comments(run), new_comment(body, user or None, host or None)])


def delete_comment(run: Run, number: int) -> None:
    """Delete a comment by its number, which starts at 1. Also raises GuildError if none has it."""
    comments = list_comments(run)
    if not 1 <= number <= len(comments):
        raise GuildError(
            f"run {run.short_id} has no comment {number}; "
            f"run 'guild comment --list' for a list of comments"
        )
    del comments[number - 1]
    with _writing(run):
        run.set("comments", comments)


def clear_comments(run: Run) -> None:
    """Delete all comments."""
    with _writing(run):
        run.delete_attr("comments")


def list_comments(run: Run) -> list[Any]:
    """Return the recorded comments, even invalid ones, so that their numbers stay the same."""
    value = run.get("comments")
    return list(value) if isinstance(value, list) else []


def _without_phrases(label: str, phrases: Sequence[str]) -> str:
    words = label.split()
    for phrase in map(str.split, phrases):
        remaining: list[str] = []
        for word in words:
            remaining.append(word)
            if phrase and remaining[-len(phrase) :] == phrase:
                del remaining[-len(phrase) :]
        words = remaining
    return " ".join(words)


@contextlib.contextmanager
def _writing(run: Run) -> Iterator[None]:
    if not os.path.isdir(run.guild_path()):  # otherwise a directory would be created
        raise GuildError(f"run {run.short_id} no longer exists ({run.path})")
    try:
        yield
    except OSError as error:
        raise GuildError(f"cannot change run {run.short_id}: {error.strerror}") from None
