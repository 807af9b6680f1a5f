"""Parts of operations in a guild.yml: resources, steps, published files."""

from typing import Any, Literal

from guild.base.named_tuple import NamedTuple
from guild.guildfile.sourcecode_def import SourceCodeDef


class RenameRule(NamedTuple):
    """A regular expression and a replacement for the names of linked files."""

    pattern: str
    repl: str

    @classmethod
    def parse(cls, text: str) -> "RenameRule":
        """Return the rule for `PATTERN REPLACEMENT`, or for a new name alone."""
        pattern, _space, repl = text.strip().partition(" ")
        return cls(pattern, repl.strip()) if repl else cls(".+", pattern)


SOURCE_KINDS = ("file", "url", "module", "config", "operation")
"""The built-in kinds of sources; the key in guild.yml is the name of the kind."""
SOURCES_GROUP = "guild.sources"
"""The entry-point group in which packages add kinds of sources."""


class SourceDef(NamedTuple):
    """One source of a resource.

    Attributes:
        kind: the kind of source, built in or added by a package.
        target: the value of that key, such as a path, a URL, a module or an operation.
        location: its place in the guild.yml, as `FILE:LINE`.
    """

    kind: str
    target: str
    name: str | None = None
    flag_name: str | Literal[False] | None = None
    sha256: str | None = None
    unpack: bool | None = None
    select: tuple[str, ...] = ()
    select_min: str | None = None
    select_max: str | None = None
    rename: tuple[RenameRule, ...] = ()
    optional: bool = False
    warn_if_empty: bool | None = None
    fail_if_empty: bool | None = None
    target_path: str | None = None
    target_type: Literal["copy", "link"] | None = None
    path: str | None = None
    preserve_path: bool | None = None
    post_process: str | None = None
    replace_existing: bool | None = None
    always_resolve: bool | None = None
    params: dict[str, Any] | None = None
    help: str = ""
    location: str = ""

    @property
    def full_name(self) -> str:
        """Return its name or its flag's, by default `KIND:TARGET` such as `operation:prepare`."""
        return self.name or self.source_flag

    @property
    def source_flag(self) -> str:
        """Return the name of the flag that chooses what the source refers to, if it has one."""
        return self.flag_name or self.name or f"{self.kind}:{self.target}"


class ResourceDef(NamedTuple):
    """Sources that are linked or copied into the run directory."""

    name: str
    sources: tuple[SourceDef, ...] = ()
    target_path: str | None = None
    path: str | None = None
    target_type: Literal["copy", "link"] | None = None
    preserve_path: bool | None = None
    default_unpack: bool | None = None
    description: str = ""
    private: bool = False
    references: tuple[str, ...] = ()
    location: str = ""


class ExpectDef(NamedTuple):
    """A check of the run of a step: a string in its output, or a file and its content."""

    output: str | None = None
    file: str | None = None
    compare_to: str | None = None
    contains: str | None = None


class StepDef(NamedTuple):
    """One step: a request to run an operation.

    Attributes:
        run: the operation, as on the command line.
        args: the words after it in `run`: flags as `NAME=VAL`, and options.
        name: the name for other steps and for `NAME:FLAG`.
        flags: the values of `flags`; a list is a grid.
        flag_texts: the source text of values that are not strings (`013` for 11); the types of
            the operation's flags decide.
        options: the options of `run` by their long names, with underscores.
        expect: checks when its run has ended.
        isolate_runs: False allows it to use runs outside of the parent; None is True.
        record: the step as a run records it, in plain values.
    """

    run: str
    args: tuple[str, ...] = ()
    name: str = ""
    flags: dict[str, Any] = {}  # noqa: RUF012  # read-only
    flag_texts: dict[str, str] = {}  # noqa: RUF012
    options: dict[str, Any] = {}  # noqa: RUF012
    expect: tuple[ExpectDef, ...] = ()
    isolate_runs: bool | None = None
    record: Any = None
    location: str = ""


class PublishDef(NamedTuple):
    """The content of a published run."""

    files: SourceCodeDef | None = None
    template: str | None = None
