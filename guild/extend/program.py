"""A program to inspect: its files, read but never executed."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from guild.base.errors import GuildError

_MAX_FILES = 400


class Program:
    """A script or notebook, and the project files that it imports. Each is read once.

    Attributes:
        path: the script or notebook.
        name: its path in messages.
        search_path: the directories in which imported modules are looked up. File names
            in messages are relative to the first one that contains the file.
        dest: the requested `flags-dest`; None to choose by the source.
        args: words that the program is always started with.
        files: the content of each file that was looked up; None if it cannot be read.
    """

    def __init__(
        self,
        path: Path,
        search_path: Sequence[Path] = (),
        dest: str | None = None,
        args: Sequence[str] = (),
    ) -> None:
        """Add the directory of `path` to the end of `search_path`."""
        self.path = Path(os.path.abspath(path))
        self.search_path = [Path(os.path.abspath(d)) for d in (*search_path, self.path.parent)]
        self.name = self.relative(self.path)
        self.dest = dest
        self.args = args
        self.files: dict[Path, bytes | None] = {}
        self._trees: dict[Path, ast.Module] = {}
        self._imports: dict[Path, list[Path]] = {}
        self._mentions: dict[tuple[bytes, Path], bool] = {}

    @property
    def dest_kind(self) -> str:
        """Part of `dest` before the colon; empty without a `dest`."""
        return (self.dest or "").partition(":")[0]

    @property
    def is_notebook(self) -> bool:
        """True for a Jupyter notebook, which `parse` does not support."""
        return self.path.suffix == ".ipynb"

    @property
    def tree(self) -> ast.Module:
        """Syntax tree of the script. Raises GuildError as `parse` does."""
        return self.parse(self.path)

    def relative(self, path: Path) -> str:
        """Return `path` as messages show it."""
        path = Path(os.path.abspath(path))
        for directory in self.search_path:
            if path.is_relative_to(directory):
                return path.relative_to(directory).as_posix()
        return path.name

    def read(self, path: Path) -> bytes:
        """Return the content of `path`. Raises GuildError if it cannot be read."""
        content = self.files.get(path)
        if content is None:
            self.files[path] = None
            try:
                content = self.files[path] = path.read_bytes()
            except OSError as error:
                raise GuildError(f"cannot read {self.relative(path)}: {error.strerror}") from None
        return content

    def parse(self, path: Path) -> ast.Module:
        """Return the syntax tree of the Python file `path`.

        Raises GuildError, with file and line number, if it is unreadable or invalid.
        """
        if path not in self._trees:
            self._trees[path] = self._parse(path)
        return self._trees[path]

    def _parse(self, path: Path) -> ast.Module:
        name = self.relative(path)
        data = self.read(path)
        try:
            with warnings.catch_warnings():  # Python itself warns about invalid escapes
                warnings.simplefilter("ignore")
                return ast.parse(data, filename=name)
        except SyntaxError as error:
            line = error.lineno or 1
            raise GuildError(f"{name}:{line}: not valid Python: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise GuildError(f"{name}:1: not valid Python: {error}") from None

    def find_module(self, name: str, importer: Path, level: int = 0) -> Path | None:
        """Return the project file of the module `name` as imported by the file `importer`.

        `level` is the number of leading dots of a relative import. Returns None for a
        module outside the search path, such as an installed package.
        """
        parts = name.split(".") if name else []
        if level:
            return self._module_file(importer.parents[min(level, len(importer.parents)) - 1], parts)
        for directory in self.search_path:
            if path := self._module_file(directory, parts):
                return path
        return None

    def _module_file(self, directory: Path, parts: Sequence[str]) -> Path | None:
        base = directory.joinpath(*parts)
        candidates = [base / "__init__.py"]
        if parts:
            candidates.insert(0, base.with_name(f"{base.name}.py"))
        for path in candidates:
            if path.is_file():
                return path
            self.files.setdefault(path, None)  # a result changes when the file appears
        return None

    def mentions(self, pattern: bytes, path: Path | None = None) -> bool:
        """Return whether the regular expression `pattern` matches in the program's source.

        The search covers the script, or the file `path`, and the project files that it
        imports, and stops at the first match. Invalid Python and notebooks never match.
        """
        start = self.path if path is None else path
        if (pattern, start) not in self._mentions:
            self._search(pattern, start)
        return self._mentions[pattern, start]

    def _search(self, pattern: bytes, start: Path) -> None:
        words = re.compile(pattern)
        pending, reached = [start], {start}
        while pending and len(reached) <= _MAX_FILES:
            path = pending.pop()
            result = self._mentions.get((pattern, path))
            if result is False:
                continue
            if result or self._matches(words, path):
                self._mentions[pattern, start] = True
                return
            imported = [file for file in self._imported_files(path) if file not in reached]
            reached.update(imported)
            pending.extend(imported)
        # Nothing that these files import matches either, unless the search was cut short.
        for path in [start] if pending else reached:
            self._mentions[pattern, path] = False

    def _matches(self, words: re.Pattern[bytes], path: Path) -> bool:
        if path.suffix == ".ipynb":
            return False
        try:
            self.parse(path)
        except GuildError:
            return False
        return words.search(self.read(path)) is not None

    def _imported_files(self, path: Path) -> list[Path]:
        if path not in self._imports:
            try:
                self._imports[path] = sorted(self._resolve_imports(path, self.parse(path)))
            except GuildError:
                self._imports[path] = []
        return self._imports[path]

    def _resolve_imports(self, path: Path, tree: ast.Module) -> set[Path]:
        files: set[Path | None] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                files.update(self.find_module(alias.name, path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = self.find_module(node.module or "", path, node.level)
                files.add(module)
                if module is not None and module.name == "__init__.py":
                    files.update(self.find_module(alias.name, module, 1) for alias in node.names)
        return {file for file in files if file is not None}
