"""Commands whose short options are found at once."""

from __future__ import annotations

import click


class Command(click.Command):
    """A click command with options such as `-Fo` beside `-F`.

    For those click first looks for a long option of that name, and makes up an error with
    suggestions for each short one, which takes milliseconds, before it takes it.
    """

    def make_parser(self, ctx: click.Context):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Click's parser, which finds a short option where it looks for long ones."""
        parser = super().make_parser(ctx)
        for name, option in parser._short_opt.items():
            parser._long_opt.setdefault(name, option)
        return parser
