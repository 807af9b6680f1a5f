"""What a guild.yml says of source code: which files, from where, to where."""

from typing import Literal, NamedTuple


class SourceCodeRule(NamedTuple):
    """One rule of a source code selection; a later rule wins over an earlier one.

    Attributes:
        action: what happens to a file that matches.
        kind: `pattern` any file, `text` and `binary` a file of that content whose
            path matches, `dir` a folder with everything in it.
        pattern: a glob over paths relative to the root.
    """

    action: Literal["include", "exclude"]
    kind: Literal["pattern", "text", "binary", "dir"]
    pattern: str


class SourceCodeDef(NamedTuple):
    """Which files are copied as source code, from where, and to where.

    Attributes:
        enabled: False for `sourcecode: no`, nothing is copied.
        select: the rules in their order; the default rules come before them. A list of
            patterns alone starts with `exclude *` here.
        root: the folder files are taken from, relative to the guild.yml's.
        digest: False leaves the digest out of the run.
        dest: the folder in the run directory files are copied to.
    """

    enabled: bool = True
    select: tuple[SourceCodeRule, ...] = ()
    root: str | None = None
    digest: bool | None = None
    dest: str | None = None
