"""Which files of a project may have to do with a command line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from guild.base.errors import GuildError
from guild.plugins.python_flags.project import Project

_WORDS = re.compile(rb"argparse|ArgumentParser|ArgParser|\bclick\b|asyncclick|rich_click|\btyper\b")
_MAX_FILES = 400


class Relevance:
    """Whether a file, or any project file that it imports, names a modelled library."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[Path, bool] = {}

    def __call__(self, path: Path) -> bool:
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, start: Path) -> bool:
        pending, seen = [start], {start}
        while pending and len(seen) <= _MAX_FILES:
            path = pending.pop()
            if self._known.get(path):
                return True
            try:
                tree = self._project.parse(path)
            except GuildError:
                continue
            if _WORDS.search(self._project.files[path] or b""):
                return True
            imported = self._imports(path, tree) - seen
            seen |= imported
            pending.extend(sorted(imported))
        return False

    def _imports(self, path: Path, tree: ast.Module) -> set[Path]:
        found: set[Path | None] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found.add(self._project.find_module(alias.name, path))
            elif isinstance(node, ast.ImportFrom):
                module = self._project.find_module(node.module or "", path, node.level)
                found.add(module)
                if module is not None and module.name == "__init__.py":
                    for alias in node.names:
                        found.add(self._project.find_module(alias.name, module, 1))
        return {item for item in found if item is not None}
