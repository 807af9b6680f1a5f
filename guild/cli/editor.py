"""Text that the user types in an editor."""

from __future__ import annotations

import click

from guild.base.errors import GuildError


def edit(text: str, extension: str) -> str:
    """`text` as the user left it in the editor of VISUAL or EDITOR.

    Raises GuildError where no editor can be started.
    """
    try:
        edited = click.edit(text, extension=extension)
    except click.ClickException as error:
        raise GuildError(f"cannot edit: {error.format_message()}") from None
    return text if edited is None else edited
