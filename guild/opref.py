"""The name of an operation as a run records it."""

from __future__ import annotations

import os
import shlex

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple


class OpRef(NamedTuple):
    """The operation that a run was made from, as recorded in `.guild/opref`.

    Attributes:
        type: `guildfile`, `script`, `package`, `builtin` or `func`.
        pkg_name: path of the guild.yml, directory of the script, or name of the package.
        pkg_version: MD5 of the guild.yml or version of the package; may be empty.
        model: name of the model, empty for the anonymous one.
        op: name of the operation, or file name of the script.
    """

    type: str
    pkg_name: str
    pkg_version: str
    model: str
    op: str

    @classmethod
    def parse(cls, text: str) -> OpRef:
        """Parse `TYPE:NAME VERSION MODEL OP`, four shell-quoted words.

        Raises GuildError if `text` is invalid.
        """
        try:
            source, version, model, op = shlex.split(text)
        except ValueError:
            raise GuildError(f"invalid operation reference {text.strip()!r}") from None
        type_, colon, name = source.partition(":")
        if not colon:
            raise GuildError(f"invalid operation reference {text.strip()!r}")
        return cls(type_, name, version, model, op)

    def __str__(self) -> str:
        words = (f"{self.type}:{self.pkg_name}", self.pkg_version, self.model, self.op)
        return " ".join(shlex.quote(word) for word in words)

    @property
    def full_name(self) -> str:
        """`model:op`, or `op` alone for the anonymous model."""
        return f"{self.model}:{self.op}" if self.model else self.op

    @property
    def project_dir(self) -> str | None:
        """Directory of the guild.yml or script; None for other operations."""
        if self.type == "guildfile":
            return os.path.dirname(self.pkg_name)
        return self.pkg_name if self.type == "script" else None

    # Aliases that programs written for Guild AI 0.9 use

    @property
    def pkg_type(self) -> str:
        """See `type`."""
        return self.type

    @property
    def model_name(self) -> str:
        """See `model`."""
        return self.model

    @property
    def op_name(self) -> str:
        """See `op`."""
        return self.op
