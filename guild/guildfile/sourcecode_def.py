"""The selection of source code files."""

from typing import Literal

from guild.base.named_tuple import NamedTuple


class SourceCodeRule(NamedTuple):
    """One rule of a source code selection; later rules take precedence.

    Attributes:
        action: copy the files that match, or not.
        kind: `pattern` for any file, `text` and `binary` for files with such content, `dir` for
            a directory with everything in it.
        pattern: a glob for paths relative to the root.
    """

    action: Literal["include", "exclude"]
    kind: Literal["pattern", "text", "binary", "dir"]
    pattern: str


class SourceCodeDef(NamedTuple):
    """The files to copy as source code, their origin and destination.

    Attributes:
        enabled: False for `sourcecode: no`: no files are copied.
        select: the rules in order, applied after the default rules. A list of patterns alone
            starts with `exclude *`.
        root: the directory to copy from, relative to that of the guild.yml.
        digest: False omits the digest from the run.
        dest: the directory in the run to copy to.
    """

    enabled: bool = True
    select: tuple[SourceCodeRule, ...] = ()
    root: str | None = None
    digest: bool | None = None
    dest: str | None = None
