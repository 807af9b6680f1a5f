"""Labels, tags, marks and comments of runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.ops.stage.attributes import new_comment
from guild.run import Run


def set_label(run: Run, label: str) -> None:
    """Give the run a label; an empty one takes it away. Raises GuildError."""
    with _writing(run):
        if label:
            run.set("label", label)
        else:
            run.delete_attr("label")


def prepend_label(run: Run, text: str) -> None:
    """Put `text` and a space in front of the run's label. Raises GuildError."""
    set_label(run, f"{text} {label(run)}".strip())


def append_label(run: Run, text: str) -> None:
    """Put a space and `text` behind the run's label. Raises GuildError."""
    set_label(run, f"{label(run)} {text}".strip())


def remove_from_label(run: Run, texts: Sequence[str]) -> None:
    """Take each word or words `texts` out of the run's label. Raises GuildError."""
    set_label(run, _without(label(run), texts))


def label(run: Run) -> str:
    """The run's label, empty without one."""
    return run.label


def tags(run: Run) -> list[str]:
    """The run's tags, sorted."""
    return sorted(run.tags)


def change_tags(
    run: Run,
    *,
    add: Sequence[str] = (),
    delete: Sequence[str] = (),
    clear: bool = False,
    sync_label: bool = False,
) -> None:
    """Take tags away, all of them with `clear`, and then add some.

    With `sync_label` the words that are removed tags go out of the label, and added tags
    are put in front of it. Raises GuildError.
    """
    before = tags(run)
    removed = before if clear else [tag for tag in before if tag in delete]
    after = sorted({*before, *add}.difference(set(removed).difference(add)))
    with _writing(run):
        run.set("tags", after)
    if sync_label:
        text = _without(label(run), removed)
        words = text.split()
        new = [tag for tag in add if tag not in words]
        set_label(run, " ".join([*new, text]).strip())


def mark(run: Run, marked: bool = True) -> None:
    """Mark the run, or take its mark away. Raises GuildError."""
    with _writing(run):
        if marked:
            run.set("marked", True)
        else:
            run.delete_attr("marked")


def add_comment(run: Run, body: str, by: str | None = None) -> None:
    """Add a comment by `by`, `USER` or `USER@HOST`; by the current user without it.

    Raises GuildError.
    """
    user, _, host = (by or "").partition("@")
    with _writing(run):
        run.set("comments", [*comments(run), new_comment(body, user or None, host or None)])


def delete_comment(run: Run, number: int) -> None:
    """Delete the `number`th comment, 1 the first. Raises GuildError if there is none."""
    kept = comments(run)
    if not 1 <= number <= len(kept):
        raise GuildError(
            f"run {run.short_id} has no comment {number} - 'guild comment --list' shows them"
        )
    del kept[number - 1]
    with _writing(run):
        run.set("comments", kept)


def clear_comments(run: Run) -> None:
    """Delete all comments. Raises GuildError."""
    with _writing(run):
        run.delete_attr("comments")


def comments(run: Run) -> list[Any]:
    """The run's comments as they are kept: mappings of `body`, `host`, `time` and `user`."""
    value = run.get("comments")
    return list(value) if isinstance(value, list) else []


def _without(text: str, removed: Sequence[str]) -> str:
    """`text` without each word, or each sequence of words, of `removed`."""
    words = text.split()
    for phrase in map(str.split, removed):
        words = _without_phrase(words, phrase) if phrase else words
    return " ".join(words)


def _without_phrase(words: list[str], phrase: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        kept.append(word)
        if kept[-len(phrase) :] == phrase:
            del kept[-len(phrase) :]
    return kept


@contextlib.contextmanager
def _writing(run: Run) -> Iterator[None]:
    if not os.path.isdir(run.guild_path()):  # it would be made anew, with nothing else in it
        raise GuildError(f"run {run.short_id} does not exist any more ({run.path})")
    try:
        yield
    except OSError as error:
        raise GuildError(f"cannot change run {run.short_id}: {error.strerror}") from None
