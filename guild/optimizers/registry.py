"""Optimizers by name: built-in ones, classes and scripts of the project, installed packages."""

from __future__ import annotations

import importlib
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
from guild.extend.optimizer import PREV_TRIALS, Optimizer
from guild.extend.registry import Registry
from guild.flags import values
from guild.flags.flagdef import FlagDef
from guild.optimizers.suggestion import one_line

OPTIMIZERS = Registry(
    "optimizer",
    "guild.optimizers",
    Optimizer,  # type: ignore[type-abstract]
    {
        "skopt:forest": "guild.optimizers.skopt_search:ForestSearch",
        "skopt:gbrt": "guild.optimizers.skopt_search:GradientBoostingSearch",
        "skopt:gp": "guild.optimizers.skopt_search:GaussianProcessSearch",
        "skopt:random": "guild.optimizers.skopt_search:RandomSearch",
    },
)
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
    """The error for the name of an optimizer that does not exist."""


class OptimizerKind(NamedTuple):
    """An optimizer whose options have not been set yet.

    Attributes:
        name: the full name, such as `skopt:gp` for `gp`; it appears in the names of batches.
        description: the text that `--help-op` shows.
        options: the optimizer's flags, sorted by name; None if it accepts any.
        make: creates the optimizer from the values of its options by name.
    """

    name: str
    description: str
    options: tuple[FlagDef, ...] | None
    make: Callable[[Mapping[str, Any]], Optimizer]


def find_optimizer(
    name: str, project_dir: Path, environ: Mapping[str, str] | None = None
) -> OptimizerKind:
    """Return the optimizer `name` for the project at `project_dir`.

    A name is one of the following:

    - `random`, `gp`, `forest`, `gbrt`, or a full name like `skopt:gp`. `bayesian` and
      `gaussian` are aliases of `gp`.
    - `FILE.py:CLASS` or `MODULE:CLASS`: a class of the project or of an installed
      package with a method `suggest(space, history, rng)`.
    - `FILE.py`: a script of the project that prints its trials; see `guild.optimizers.script`.
    - The name of an entry point in the group `guild.optimizers` that refers to such a class.

    Code of the project is loaded to find its options. Raises UnknownOptimizerError for an
    unknown name, and GuildError for code that cannot be loaded.
    """
    full_name = _ALIASES.get(name, name)
    module_name, colon, class_name = name.rpartition(":")
    if colon and module_name.endswith(".py"):
        return _kind_of_class(name, _class_of(name, _load_file(name, project_dir), class_name))
    if name.endswith(".py") and (project_dir / name).is_file():
        return _kind_of_script(name, project_dir, os.environ if environ is None else environ)
    if registered := OPTIMIZERS.find_class(full_name):
        return _kind_of_class(full_name, _check_class(name, registered))
    if _MODULE_NAME.fullmatch(module_name) and module_name != "skopt":
        module = _load_module(name, module_name, project_dir)
        if module is not None:
            return _kind_of_class(name, _class_of(name, module, class_name))
    suggestion = did_you_mean(name, [*_ALIASES, *OPTIMIZERS.names()])
    raise UnknownOptimizerError(f"unknown optimizer {name!r}{suggestion}")


def option_values(kind: OptimizerKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all options of `kind` by name.

    Values in `given` are converted to the option's type; missing ones get their default.
    Raises GuildError for an unsupported option or an invalid value.
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
    options = {
        name: values.coerce(given[name], flag) if name in given else flag.default
        for name, flag in flags.items()
    }
    for name, value in options.items():
        values.check_value(value, flags[name])
    return options


def make_optimizer(kind: OptimizerKind, values: Mapping[str, Any]) -> Optimizer:
    """Create an optimizer of `kind` with the option `values`, which come from `option_values`.

    `prev-trials` is not passed on, since the batch applies it. Raises GuildError if the
    optimizer rejects its options.
    """
    own = {name: value for name, value in values.items() if name != PREV_TRIALS.name}
    try:
        return kind.make(own)
    except GuildError:
        raise
    except Exception as error:  # user code may raise anything
        raise GuildError(f"cannot create optimizer {kind.name}: {one_line(error)}") from error


# -- Classes


def _kind_of_class(name: str, cls: type[Any]) -> OptimizerKind:
    options: tuple[FlagDef, ...] = getattr(cls, "options", ())
    description = getattr(cls, "description", "") or inspect.getdoc(cls) or ""
    # A class with only `suggest` gets the rest from `Optimizer`.
    is_complete = issubclass(cls, Optimizer)
    optimizer_class = cls if is_complete else type(cls.__name__, (cls, Optimizer), {})

    def make(values: Mapping[str, Any]) -> Optimizer:
        optimizer: Optimizer = optimizer_class(
            **{option.replace("-", "_"): value for option, value in values.items()}
        )
        return optimizer

    return OptimizerKind(name, description, options, make)


def _class_of(name: str, module: ModuleType, class_name: str) -> type[Any]:
    cls = getattr(module, class_name, None)
    if not isinstance(cls, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise GuildError(
            f"cannot load optimizer {name}: class {class_name!r} not found in "
            f"{module.__name__}{did_you_mean(class_name, classes)}"
        )
    return _check_class(name, cls)


def _check_class(name: str, cls: Any) -> type[Any]:
    """Return `cls` if it is a class with a method `suggest`, else raise GuildError."""
    if not isinstance(cls, type) or not callable(getattr(cls, "suggest", None)):
        raise GuildError(
            f"cannot load optimizer {name}: the class has no method suggest(space, history, rng)"
        )
    return cls


def _load_file(name: str, project_dir: Path) -> ModuleType:
    path = project_dir / name.rpartition(":")[0]
    if not path.is_file():
        raise GuildError(f"cannot load optimizer {name}: file {path} not found")
    # The prefix keeps a project's `random.py` from replacing Python's module of that name.
    spec = importlib.util.spec_from_file_location(f"_guild_optimizer_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    with _importing(name, project_dir):
        spec.loader.exec_module(module)
    return module


def _load_module(name: str, module_name: str, project_dir: Path) -> ModuleType | None:
    """Return a module of the project or of a package, or None if it does not exist."""
    with _importing(name, project_dir):
        try:
            if importlib.util.find_spec(module_name) is None:
                return None
        except ModuleNotFoundError:  # its package is missing
            return None
        return importlib.import_module(module_name)


@contextmanager
def _importing(name: str, project_dir: Path) -> Iterator[None]:
    """Let project code import its neighbors, and raise its errors as a GuildError."""
    sys.path.insert(0, str(project_dir))
    try:
        yield
    except Exception as error:  # user code may raise anything
        raise GuildError(f"cannot load optimizer {name}: {one_line(error)}") from error
    finally:
        sys.path.remove(str(project_dir))


# -- Scripts


def _kind_of_script(name: str, project_dir: Path, environ: Mapping[str, str]) -> OptimizerKind:
    from guild.optimizers.script import ScriptOptimizer

    def make(values: Mapping[str, Any]) -> Optimizer:
        return ScriptOptimizer([sys.executable, name], project_dir, environ, values)

    return OptimizerKind(name, "", None, make)
