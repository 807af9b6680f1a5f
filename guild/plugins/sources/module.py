"""Sources `module: NAME`: Python modules that have to be installed."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import Any

from guild.base.errors import GuildError
from guild.extend.source import Source, SourceRequest


class ModuleSource(Source):
    """A Python module. It is looked up but not imported."""

    def resolve(self, request: SourceRequest) -> None:
        """Raise GuildError if the module is neither installed nor part of the project."""
        name = request.source.target
        first, *rest = name.split(".")
        if first in sys.builtin_module_names and not rest:
            return
        path: Any = [str(request.source_root), *sys.path]
        for part in (first, *rest):
            spec = PathFinder.find_spec(part, path) if path is not None else None
            if spec is None:
                raise GuildError(f"cannot find Python module '{name}'")
            path = spec.submodule_search_locations
