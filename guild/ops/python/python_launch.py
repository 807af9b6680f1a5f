"""The launch of a Python operation as the process that `python SCRIPT` would be.

Guild AI started `python -um guild.op_main MAIN`, which ran MAIN inside itself. Code that
uses `__main__`, the first frame, or the script that a worker should run then got wrong
results. Guild still records and prints that command, but starts the user's script directly.
"""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from guild.base.errors import GuildError
from guild.base.named_tuple import NamedTuple
from guild.ops.python.flags_dest import FlagValues, route_flags
from guild.plugins.python_main import (
    MainCommand,
    Module,
    Place,
    Script,
    find_main,
    parse_command,
)


class Launch(NamedTuple):
    """A process to start in the run directory.

    Attributes:
        argv: the executable and its arguments.
        env: the complete environment.
        compiled: the path of a compiled script that is not part of the run; "" if none.
            The process removes it itself unless it is killed.
    """

    argv: list[str]
    env: dict[str, str]
    compiled: str = ""

    def remove_compiled(self) -> None:
        """Remove the compiled script, if any, after the process has ended."""
        if self.compiled:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.compiled)


def prepare_launch(
    cmd: Sequence[str],
    run_dir: str | os.PathLike[str],
    env: Mapping[str, str],
    flags: Mapping[str, Any],
) -> Launch:
    """Return the process to start for a run with the command `cmd`.

    Args:
        cmd: the run's command. `PYTHON -um guild.op_main MAIN ...` is replaced by a direct
            start of MAIN with the current Python. Other commands are started unchanged.
        run_dir: the run directory, which becomes the process's working directory.
        env: the environment of the operation. FLAGS_DEST is the destination of flags.
            GUILD_SOURCECODE is the location of the source code in the run directory.
            PDB_BREAKS (shell words) and BREAK_ON_ERROR enable the debugger.
        flags: the run's flags. They provide the types of the command's arguments, which
            determine the flags that are set and their names.

    Raises GuildError for an invalid destination or value, and OSError if the run directory
    cannot be written.
    """
    command = parse_command(list(cmd))
    if command is None:
        return Launch(list(cmd), dict(env))
    return prepare_main_launch(command, run_dir, env, flags)


def prepare_main_launch(
    command: MainCommand,
    run_dir: str | os.PathLike[str],
    env: Mapping[str, str],
    flags: Mapping[str, Any],
) -> Launch:
    """Return the process to start for the parsed `command`; see `prepare_launch`."""
    real_dir = os.path.realpath(run_dir)  # as os.getcwd() returns it in the process
    dest = route_flags(env.get("FLAGS_DEST", "args"), command.flag_args, flags)
    args = (*command.args, *dest.args)
    main = find_main(command.main, real_dir, env)
    child_env = _with_roots(env, main, real_dir)
    if isinstance(main, Module):
        if dest.values is None and not _is_debugged(env):
            return Launch([sys.executable, "-um", main.name, *args], child_env)
        place = _module_place(*find_module(main, real_dir, child_env), args, real_dir)
    else:
        place = _script_place(main, args, real_dir)
    return _launch_compiled(place, args, child_env, dest.values)


def _launch_compiled(
    place: Place, args: Sequence[str], env: dict[str, str], values: FlagValues | None
) -> Launch:
    from guild.ops.python.compiled_script import CompileError, compile_script

    debug = None
    if _is_debugged(env):
        from guild.ops.python.breakpoints import build_debug_request

        debug = build_debug_request(place.file, _search_path(place.path0, env), env)
    with open(place.file, "rb") as file:
        source = file.read()
    try:
        compiled = compile_script(source, place, values, _optimize(env), debug)
    except CompileError:
        # Let the interpreter report the error, as it does without Guild.
        return Launch([sys.executable, "-u", *place.orig_argv], env)
    with contextlib.suppress(FileExistsError):
        os.mkdir(os.path.dirname(place.compiled))
    with open(place.compiled, "wb") as file:
        file.write(compiled)
    return Launch([sys.executable, place.compiled, *args], env, place.compiled)


def _is_debugged(env: Mapping[str, str]) -> bool:
    return bool(env.get("PDB_BREAKS") or env.get("BREAK_ON_ERROR"))


def _with_roots(env: Mapping[str, str], main: Script | Module, real_dir: str) -> dict[str, str]:
    """Return `env` with the source code on PYTHONPATH, if Python would not find it itself.

    That is the case for a script in a subdirectory of its import root, and for a module
    outside the run directory.
    """
    child = dict(env)
    if isinstance(main, Script):
        start = os.path.dirname(os.path.join(real_dir, main.argv0))
        roots = [main.root] if main.root != start else []
    else:
        roots = [root for root in main.roots if root != real_dir]
    if roots:
        old = child.get("PYTHONPATH")
        child["PYTHONPATH"] = os.pathsep.join([*roots, old] if old else roots)
    return child


def _script_place(main: Script, args: Sequence[str], real_dir: str) -> Place:
    file = os.path.join(real_dir, main.argv0)
    folder = os.path.dirname(file)
    if os.path.islink(file):
        folder = os.path.dirname(os.path.join(folder, os.readlink(file)))
    return Place(
        file=file,
        argv0=main.argv0,
        orig_argv=(main.argv0, *args),
        path0=os.path.realpath(folder),
        module="",
        compiled=_compiled_path(file, real_dir),
    )


def _module_place(name: str, file: str, args: Sequence[str], real_dir: str) -> Place:
    return Place(
        file=file,
        argv0=file,
        orig_argv=("-m", name.removesuffix(".__main__"), *args),
        path0=real_dir,
        module=name,
        compiled=_compiled_path(file, real_dir),
    )


def _compiled_path(file: str, real_dir: str) -> str:
    """Return a path that contains the script's name, so that `pkill -f train.py` works."""
    return os.path.join(real_dir, ".guild", f"{os.path.basename(file)}c")


def _search_path(path0: str, env: Mapping[str, str]) -> list[str]:
    """Return the directories in which the child searches for modules."""
    python_path = [folder for folder in env.get("PYTHONPATH", "").split(os.pathsep) if folder]
    return [path0, *python_path, *sys.path[1:]]


def find_module(main: Module, real_dir: str, env: Mapping[str, str]) -> tuple[str, str]:
    """Return the full name and file of the module that `python -m` runs.

    For a package that is its `__main__` module. Nothing is imported. Raises GuildError if
    the module is not found or has no source file.
    """
    from importlib.machinery import PathFinder

    path = _search_path(real_dir, env)
    names = main.name.split(".")
    file = None
    for count in range(1, len(names) + 1):
        name = ".".join(names[:count])
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            raise GuildError(f"cannot run '{main.name}': no module named '{name}' in {real_dir}")
        path, file = list(spec.submodule_search_locations or ()), spec.origin
    if path:
        return find_module(main._replace(name=f"{main.name}.__main__"), real_dir, env)
    if file is None or not file.endswith(".py"):
        raise GuildError(f"cannot set flags: module '{main.name}' has no Python source file")
    return main.name, os.path.join(real_dir, file)


def _optimize(env: Mapping[str, str]) -> int:
    """Return the child's optimization level. A PYTHONOPTIMIZE that is not a number means 1."""
    level = env.get("PYTHONOPTIMIZE", "")
    return min(int(level), 2) if level.isdecimal() else int(bool(level))
