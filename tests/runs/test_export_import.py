"""`guild export` and `guild import`: folders and zip files of runs."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from guild.testing.project import GUILD, Project

MakeProject = Callable[..., Project]

ARCHIVES = ("archive", "archive.zip")


def _made(project: MakeProject, runs: int = 2) -> Project:
    p = project({"hello.py": "x = 1\nprint('hello', x)\n"})
    for n in range(runs):
        p.run("run", "hello.py", f"x={n}", "-y").assert_ok()
    return p


def _tree(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = os.fsdecode(os.fsencode(path.relative_to(folder)))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_file():
            found[name] = (path.stat().st_mode & 0o777, path.read_bytes())
    return found


def _new_home(p: Project) -> dict[str, str]:
    home = p.home.parent / "other-home"
    home.mkdir(exist_ok=True)
    return {"GUILD_HOME": str(home)}


@pytest.mark.parametrize("archive", ARCHIVES)
def test_there_and_back(project: MakeProject, archive: str) -> None:
    p = _made(project)
    run_dir = p.run_dir()
    (run_dir / "tool").write_text("#!/bin/sh\n")
    (run_dir / "tool").chmod(0o755)
    odd = os.fsencode(run_dir) + b"/caf\xe9 'x'\n\xff"
    Path(os.fsdecode(odd)).write_bytes(b"\x00\xff")
    (run_dir / "größe").mkdir()
    os.symlink("tool", run_dir / "link")
    os.symlink(run_dir / "tool", run_dir / "größe" / "whole")
    second, first = p.run_ids()
    p.run("export", archive, "-y").assert_ok().assert_out(
        f"Copying {second}\nCopying {first}\nExported 2 run(s) to {archive}"
    )
    p.run("import", archive, "-y", env=_new_home(p)).assert_ok().assert_out(
        f"Copying {second}\nCopying {first}\nImported 2 run(s) from {archive}"
    )
    before = _tree(p.home / "runs")
    assert before.pop(f"{second}/größe/whole") == ("link", str(run_dir / "tool"))
    after = _tree(p.home.parent / "other-home" / "runs")
    assert after.pop(f"{second}/größe/whole") == ("link", "../tool")
    assert after == before


@pytest.mark.parametrize("archive", ARCHIVES)
def test_what_is_there_is_skipped(project: MakeProject, archive: str) -> None:
    p = _made(project)
    second, first = p.run_ids()
    p.run("export", archive, "2", "-y").assert_ok()
    where = "" if archive.endswith(".zip") else f"{archive}/"
    p.run("export", archive, "-y").assert_ok().assert_out(
        f"Copying {second}\nExported 1 run(s) to {archive}"
    ).assert_err(f"WARNING: {where}{first} exists, skipping")
    p.run("import", archive, "-y").assert_ok().assert_out(
        f"Imported 0 run(s) from {archive}"
    ).assert_err(f"WARNING: {second} exists, skipping\nWARNING: {first} exists, skipping")


@pytest.mark.parametrize("archive", ARCHIVES)
def test_moving(project: MakeProject, archive: str) -> None:
    p = _made(project)
    second, first = p.run_ids()
    p.run("export", archive, "1", "--move", "-y").assert_ok().assert_out(
        f"Moving {second}\nExported 1 run(s) to {archive}"
    )
    assert p.run_ids() == [first]
    moved = p.run("import", archive, "--move", "-y")
    if archive.endswith(".zip"):
        moved.assert_error("'--move' cannot be used with zip archives")
    else:
        moved.assert_ok().assert_out(f"Moving {second}\nImported 1 run(s) from {archive}")
        assert p.run_ids() == [second, first]
        assert os.listdir(p.path / archive) == [".guild-nocopy"]


def test_asking(project: MakeProject) -> None:
    p = _made(project, 1)
    asked = p.run("export", "archive", stdin="n\n")
    assert asked.exit_code == 4
    assert asked.out.splitlines()[0] == "You are about to copy the following runs to 'archive':"
    assert not (p.path / "archive").exists()
    p.run("export", "archive.zip", stdin="y\n").assert_ok()
    asked = p.run("import", "archive.zip", stdin="n\n", env=_new_home(p))
    assert asked.exit_code == 4


def test_nothing_to_do(project: MakeProject) -> None:
    p = project({})
    p.run("export", "archive", "-y").assert_ok().assert_out("No runs to export.")
    p.run("import", ".", "-y").assert_ok().assert_out("No runs to import.")


def test_archives_are_listed(project: MakeProject) -> None:
    p = _made(project)
    listing = p.run("runs").assert_ok().out
    for archive in ARCHIVES:
        p.run("export", archive, "-y").assert_ok()
        p.run("runs", "--archive", archive).assert_ok().assert_out(listing)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_resources(project: MakeProject, archive: str) -> None:
    p = _made(project, 1)
    p.write({"data/a.txt": "a"})
    run_dir = p.run_dir()
    os.symlink("../../../project/data", run_dir / "data")
    os.symlink("../data", p.path / "data/again")
    p.run("export", archive, "-y").assert_ok()
    p.run("import", archive, "-y", env=_new_home(p)).assert_ok()
    there = p.home.parent / "other-home" / "runs" / run_dir.name / "data"
    assert (there / "a.txt").read_text() == "a"
    assert there.is_symlink() == (archive == "archive")
    p.run("export", "copies", "--copy-resources", "-y").assert_ok()
    copied = p.path / "copies" / run_dir.name / "data"
    assert not copied.is_symlink()
    assert (copied / "a.txt").read_text() == "a"


@pytest.mark.parametrize("archive", ARCHIVES)
def test_links_to_trials_stay_among_runs(project: MakeProject, archive: str) -> None:
    p = _made(project)
    batch, trial = p.run_ids()
    os.symlink(p.home / "runs" / trial, p.run_dir() / trial)
    p.run("export", archive, "-y").assert_ok()
    p.run("import", archive, "-y", env=_new_home(p)).assert_ok()
    link = p.home.parent / "other-home" / "runs" / batch / trial
    assert os.readlink(link) == f"../{trial}"
    assert (link / ".guild").is_dir()


@pytest.mark.parametrize("archive", ARCHIVES)
def test_what_cannot_be_copied_is_told(project: MakeProject, archive: str) -> None:
    p = _made(project, 1)
    run = p.runs()[0]
    os.mkfifo(p.run_dir() / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(p.run_dir())
        server.bind("sock")
    p.run("export", archive, "-y").assert_ok().assert_err(
        f"""
        WARNING: {run.short_id}/pipe was not copied: it is a special file or a broken link
        WARNING: {run.short_id}/sock was not copied: it is a special file or a broken link
        """
    )


def test_a_running_run_is_not_moved(project: MakeProject) -> None:
    p = _made(project, 1)
    (p.run_dir() / ".guild/LOCK").write_text(str(os.getpid()))
    short_id = p.runs()[0].short_id
    p.run("export", "archive", "--move", "-y").assert_error(
        f"run {short_id} is running and cannot be exported with --move; "
        f"stop it first with 'guild stop {short_id}'"
    )
    assert len(p.runs()) == 1


# -- Zip files that are not to be trusted

RUN = "0123456789abcdef" * 2


def _zip(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{RUN}/.guild/opref", "script:/p '' '' a.py")
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        for name, text in (links or {}).items():
            link = zipfile.ZipInfo(name)
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"{RUN}/../../evil", "is not a path in a run"),
        ("../evil", "is not a path in a run"),
        ("/tmp/evil", "is not a path in a run"),
        (f"{RUN}//evil", "is not a path in a run"),
        (f"{RUN}/./evil", "is not a path in a run"),
        ("evil", "is not part of a run"),
        (RUN, "is not part of a run"),
    ],
)
def test_members_outside_of_runs(project: MakeProject, name: str, reason: str) -> None:
    p = project({})
    _zip(p.path / "a.zip", {name: b"x"})
    p.run("import", "a.zip", "-y").assert_error(
        f"archive 'a.zip' is {'invalid' if 'part' in reason else 'unsafe'}: {name!r} {reason}"
    )
    assert list(p.home.glob("runs/*")) == []
    assert not list(p.home.parent.rglob("evil"))


def test_folder_that_is_not_a_run(project: MakeProject) -> None:
    p = project({})
    _zip(p.path / "a.zip", {"folder/evil": b"x"})
    p.run("import", "a.zip", "-y").assert_error("archive 'a.zip' is invalid: 'folder' is not a run")
    assert list(p.home.glob("runs/*")) == []


@pytest.mark.parametrize("text", ["/etc/passwd", "../../x", "a/../../../x", "../other", ""])
def test_links_out_of_a_run(project: MakeProject, text: str) -> None:
    p = project({})
    _zip(p.path / "a.zip", {}, {f"{RUN}/link": text})
    p.run("import", "a.zip", "-y").assert_error(
        "archive 'a.zip' is unsafe: link 'link' points outside its run"
    )
    assert list(p.home.glob("runs/*")) == []


def test_nothing_is_written_through_a_link(project: MakeProject) -> None:
    p = project({})
    _zip(p.path / "a.zip", {f"{RUN}/link/evil": b"x"}, {f"{RUN}/link": f"../{'f' * 32}"})
    p.run("import", "a.zip", "-y").assert_error(
        "archive 'a.zip' is unsafe: 'link/evil' is behind a link"
    )


def test_a_member_twice(project: MakeProject) -> None:
    p = project({})
    with pytest.warns(UserWarning, match="Duplicate"):
        _zip(p.path / "a.zip", {f"{RUN}/.guild/opref": b"x"})
    p.run("import", "a.zip", "-y").assert_error(
        f"archive 'a.zip' is invalid: duplicate member '{RUN}/.guild/opref'"
    )


def test_a_folder_that_is_no_run(project: MakeProject) -> None:
    p = project({})
    other = "f" * 32
    _zip(p.path / "a.zip", {f"{other}/file": b"x"})
    p.run("import", "a.zip", "-y").assert_error(
        f"archive 'a.zip' is invalid: '{other}' is not a run"
    )


def test_a_bomb(project: MakeProject) -> None:
    p = project({})
    with zipfile.ZipFile(p.path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{RUN}/.guild/opref", "x")
        with archive.open(f"{RUN}/zeros", "w") as member:
            for _ in range(128):
                member.write(bytes(1 << 20))
    size = (p.path / "a.zip").stat().st_size
    p.run("import", "a.zip", "-y").assert_error(
        f"archive 'a.zip' is unsafe: {size} compressed bytes claim to expand to {(128 << 20) + 1}"
    )


def test_members_that_a_wrong_length_hides(project: MakeProject) -> None:
    p = project({})
    with zipfile.ZipFile(p.path / "a.zip", "w") as archive:
        archive.writestr(f"{RUN}/.guild/opref", "x")
        archive.writestr(f"{RUN}/hidden", "")
    data = bytearray((p.path / "a.zip").read_bytes())
    first, second = data.index(b"PK\1\2"), data.rindex(b"PK\1\2")
    end = data.index(b"PK\5\6")
    data[first + 32 : first + 34] = (end - second).to_bytes(2, "little")  # a comment's length
    (p.path / "a.zip").write_bytes(data)
    assert len(zipfile.ZipFile(p.path / "a.zip").namelist()) == 1
    p.run("import", "a.zip", "-y").assert_error(
        "cannot read archive 'a.zip': the list of files is damaged"
    )


def test_every_cut_and_flipped_byte(project: MakeProject) -> None:
    p = _made(project, 1)
    p.run("export", "a.zip", "-y").assert_ok()
    data = (p.path / "a.zip").read_bytes()
    env = _new_home(p)
    runs_dir = p.home.parent / "other-home" / "runs"
    whole = _tree(p.home / "runs")
    damaged = [data[: len(data) * n // 6] for n in range(6)]
    damaged += [
        data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        for at in range(50, len(data), len(data) // 10)
    ]
    for n, content in enumerate(damaged):
        (p.path / "b.zip").write_bytes(content)
        result = p.run("import", "b.zip", "-y", env=env)
        if result.exit_code == 0:  # what was flipped is a date, or is read from elsewhere
            assert {name.partition("/")[2] for name in _tree(runs_dir)} == {
                name.partition("/")[2] for name in whole
            }, n
            subprocess.run(["rm", "-rf", str(runs_dir)], check=True)
        else:
            assert result.exit_code == 1, (n, result)
            assert result.err.count("\n") == 0, (n, result.err)
            assert list(runs_dir.glob("*")) == []


# -- Places that cannot be written


def _limited(p: Project, size: int, *args: str) -> tuple[int, str]:
    """The exit code and standard error of guild where files get no larger than `size`."""
    done = subprocess.run(
        [str(GUILD), *args],
        cwd=p.path,
        env=p.env,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_full_disk(project: MakeProject, archive: str) -> None:
    p = _made(project)
    (p.run_dir() / "large").write_bytes(os.urandom(300_000))
    p.run("export", archive, "2", "-y").assert_ok()
    before = _tree(p.path)
    code, err = _limited(p, 200_000, "export", archive, "1", "-y")
    assert code == 1
    assert err.startswith(f"guild: cannot export to '{archive}': File too large")
    assert len(err.splitlines()) == 1
    assert _tree(p.path) == before
    assert len(p.runs()) == 2


def test_a_disk_too_full_for_a_copy_of_the_archive(project: MakeProject) -> None:
    p = _made(project)
    (p.run_dir() / "large").write_bytes(os.urandom(300_000))
    p.run("export", "archive.zip", "1", "-y").assert_ok()
    before = _tree(p.path)
    code, err = _limited(p, 200_000, "export", "archive.zip", "2", "-y")
    assert (code, err.splitlines()) == (
        1,
        ["guild: cannot export to 'archive.zip': File too large"],
    )
    assert _tree(p.path) == before


def test_a_full_home(project: MakeProject) -> None:
    p = _made(project)
    (p.run_dir() / "large").write_bytes(os.urandom(300_000))
    short_id = p.runs()[0].short_id
    for archive in ARCHIVES:
        p.run("export", archive, "-y").assert_ok()
    p.run("runs", "rm", "-y", "--permanent").assert_ok()
    for archive in ARCHIVES:
        code, err = _limited(p, 200_000, "import", archive, "1", "-y")
        assert code == 1
        assert err.startswith(f"guild: cannot import run {short_id}: File too large")
        assert len(err.splitlines()) == 1
        assert list(p.home.glob("runs/*")) == []
        assert list(p.home.glob("runs/.[!.]*")) == []


def test_a_place_that_cannot_be(project: MakeProject) -> None:
    p = _made(project, 1)
    p.write({"file": "x", "no.zip": "x"})
    p.run("export", "file", "-y").assert_error("'file' is not a directory")
    p.run("export", "file/a", "-y").assert_error(
        "cannot export to 'file/a': Not a directory (file/a)"
    )
    p.run("export", "file/a.zip", "-y").assert_error(
        f"cannot export to 'file/a.zip': File exists ({p.path}/file)"
    )
    p.run("export", "no.zip", "-y").assert_error(
        "cannot read archive 'no.zip': File is not a zip file"
    )
    assert (p.path / "no.zip").read_text() == "x"
    p.run("import", "none", "-y").assert_error("archive 'none' does not exist")
    p.run("import", "file", "-y").assert_error(
        "invalid archive 'file': expected a directory or a zip file"
    )
    p.run("import", "no.zip", "-y").assert_error(
        "cannot read archive 'no.zip': File is not a zip file"
    )


@pytest.mark.parametrize("place", ["output", "attrs", "proto/.guild/attrs"])
def test_a_folder_whose_files_of_guild_lie_elsewhere(
    project: MakeProject, tmp_path: Path, place: str
) -> None:
    p = _made(project, runs=1)
    p.run("export", "archive", "-y").assert_ok()
    (run_dir,) = (path for path in (p.path / "archive").iterdir() if path.is_dir())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    link = run_dir / ".guild" / place
    subprocess.run(["rm", "-rf", str(link)], check=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    (run_dir / "data").symlink_to(elsewhere)  # as of a data set
    result = p.run("import", "archive", "-y", env=_new_home(p))
    assert result.exit_code == 1
    assert result.err == (
        f"guild: archive '{p.path}/archive' is unsafe: link "
        f"'{run_dir.name}/.guild/{place}' points outside its run"
    )
    assert p.run("runs", env=_new_home(p)).assert_ok().out == ""
    link.unlink()
    link.mkdir()
    p.run("import", "archive", "-y", env=_new_home(p)).assert_ok()
