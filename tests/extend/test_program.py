"""Programs to inspect: their files, modules and the words in them."""

from __future__ import annotations

import pytest

from guild.base.errors import GuildError
from guild.extend.program import Program


@pytest.fixture
def program(tmp_path):
    """`program(files)` writes files and returns the program `train.py`."""

    def create(files: dict[str, str]) -> Program:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return Program(tmp_path / "train.py", [tmp_path])

    return create


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"train.py": "import click"}, True),
        ({"train.py": "import clicker"}, False),
        ({"train.py": "import a", "a.py": "import b", "b.py": "import click"}, True),
        ({"train.py": "from pkg import a", "pkg/__init__.py": "", "pkg/a.py": "click"}, True),
        ({"train.py": "from .a import x", "a.py": "click"}, True),
        ({"train.py": "import a", "a.py": "import train", "b.py": "import click"}, False),
        ({"train.py": "import a", "a.py": "import click ("}, False),
        ({"train.py": "import nowhere"}, False),
    ],
)
def test_mentions_covers_imported_files(program, files, expected):
    assert program(files).mentions(rb"\bclick\b") is expected


def test_mentions_starts_at_another_file(program):
    created = program({"train.py": "import a, b", "a.py": "import b", "b.py": "", "c.py": "click"})
    assert not created.mentions(rb"click")
    assert not created.mentions(rb"click", created.path.with_name("a.py"))
    assert created.mentions(rb"click", created.path.with_name("c.py"))


def test_missing_modules_are_recorded(program):
    created = program({"train.py": "import a"})
    created.mentions(rb"click")
    assert created.files == {
        created.path: b"import a",
        created.path.with_name("a.py"): None,
        created.path.with_name("a") / "__init__.py": None,
    }


def test_names_are_relative_to_the_search_path(program, tmp_path):
    created = program({"pkg/a.py": ""})
    assert created.relative(tmp_path / "pkg" / "a.py") == "pkg/a.py"
    assert created.relative(tmp_path.parent / "x.py") == "x.py"


def test_relative_imports_beyond_the_root_are_not_found(program, tmp_path):
    created = program({"train.py": ""})
    assert created.find_module("a", created.path, level=100) is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "cannot read train.py: No such file or directory"),
        ({"train.py": "x ="}, "train.py:1: not valid Python: invalid syntax"),
    ],
)
def test_unreadable_script_is_an_error(program, files, message):
    created = program(files)
    with pytest.raises(GuildError) as caught:
        created.parse(created.path)
    assert caught.value.message == message
