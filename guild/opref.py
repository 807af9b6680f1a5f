"""The name of an operation as a run remembers it."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from guild.base.errors import GuildError


class OpRef(NamedTuple):
    """What a run was made from: the content of its `.guild/opref`.

    Attributes:
        type: `guildfile`, `script`, `package`, `builtin` or `func`.
        pkg_name: the guild.yml's path, the script's folder, the package ...
        pkg_version: the guild.yml's md5, the package's version; may be empty.
        model: the model's name, empty for the anonymous one.
        op: the operation's name, or the script's file.
    """

    type: str
    pkg_name: str
    pkg_version: str
    model: str
    op: str

    @classmethod
    def parse(cls, text: str) -> OpRef:
        """Read `TYPE:NAME VERSION MODEL OP`, four shell-quoted words.

        Raises GuildError if `text` has another form.
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

    # -- The names that programs written for Guild AI 0.9 use

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
