"""Optimizers by name: built in, of the project, or of an installed package."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from guild.base.errors import GuildError
from guild.base.text import did_you_mean
from guild.flags import values
from guild.flags.flagdef import FlagDef
from guild.optimizers import skopt_search
from guild.optimizers.contract import PREV_TRIALS, Optimizer
from guild.optimizers.script import ScriptOptimizer
from guild.optimizers.suggestion import one_line

ENTRY_POINT_GROUP = "guild.optimizers"

_BUILT_IN: dict[str, type[Optimizer]] = {
    "skopt:forest": skopt_search.ForestSearch,
    "skopt:gbrt": skopt_search.GradientBoostingSearch,
    "skopt:gp": skopt_search.GaussianProcessSearch,
    "skopt:random": skopt_search.RandomSearch,
}
_ALIASES = {
    "bayesian": "skopt:gp",
    "forest": "skopt:forest",
    "gaussian": "skopt:gp",
    "gbrt": "skopt:gbrt",
    "gp": "skopt:gp",
    "random": "skopt:random",
}

_MODULE_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class UnknownOptimizerError(GuildError):
    """There is no optimizer of that name."""


class OptimizerKind(NamedTuple):
    """An optimizer before its options are known.

    Attributes:
        name: its full name, `skopt:gp` for `gp`; a batch of `echo` by it is `echo+NAME`.
        description: for `--help-op`.
        options: its own flags, sorted by name; None if it takes any.
        make: makes it from the values of its options by name.
    """

    name: str
    description: str
    options: tuple[FlagDef, ...] | None
    make: Callable[[Mapping[str, Any]], Optimizer]


def find_optimizer(
    name: str, project_dir: Path, environ: Mapping[str, str] | None = None
) -> OptimizerKind:
    """The optimizer that `name` means in the project at `project_dir`:

    - `random gp forest gbrt`, as well as `skopt:gp` and so on; `bayesian` and
      `gaussian` are other names of `gp`;
    - `FILE.py:CLASS` or `MODULE:CLASS`, a class of the project or of an installed
      package that has `suggest(space, history, rng)`;
    - `FILE.py`, a script of the project that writes its trials (see `guild.optimizers.script`);
    - the name of an entry point in the group `guild.optimizers` that is such a class.

    Code of the project is loaded to find its options. Raises UnknownOptimizerError for an
    unknown name, and GuildError for code that cannot be loaded.
    """
    full_name = _ALIASES.get(name, name)
    if built_in := _BUILT_IN.get(full_name):
        return _kind_of_class(full_name, built_in)
    module_name, colon, class_name = name.rpartition(":")
    if colon and module_name.endswith(".py"):
        return _kind_of_class(name, _class_of(name, _module_of_file(name, project_dir), class_name))
    if name.endswith(".py") and (project_dir / name).is_file():
        return _kind_of_script(name, project_dir, os.environ if environ is None else environ)
    if installed := _entry_point(name):
        return _kind_of_class(name, installed)
    if _MODULE_NAME.fullmatch(module_name) and module_name != "skopt":
        module = _module_by_name(name, module_name, project_dir)
        if module is not None:
            return _kind_of_class(name, _class_of(name, module, class_name))
    raise UnknownOptimizerError(f"unknown optimizer {name!r}{did_you_mean(name, _names())}")


def option_values(kind: OptimizerKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """All options of `kind` by name: those `given`, as the option's type, else the defaults.

    Raises GuildError for an option that `kind` does not have and for a wrong value.
    """
    if kind.options is None:
        return dict(given)
    flags = {flag.name: flag for flag in kind.options}
    for name in given:
        if name not in flags:
            raise GuildError(
                f"unsupported flag '{name}' for optimizer {kind.name}"
                f"{did_you_mean(name, flags)} - see 'guild run {kind.name} --help-op'"
            )
    decided = {
        name: values.coerce(given[name], flag) if name in given else flag.default
        for name, flag in flags.items()
    }
    for name, value in decided.items():
        values.check(value, flags[name])
    return decided


def make_optimizer(kind: OptimizerKind, options: Mapping[str, Any]) -> Optimizer:
    """The optimizer of `kind` with `options` (from `option_values`).

    `prev-trials` is left to the batch loop. Raises GuildError if the options do not fit.
    """
    own = {name: value for name, value in options.items() if name != PREV_TRIALS.name}
    try:
        return kind.make(own)
    except GuildError:
        raise
    except Exception as error:  # whatever the code of a user raises
        raise GuildError(f"cannot make optimizer {kind.name}: {one_line(error)}") from error


# -- Classes


def _kind_of_class(name: str, cls: type[Any]) -> OptimizerKind:
    options: tuple[FlagDef, ...] = getattr(cls, "options", ())
    description = getattr(cls, "description", "") or inspect.getdoc(cls) or ""
    # A class that only has `suggest` is made an `Optimizer`.
    whole = cls if issubclass(cls, Optimizer) else type(cls.__name__, (cls, Optimizer), {})

    def make(values: Mapping[str, Any]) -> Optimizer:
        optimizer: Optimizer = whole(
            **{option.replace("-", "_"): value for option, value in values.items()}
        )
        return optimizer

    return OptimizerKind(name, description, options, make)


def _class_of(name: str, module: ModuleType, class_name: str) -> type[Any]:
    cls = getattr(module, class_name, None)
    if not isinstance(cls, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise GuildError(
            f"cannot load optimizer {name}: there is no class {class_name!r} in "
            f"{module.__name__}{did_you_mean(class_name, classes)}"
        )
    if not callable(getattr(cls, "suggest", None)):
        raise GuildError(
            f"cannot load optimizer {name}: the class has no method suggest(space, history, rng)"
        )
    return cls


def _module_of_file(name: str, project_dir: Path) -> ModuleType:
    path = project_dir / name.rpartition(":")[0]
    if not path.is_file():
        raise GuildError(f"cannot load optimizer {name}: there is no file {path}")
    # Under a name of ours: `random.py` of a project must not pass for Python's.
    spec = importlib.util.spec_from_file_location(f"_guild_optimizer_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    with _importing(name, project_dir):
        spec.loader.exec_module(module)
    return module


def _module_by_name(name: str, module_name: str, project_dir: Path) -> ModuleType | None:
    """The module of the project or of a package; None if there is none."""
    with _importing(name, project_dir):
        try:
            if importlib.util.find_spec(module_name) is None:
                return None
        except ModuleNotFoundError:  # its package is missing
            return None
        return importlib.import_module(module_name)


@contextmanager
def _importing(name: str, project_dir: Path) -> Iterator[None]:
    """Let code of the project import its neighbours, and tell its errors in one line."""
    sys.path.insert(0, str(project_dir))
    try:
        yield
    except Exception as error:  # whatever the code of a user raises
        raise GuildError(f"cannot load optimizer {name}: {one_line(error)}") from error
    finally:
        sys.path.remove(str(project_dir))


def _entry_point(name: str) -> type[Any] | None:
    for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP, name=name):
        with _importing(name, Path()):
            cls = entry_point.load()
        if not isinstance(cls, type) or not callable(getattr(cls, "suggest", None)):
            raise GuildError(
                f"cannot load optimizer {name}: {entry_point.value} is no class with a "
                "method suggest(space, history, rng)"
            )
        return cls
    return None


def _names() -> list[str]:
    installed = [point.name for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)]
    return [*_ALIASES, *_BUILT_IN, *installed]


# -- Scripts


def _kind_of_script(name: str, project_dir: Path, environ: Mapping[str, str]) -> OptimizerKind:
    def make(values: Mapping[str, Any]) -> Optimizer:
        return ScriptOptimizer([sys.executable, name], project_dir, environ, values)

    return OptimizerKind(name, "", None, make)
