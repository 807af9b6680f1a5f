"""The files of a project: where a module is, and what it says as a syntax tree."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from guild.base.errors import GuildError


class Project:
    """Reads the source files of one inspection, each once.

    Attributes:
        search_path: the folders in which modules are looked for, the first
            being the one that file names in messages are relative to.
        files: the content of each file that was looked at, None for one
            that could not be read.
    """

    def __init__(self, search_path: Sequence[Path]) -> None:
        self.search_path = [Path(os.path.abspath(folder)) for folder in search_path]
        self.files: dict[Path, bytes | None] = {}
        self._trees: dict[Path, ast.Module] = {}

    def relative(self, path: Path) -> str:
        """`path` as messages show it: below the first folder of the search path that holds it."""
        path = Path(os.path.abspath(path))
        for folder in self.search_path:
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return path.name

    def parse(self, path: Path) -> ast.Module:
        """The syntax tree of the Python file `path`.

        Raises GuildError, in one line with file and line number, for a file
        that is missing, unreadable or no valid Python.
        """
        if path in self._trees:
            return self._trees[path]
        tree = self._trees[path] = self._parse(path)
        return tree

    def _parse(self, path: Path) -> ast.Module:
        name = self.relative(path)
        try:
            data = self.files[path] = path.read_bytes()
        except OSError as error:
            raise GuildError(f"cannot read {name}: {error.strerror}") from None
        try:
            with warnings.catch_warnings():  # those about odd escapes are Python's to give
                warnings.simplefilter("ignore")
                return ast.parse(data, filename=name)
        except SyntaxError as error:
            line = error.lineno or 1
            raise GuildError(f"{name}:{line}: not valid Python: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise GuildError(f"{name}:1: not valid Python: {error}") from None

    def find_module(self, name: str, importer: Path, level: int = 0) -> Path | None:
        """The project file of the module `name`, as `import` in the file `importer` finds it.

        `level` counts the leading dots of a relative import. A module outside the
        search path and the importer's folder, such as an installed package, is None.
        """
        parts = name.split(".") if name else []
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            return self._module_file(base, parts)
        for folder in self.search_path:
            if found := self._module_file(folder, parts):
                return found
        return None

    def _module_file(self, folder: Path, parts: Sequence[str]) -> Path | None:
        base = folder.joinpath(*parts)
        candidates = [base / "__init__.py"]
        if parts:
            candidates.insert(0, base.with_name(f"{base.name}.py"))
        for path in candidates:
            if path.is_file():
                return path
            self.files.setdefault(path, None)  # its appearance would change the result
        return None
