"""The main module of a Python operation: its name in a command, and its file."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from guild.base.named_tuple import NamedTuple

MODULE = "guild.op_main"
"""The module that stands in a command for "run this main module"."""


class MainCommand(NamedTuple):
    """The parts of a command `PYTHON -um guild.op_main MAIN ARGS -- FLAG_ARGS`.

    Attributes:
        main: `echo` or `pkg/train` for a script, `pkg.train` for a module.
        args: the literal words of the operation's main.
        flag_args: `--name value` words. A command without `--` has only flags,
            as Guild AI 0.9 records it for a script without a guild.yml.
    """

    main: str
    args: tuple[str, ...]
    flag_args: tuple[str, ...]


class Script(NamedTuple):
    """A file that runs as `python ARGV0`.

    Attributes:
        argv0: its path as a user in the run directory would type it.
        root: the directory of its source code, absolute.
    """

    argv0: str
    root: str


class Module(NamedTuple):
    """A module that runs as `python -m NAME`.

    Attributes:
        name: its full name.
        roots: directories, absolute, that are searched first.
    """

    name: str
    roots: tuple[str, ...]


class Place(NamedTuple):
    """The location of a script, and what its process shows it.

    Attributes:
        file: absolute path of the script: its `__file__`, and in tracebacks.
        argv0: `sys.argv[0]`.
        orig_argv: `sys.orig_argv` without the interpreter.
        path0: `sys.path[0]`.
        module: its full name if it is run as `python -m` does, else "".
        compiled: absolute path that the compiled script will have.
    """

    file: str
    argv0: str
    orig_argv: tuple[str, ...]
    path0: str
    module: str
    compiled: str


def parse_command(cmd: Sequence[str]) -> MainCommand | None:
    """Parse `cmd`; None unless it runs a Python main module."""
    if len(cmd) < 4 or cmd[1:3] != ["-um", MODULE]:
        return None
    return parse_words(cmd[3:])


def parse_words(words: Sequence[str]) -> MainCommand:
    """Parse `MAIN ARGS -- FLAG_ARGS`, split at the last `--`, which no flag has as value."""
    main, rest = words[0], tuple(words[1:])
    if "--" not in rest:
        return MainCommand(main, (), rest)
    at = len(rest) - 1 - rest[::-1].index("--")
    return MainCommand(main, rest[:at], rest[at + 1 :])


def script_path(module: str, root: Path) -> Path | None:
    """Return the file of a main module: `train`, `pkg/train`, `pkg.train`; None if missing."""
    folder, slash, name = module.removesuffix(".py").rpartition("/")
    base = root / folder if slash else root
    for candidate in (name, name.replace(".", "/")):
        for path in (base / f"{candidate}.py", base / candidate / "__main__.py"):
            if os.path.isfile(path):
                return path
    return None


def installed_script(module: str) -> Path | None:
    """Return the source file of an installed main module; None if it has none.

    Nothing is imported.
    """
    from importlib.machinery import PathFinder

    file, path = None, None
    for count in range(1, module.count(".") + 2):
        spec = PathFinder.find_spec(".".join(module.split(".")[:count]), path)
        if spec is None:
            return None
        file, path = spec.origin, list(spec.submodule_search_locations or ())
    if path:
        return installed_script(f"{module}.__main__")
    return Path(file) if file is not None and file.endswith(".py") else None


def find_main(main: str, run_dir: str, environ: Mapping[str, str]) -> Script | Module:
    """Find `main`: a script of the source code, else a module of that name.

    `run_dir` is a real path. GUILD_SOURCECODE in `environ` lists the directories of source
    code, relative to it and separated as in PATH.
    """
    places = [place for place in environ.get("GUILD_SOURCECODE", ".").split(os.pathsep) if place]
    folder, _, name = main.rpartition("/")
    for place in places:
        for file in (f"{main}.py", main):
            argv0 = os.path.normpath(os.path.join(place, file))
            if file.endswith(".py") and os.path.isfile(os.path.join(run_dir, argv0)):
                return Script(argv0, os.path.normpath(os.path.join(run_dir, place)))
    roots = (os.path.normpath(os.path.join(run_dir, place, folder)) for place in places)
    return Module(name, tuple(roots))
