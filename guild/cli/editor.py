"""Text that users type in an editor."""

from __future__ import annotations

import click

from guild.base.errors import GuildError


def edit(content: str, extension: str) -> str:
    """Open `content` in the editor of VISUAL or EDITOR and return the result.

    Raises GuildError if no editor can be started.
    """
    try:
        edited = click.edit(content, extension=extension)
    except click.ClickException as error:
        raise GuildError(f"cannot edit: {error.format_message()}") from None
    return content if edited is None else edited
