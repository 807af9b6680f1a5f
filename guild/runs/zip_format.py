"""Zip files of runs: one directory per run, named by its id. Input is not trusted."""

from __future__ import annotations

import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from guild.base.errors import GuildError
from guild.run import is_new_id, is_run_id
from guild.runs.content import list_entries

_MAX_LINK_LENGTH = 4096

# A marker beside the runs in an archive: tools do not copy its directory.
_NOT_A_RUN = ".guild-nocopy"

# A zip file with a higher compression ratio is not an archive of runs, unless it is small.
_MAX_RATIO = 200
_SMALL = 100_000_000  # bytes

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a compression method that Python does not support
    RuntimeError,  # encrypted
    ValueError,
    OverflowError,
)

Members = Mapping[str, Sequence[zipfile.ZipInfo]]


class _Member(zipfile.ZipInfo):
    """A member whose name is any file name, even if it is not valid UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  # zipfile's own
        raw = os.fsencode(self.filename)
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw, self.flag_bits
        return raw, self.flag_bits | (0 if raw.isascii() else _UTF8)


_UTF8 = 0x800


# -- Writing


def add_run(archive: zipfile.ZipFile, run_dir: str, run_id: str) -> list[str]:
    """Write `run_dir` to `archive`, with links replaced by their targets.

    Returns the paths that cannot be written, such as sockets. Raises OSError.
    """
    left_out = []
    archive.writestr(_member(run_dir, f"{run_id}/"), b"")
    for entry in list_entries(run_dir, follow=True):
        name = f"{run_id}/{entry.path}"
        if entry.kind == "folder":
            archive.writestr(_member(entry.source, f"{name}/"), b"")
        elif entry.kind == "file":
            with (
                open(entry.source, "rb") as file,
                archive.open(_member(entry.source, name), "w", force_zip64=True) as member,
            ):
                shutil.copyfileobj(file, member, 1 << 20)
        elif entry.kind == "link":
            link = _Member(name)
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, os.fsencode(entry.source))
        else:
            left_out.append(entry.path)
    return left_out


def _member(path: str, name: str) -> _Member:
    status = os.stat(path)
    member = _Member(name, max(time.localtime(status.st_mtime)[:6], _FIRST_DATE))
    member.external_attr = (status.st_mode & 0xFFFF) << 16
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date that the format supports


def run_ids(archive: zipfile.ZipFile) -> set[str]:
    """Return the ids of the runs in `archive`."""
    return {name.partition("/")[0] for name in archive.namelist()}


# -- Reading


def open_zip(path: str) -> zipfile.ZipFile:
    """Open the zip file `path`. Raises GuildError if it is not valid, OSError."""
    with _reading(path):
        archive = zipfile.ZipFile(path)
        if _recorded_count(path) not in (len(archive.infolist()) & 0xFFFF, _MANY):
            archive.close()
            raise zipfile.BadZipFile("the list of files is damaged")
        return archive


def _recorded_count(path: str) -> int:
    """Return the number of members that the end record holds, modulo 2**16 or `_MANY`.

    `zipfile` silently skips members if a length in their list is wrong.
    """
    with open(path, "rb") as file:
        file.seek(-min(_MAX_END_LENGTH, os.path.getsize(path)), os.SEEK_END)
        end = file.read()
    start = end.rindex(b"PK\5\6")
    return int.from_bytes(end[start + 10 : start + 12], "little")


_MAX_END_LENGTH = 22 + 0xFFFF  # bytes, with a comment
_MANY = 0xFFFF  # the number is recorded elsewhere


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """Report damage found in the block as a GuildError about the zip file `path`."""
    try:
        yield
    except _DAMAGE as error:
        raise GuildError(
            f"cannot read archive '{path}': {' '.join(str(error).split()) or 'the file is damaged'}"
        ) from None


def list_members(archive: zipfile.ZipFile) -> Members:
    """Return the members of each run in `archive` by run id, without unpacking them.

    Raises GuildError if the archive contains other files, if a member points outside its run, or
    if the unpacked size is unreasonable.
    """
    path = str(archive.filename)
    by_run: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in archive.infolist():
        run_id, name = _checked_name(member, path)
        if run_id == _NOT_A_RUN:
            continue
        run_members = by_run.setdefault(run_id, {})
        if name in run_members:
            raise GuildError(f"archive '{path}' is invalid: duplicate member {member.filename!r}")
        run_members[name] = member
    _check_sizes(archive, path)
    for run_id, run_members in by_run.items():
        if not any(name.split("/")[0] == ".guild" for name in run_members):
            raise GuildError(f"archive '{path}' is invalid: '{run_id}' is not a run")
        with _reading(path):
            _check_links(archive, run_members, path)
    return {run_id: list(run_members.values()) for run_id, run_members in by_run.items()}


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name as a path; without the UTF-8 flag it is the bytes of a file name."""
    if member.flag_bits & _UTF8:
        return member.filename
    return os.fsdecode(member.filename.encode("cp437"))


def _checked_name(member: zipfile.ZipInfo, path: str) -> tuple[str, str]:
    """Return the run id and the path in the run. Raises GuildError if they are invalid."""
    name = _name(member)
    run_id, _, rest = name.removesuffix("/").partition("/")
    if name == _NOT_A_RUN:
        return name, ""
    if name.startswith("/") or any(
        word in ("", ".", "..") for word in name.removesuffix("/").split("/")
    ):
        raise GuildError(f"archive '{path}' is unsafe: {name!r} is not a path in a run")
    if not is_run_id(run_id) or (not rest and not member.is_dir()):
        raise GuildError(f"archive '{path}' is invalid: {name!r} is not part of a run")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise GuildError(f"archive '{path}' is unsafe: {name!r} is a special file")
    if member.flag_bits & 1:
        raise GuildError(f"archive '{path}' is encrypted; unpack it and import the directory")
    return run_id, rest


def _check_sizes(archive: zipfile.ZipFile, path: str) -> None:
    size = sum(member.file_size for member in archive.infolist())
    packed = sum(member.compress_size for member in archive.infolist())
    on_disk = os.path.getsize(path)
    if packed > on_disk or (size > _SMALL and size > _MAX_RATIO * on_disk):
        raise GuildError(
            f"archive '{path}' is unsafe: {on_disk} compressed bytes claim to expand to {size}"
        )


def _check_links(
    archive: zipfile.ZipFile, run_members: Mapping[str, zipfile.ZipInfo], path: str
) -> None:
    links = {name for name, member in run_members.items() if _is_link(member)}
    for name in links:
        _checked_link(archive, run_members[name], name, path)
    for name in run_members:
        words = name.split("/")
        if any("/".join(words[:n]) in links for n in range(1, len(words))):
            raise GuildError(f"archive '{path}' is unsafe: {name!r} is behind a link")


def _checked_link(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, path: str) -> str:
    """Return the target of a link, which is in its run or is another run.

    Raises GuildError for other targets.
    """
    text = os.fsdecode(archive.read(member)) if member.file_size <= _MAX_LINK_LENGTH else ""
    target = os.path.normpath(os.path.join("run", os.path.dirname(name), text))
    if (
        not text
        or os.path.isabs(text)
        or not (target == "run" or target.startswith("run/") or _is_run(target, archive))
    ):
        raise GuildError(f"archive '{path}' is unsafe: link {name!r} points outside its run")
    return text


def _is_run(name: str, archive: zipfile.ZipFile) -> bool:
    return is_new_id(name) or (is_run_id(name) and name in run_ids(archive))


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def extract_run(
    archive: zipfile.ZipFile,
    run_members: Sequence[zipfile.ZipInfo],
    run_dir: str,
    *,
    guild_files_only: bool = False,
) -> None:
    """Write the members of one run, see `list_members`, to the new directory `run_dir`.

    Raises OSError, and GuildError if the archive is damaged. `run_dir` may then be incomplete.
    """
    os.makedirs(run_dir)
    links = []
    with _reading(str(archive.filename)):
        for member in run_members:
            name = _name(member).removesuffix("/").partition("/")[2]
            if not name or (guild_files_only and name.split("/")[0] != ".guild"):
                continue
            target = os.path.join(run_dir, name)
            if member.is_dir():
                os.makedirs(target, exist_ok=True)
            elif _is_link(member):
                links.append((member, name, target))
            else:
                _extract_file(archive, member, target)
        for member, name, target in links:  # last, so that nothing is written through a link
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(_checked_link(archive, member, name, str(archive.filename)), target)


def _extract_file(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.open(member) as packed, open(target, "xb") as file:
        shutil.copyfileobj(packed, file, 1 << 20)
    _set_mode_and_time(target, member)


def _set_mode_and_time(path: str, member: zipfile.ZipInfo) -> None:
    mode = (member.external_attr >> 16) & 0o777
    if mode:
        os.chmod(path, mode | stat.S_IRUSR)
    try:
        modified = time.mktime((*member.date_time, 0, 0, -1))
        os.utime(path, (modified, modified))
    except (OverflowError, ValueError):  # an invalid date: keep today's
        pass
