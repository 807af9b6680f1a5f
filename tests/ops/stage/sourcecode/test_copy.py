"""Copies of source code: content, permissions, manifest, digest and files that fail."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.source_tree import BINARY, make, rules, select

from guild.base.errors import GuildError
from guild.guildfile.sourcecode_def import SourceCodeDef
from guild.ops.stage.sourcecode.code_copy import copy_selection
from guild.ops.stage.sourcecode.file_decisions import MAX_SIZE
from guild.ops.stage.sourcecode.file_selection import Selection
from guild.runs.manifest import ManifestEntry

DEFAULT = SourceCodeDef()
ALL = rules("include *")


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def expected_digest(files: dict[str, bytes]) -> str:
    """Return the digest of source code files as Guild AI 0.9 defines it."""
    data = b"".join(os.fsencode(name) + b"\0" + files[name] + b"\0" for name in sorted(files))
    return hashlib.md5(data).hexdigest()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    (tmp_path / "run" / ".guild").mkdir(parents=True)
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('hello-1')", "a17a8625d62d51b51264a0a4757fefa8"),
        ("print('hello-2')", "e0c8c7babaeb011426609e980529e4d5"),
    ],
)
def test_digest_of_one_file(tmp_path: Path, run_dir: Path, code: str, expected: str) -> None:
    root = make(tmp_path / "project", {"hello.py": code})
    copied = copy_selection(select(root, DEFAULT), run_dir)
    assert copied.digest == expected


def test_digest_covers_paths_in_the_run_in_order(tmp_path: Path, run_dir: Path) -> None:
    # Guild AI 0.9 computes this digest for the same files.
    names = ["a.py", "sub/x/t.py", "sub.py", "sub/b.py", "sub-a.py", "Z.py"]
    root = make(tmp_path / "project", {name: f"#{name}\n" for name in names})
    copied = copy_selection(select(root, DEFAULT), run_dir, "lib/src")
    assert copied.digest == "d1f523a37102bd7d2f22a80bf37d4aed"
    assert [entry.run_path for entry in copied.entries] == [
        f"lib/src/{name}" for name in sorted(names)
    ]
    assert copied.entries[1].source == "a.py"


def test_content_and_manifest(tmp_path: Path, run_dir: Path) -> None:
    files = {"a.py": b"1\n", "sub/deep/b.png": BINARY, "empty": b"", "big": b"x\0" * MAX_SIZE}
    copied = copy_selection(select(make(tmp_path / "project", files), ALL), run_dir)
    assert content(run_dir) == files
    assert copied.entries == tuple(
        ManifestEntry("s", name, sha1(data), name) for name, data in sorted(files.items())
    )
    assert copied.warnings == ()
    assert copied.digest == expected_digest(content(run_dir))


@given(
    st.dictionaries(
        st.text("ab.-é\udcff \n", min_size=1, max_size=5).filter(lambda n: n not in (".", "..")),
        st.binary(max_size=20),
        max_size=5,
    )
)
def test_digest_of_any_files(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    root = make(tmp_path_factory.mktemp("project"), files)
    copied = copy_selection(select(root, ALL), tmp_path_factory.mktemp("run"))
    assert copied.digest == (expected_digest(files) if files else None)


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o444, 0o777])
def test_copy_preserves_permissions(tmp_path: Path, run_dir: Path, mode: int) -> None:
    root = make(tmp_path / "project", ["a.sh"])
    (root / "a.sh").chmod(mode)
    copy_selection(select(root, DEFAULT), run_dir)
    assert (run_dir / "a.sh").stat().st_mode & 0o7777 == mode


def test_copy_follows_links(tmp_path: Path, run_dir: Path) -> None:
    root = make(tmp_path / "project", {"a.py": "1"})
    (root / "link.py").symlink_to("a.py")
    copy_selection(select(root, DEFAULT), run_dir)
    assert not (run_dir / "link.py").is_symlink()
    assert (run_dir / "link.py").read_text() == "1"


def test_copy_never_writes_into_existing_files(tmp_path: Path, run_dir: Path) -> None:
    other = make(tmp_path / "other", {"a.py": "other", "b.py": "other"})
    os.link(other / "a.py", run_dir / "a.py")
    (run_dir / "b.py").symlink_to(other / "b.py")
    copy_selection(select(make(tmp_path / "project", {"a.py": "1", "b.py": "2"}), DEFAULT), run_dir)
    assert (run_dir / "a.py").read_text() + (run_dir / "b.py").read_text() == "12"
    assert (other / "a.py").read_text() + (other / "b.py").read_text() == "otherother"


def test_copy_warns_about_files_that_vanished(tmp_path: Path, run_dir: Path) -> None:
    root = make(tmp_path / "project", {"a.py": "1", "b.py": "2", "big": b"x" * (MAX_SIZE + 1)})
    make(root, {"folder": "1", "pipe": "1"})
    selection = select(root, ALL)
    for name in ("b.py", "big", "folder", "pipe"):
        (root / name).unlink()
    (root / "folder").mkdir()
    copied = copy_selection(selection, run_dir)
    assert content(run_dir) == {"a.py": b"1"}
    assert copied.warnings == (
        "cannot copy source code: b.py: No such file or directory, "
        "big: No such file or directory, folder: Is a directory and 1 more",
    )
    assert copied.digest == expected_digest(content(run_dir))


def test_a_big_file_that_becomes_a_folder_leaves_nothing(tmp_path: Path, run_dir: Path) -> None:
    root = make(tmp_path / "project", {"a.py": "1", "big": b"x" * (MAX_SIZE + 1)})
    selection = select(root, ALL)
    (root / "big").unlink()
    (root / "big").mkdir()
    assert (
        copy_selection(selection, run_dir).digest
        == copy_selection(select(root, ALL), run_dir).digest
    )
    assert content(run_dir) == {"a.py": b"1"}


def test_a_pipe_in_place_of_a_file_does_not_stop_the_copy(tmp_path: Path, run_dir: Path) -> None:
    root = make(tmp_path / "project", {"a.py": "1"})
    selection = select(root, DEFAULT)
    (root / "a.py").unlink()
    os.mkfifo(root / "a.py")
    copy_selection(selection, run_dir)


def test_a_file_that_grows_meanwhile_is_copied_whole(tmp_path: Path, run_dir: Path) -> None:
    root = make(tmp_path / "project", {"a.py": "1"})
    selection = select(root, DEFAULT)
    (root / "a.py").write_bytes(b"x" * 3_000_000)
    copied = copy_selection(selection, run_dir)
    assert (run_dir / "a.py").read_bytes() == b"x" * 3_000_000
    assert copied.entries[0].hash == sha1(b"x" * 3_000_000)


@pytest.mark.parametrize("dest", ["..", "../x", "a/../../x", "/x", "/"])
def test_dest_stays_in_the_run(tmp_path: Path, run_dir: Path, dest: str) -> None:
    selection = select(make(tmp_path / "project", ["a.py"]), DEFAULT)
    if dest == "/":
        copy_selection(selection, run_dir, dest)
        assert content(run_dir) == {"a.py": b"a.py"}
        return
    with pytest.raises(GuildError, match="it must be inside the run directory"):
        copy_selection(selection, run_dir, dest)


def test_dest_among_guilds_own(tmp_path: Path, run_dir: Path) -> None:
    selection = select(make(tmp_path / "project", ["a.py"]), DEFAULT)
    with pytest.raises(GuildError, match=r"'\.guild/attrs': .guild is reserved for Guild"):
        copy_selection(selection, run_dir, ".guild/attrs")
    copy_selection(selection, run_dir, ".guild/sourcecode")
    assert content(run_dir) == {".guild/sourcecode/a.py": b"a.py"}


def test_an_empty_selection(run_dir: Path) -> None:
    copied = copy_selection(Selection("/", (), (), (), ()), run_dir)
    assert copied == ((), None, ())


def test_runs_that_share_source_code_stay_apart(tmp_path: Path, run_dir: Path) -> None:
    files = {"a.py": b"1", "sub/big": b"x" * (MAX_SIZE + 1), "sub/run.sh": b"x"}
    root = make(tmp_path / "project", files)
    (root / "sub" / "run.sh").chmod(0o755)
    copy_selection(select(root, ALL), run_dir)
    copy_selection(select(run_dir, ALL), tmp_path / "trial", share=True)
    assert content(tmp_path / "trial") == files
    assert (tmp_path / "trial" / "sub" / "run.sh").stat().st_mode & 0o777 == 0o755
    for name in files:
        with open(tmp_path / "trial" / name, "r+b") as file:
            file.write(b"changed")
    assert content(run_dir) == files
