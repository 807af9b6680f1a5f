"""A question that is answered with yes or no."""

from __future__ import annotations

import click


def agreed(question: str = "Continue?", *, default: bool = True) -> bool:
    """Whether the user says yes to `question`. `default` is what Enter means."""
    answer = click.prompt(
        question,
        default="y" if default else "n",
        show_default=False,
        prompt_suffix=" (Y/n) " if default else " (y/N) ",
    )
    return str(answer).strip().lower() in ("y", "yes")
