"""The contract suite for implementations of `guild.extend.flag_finder.FlagFinder`.

A test class inherits `FlagFinderContract` and implements `make` and `example`:

    class TestFireFinder(FlagFinderContract):
        def make(self):
            return FireFinder()

        def example(self):
            return "import fire\nfire.Fire(lambda lr=0.1: lr)\n", {"lr": 0.1}

It requires Hypothesis.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.extend.flag_finder import FlagFinder, FoundFlags
from guild.extend.program import Program

_TYPES = (None, "boolean", "float", "int", "number", "string")
_SCALARS = (type(None), bool, int, float, str)
_FRAGMENTS = [
    "import nowhere",
    "from . import *",
    "def f(*args, x=1, **kwargs): return f(x)",
    "class A(f): x: 'int' = f(A)",
    "for i in f(): x = [i] * 1000",
    "while x: x = x + x",
    "try: f(**x)\nexcept E as e: raise",
    "with f() as (a, *b): pass",
    "x = {**x, 'a': lambda: x}",
    "x = f'{x!r:>{x}}' or [y for y in x if y] @ x[1:](x)",
    "del x",
    "match x:\n    case {'a': y, **z}: x = y",
    "if __name__ == '__main__': f()",
]


class FlagFinderContract(ABC):
    """Tests that every flag finder must pass.

    Attributes:
        is_fallback: whether the finder claims programs that do not use a library.
    """

    is_fallback = False

    @abstractmethod
    def make(self) -> FlagFinder:
        """Return a new finder."""

    @abstractmethod
    def example(self) -> tuple[str, dict[str, Any]]:
        """Return the source of a program that uses the library, and its flags' defaults."""

    def write(self, directory: Path, source: str) -> Program:
        """Write a program with `source` to `directory`. Override this for other formats."""
        path = directory / "program.py"
        path.write_text(source, encoding="utf-8", errors="surrogatepass")
        return Program(path, [directory])

    def find(self, program: Program) -> FoundFlags | None:
        """Return the flags of `program` if the finder claims it."""
        finder = self.make()
        return finder.find(program) if finder.claims(program) else None

    def find_in_example(self, directory: Path, more: str = "") -> FoundFlags:
        """Return the flags of the example, which contains `more` at its start."""
        result = self.find(self.write(directory, more + self.example()[0]))
        assert result is not None
        return result

    def test_finds_flags_of_the_example(self, tmp_path: Path) -> None:
        flags = self.find_in_example(tmp_path).flags
        assert {name: flag.default for name, flag in flags.items()} == self.example()[1]

    def test_flags_are_valid(self, tmp_path: Path) -> None:
        result = self.find_in_example(tmp_path)
        assert result.dest.partition(":")[0] in self.make().dests
        assert all("\n" not in warning for warning in result.warnings)
        for name, flag in result.flags.items():
            assert name
            assert flag.name == name
            assert flag.type in _TYPES
            assert isinstance(flag.default, _SCALARS)
            assert all(isinstance(choice.value, _SCALARS) for choice in flag.choices)
            assert flag.source.startswith("program.")
            assert "\n" not in flag.description
            json.dumps(flag)  # results are cached as JSON

    def test_program_is_not_executed(self, tmp_path: Path) -> None:
        marker = tmp_path / "executed"
        self.find_in_example(tmp_path, f"open({str(marker)!r}, 'w').close()\n")
        assert not marker.exists()

    def test_results_are_repeatable(self, tmp_path: Path) -> None:
        first, second = (self.find_in_example(tmp_path) for _ in range(2))
        assert first == second
        assert list(first.flags) == list(second.flags)

    def test_source_is_read_through_the_program(self, tmp_path: Path) -> None:
        program = self.write(tmp_path, self.example()[0])
        self.find(program)
        assert program.files[program.path] == program.path.read_bytes()

    def test_other_programs_are_not_claimed(self, tmp_path: Path) -> None:
        program = Program(tmp_path / "other.py")
        program.path.write_text("x = 1\n")
        assert self.make().claims(program) is self.is_fallback

    def test_claims_are_cheap(self, tmp_path: Path) -> None:
        program = self.write(tmp_path, self.example()[0] + "x = [1, 2, 3]\n" * 2000)
        finder = self.make()
        start = time.process_time()
        assert all(finder.claims(program) for _ in range(200))
        assert time.process_time() - start < 1  # parsing again each time takes longer

    def test_any_source_is_accepted(self) -> None:
        lines = [line for line in self.example()[0].splitlines() if line.strip()]
        statements = st.lists(st.sampled_from(lines + _FRAGMENTS), max_size=12).map("\n".join)

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(statements | st.text(max_size=60), st.booleans())
        def check(source: str, with_example: bool) -> None:
            with tempfile.TemporaryDirectory() as directory:
                full_source = self.example()[0] + source if with_example else source
                program = self.write(Path(directory), full_source)
                with contextlib.suppress(GuildError):
                    self.find(program)

        check()
