"""How a Python operation's command becomes the process that `python SCRIPT` would be.

Guild AI started `python -um guild.op_main MAIN`, which then ran MAIN inside
itself: everything that asks for `__main__`, the first frame, or the script that
a worker is to run, got the wrong answer. That command stays what is recorded and
printed, but the process that is started runs the user's script itself.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import guild
from guild.base.errors import GuildError
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
    """A process to be started in the run directory.

    Attributes:
        argv: its words, the executable first.
        env: its whole environment.
        temp_files: files it needs that are not part of the run, to be removed
            when it has ended. It removes them itself unless it is killed.
    """

    argv: list[str]
    env: dict[str, str]
    temp_files: tuple[Path, ...] = ()


def prepare_launch(
    cmd: Sequence[str], run_dir: Path, env: Mapping[str, str], flags: Mapping[str, Any]
) -> Launch:
    """What to start for a run whose command is `cmd`.

    Args:
        cmd: the run's command. Anything but `PYTHON -um guild.op_main MAIN ...`
            is started as it is; that one is run by the Python that guild runs on.
        run_dir: the run directory, which will be the process's cwd.
        env: the environment of the operation. FLAGS_DEST says where flags go,
            GUILD_SOURCECODE where the source code is in the run directory,
            PDB_BREAKS (shell words) and BREAK_ON_ERROR ask for the debugger.
        flags: the run's flags. Which of them are set, and under what name, is
            said by the command; they give its words their types.

    Raises GuildError for a destination or a value that cannot be, and OSError
    if the run directory cannot be written to.
    """
    command = parse_command(list(cmd))
    if command is None:
        return Launch(list(cmd), dict(env))
    return prepare_main_launch(command, run_dir, env, flags)


def prepare_main_launch(
    command: MainCommand, run_dir: Path, env: Mapping[str, str], flags: Mapping[str, Any]
) -> Launch:
    """`prepare` for a command that was taken apart."""
    real_dir = os.path.realpath(run_dir)  # as the process sees its cwd
    dest = route_flags(env.get("FLAGS_DEST", "args"), command.flag_args, flags)
    args = (*command.args, *dest.args)
    main = find_main(command.main, real_dir, env)
    child_env = _with_roots(env, main, real_dir)
    debugged = bool(env.get("PDB_BREAKS") or env.get("BREAK_ON_ERROR"))
    if isinstance(main, Module):
        if dest.values is None and not debugged:
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
    if env.get("PDB_BREAKS") or env.get("BREAK_ON_ERROR"):
        from guild.ops.python.breakpoints import build_debug_request

        debug = build_debug_request(place.file, _search_path(place.path0, env), env)
    with open(place.file, "rb") as file:
        source = file.read()
    try:
        compiled = compile_script(source, place, values, _optimize(env), debug)
    except CompileError:
        # The interpreter tells what is wrong with the script, as it does without us.
        return Launch([sys.executable, "-u", *place.orig_argv], env)
    path = Path(place.compiled)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(compiled)
    return Launch([sys.executable, place.compiled, *args], env, (path,))


def _with_roots(env: Mapping[str, str], main: Script | Module, real_dir: str) -> dict[str, str]:
    """`env` in which the source code is importable where Python alone would not look for it.

    That is a script below the folder that its imports start from, and a
    module that is not in the run directory itself.
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
    """It has the script's name in it, so that `pkill -f train.py` finds the process."""
    return os.path.join(real_dir, ".guild", f"{os.path.basename(file)}c")


def _search_path(path0: str, env: Mapping[str, str]) -> list[str]:
    """Folders in which the child looks for modules, without importing anything there."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(guild.__file__)))
    python_path = [place for place in env.get("PYTHONPATH", "").split(os.pathsep) if place]
    return [path0, *python_path, *(place for place in sys.path[1:] if place != ours)]


def find_module(main: Module, real_dir: str, env: Mapping[str, str]) -> tuple[str, str]:
    """Full name and file of the module that `python -m` runs; a package's is its `__main__`.

    Nothing is imported: packages are looked through by their paths. Raises
    GuildError if there is no such module, or none with a source file.
    """
    from importlib.machinery import PathFinder

    path = _search_path(real_dir, env)
    names = main.name.split(".")
    file = None
    for count in range(1, len(names) + 1):
        name = ".".join(names[:count])
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            raise GuildError(f"no module named '{name}' in {real_dir} to run as '{main.name}'")
        path, file = list(spec.submodule_search_locations or ()), spec.origin
    if path:
        return find_module(main._replace(name=f"{main.name}.__main__"), real_dir, env)
    if file is None or not file.endswith(".py"):
        raise GuildError(f"module '{main.name}' has no Python source file to set flags in")
    return main.name, os.path.join(real_dir, file)


def _optimize(env: Mapping[str, str]) -> int:
    """The optimization level that PYTHONOPTIMIZE gives the child: any text counts as 1."""
    text = env.get("PYTHONOPTIMIZE", "")
    return min(int(text), 2) if text.isdecimal() else int(bool(text))
