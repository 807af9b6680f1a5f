"""Files that are required by their address: downloaded once, into the cache."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from guild.base import log
from guild.base.digests import sha1
from guild.base.errors import GuildError

SCHEMES = ("http", "https", "ftp", "file")

_TIMEOUT = 30.0  # seconds without an answer
_CHUNK = 1 << 20  # bytes


def place(url: str, cache_dir: Path) -> str:
    """Where in `cache_dir` the file of `url` is once it was downloaded.

    Raises GuildError for what is not the address of a file.
    """
    folder = f"url-{sha1(os.fsencode(url), usedforsecurity=False).hexdigest()}"
    return os.path.join(cache_dir, folder, _file_name(url))


def _file_name(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _failed(url, error) from None
    if parts.scheme not in SCHEMES:
        raise _failed(url, f"an address begins with {', '.join(SCHEMES)} and ://")
    name = unquote(parts.path).rstrip("/").rpartition("/")[2]
    if "\0" in name:
        raise _failed(url, "there is a zero byte in its name")
    return name if name not in ("", ".", "..") else "index"


def download(url: str, path: str) -> None:
    """Write what is at `url` to `path`, which changes when all of it has come.

    Raises GuildError for an address that does not answer, or stops before its end.
    """
    log.info(f"Downloading {url}")
    folder = os.path.dirname(path)
    aside = os.path.join(folder, f".{os.getpid()}.part")
    try:
        os.makedirs(folder, exist_ok=True)
        _fetch(url, aside)
        os.replace(aside, path)
    except HTTPError as error:
        raise _failed(url, f"the server answers {error.code} {error.reason}") from None
    except URLError as error:
        raise _failed(url, getattr(error.reason, "strerror", None) or error.reason) from None
    except TimeoutError:
        raise _failed(url, f"nothing came for {_TIMEOUT:.0f} seconds") from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise _failed(url, f"{error.strerror or error}{where}") from None
    except (HTTPException, ValueError) as error:
        raise _failed(url, error) from None
    finally:
        with suppress(OSError):
            os.unlink(aside)


def _fetch(url: str, path: str) -> None:
    with urlopen(url, timeout=_TIMEOUT) as answer, open(path, "wb") as file:  # noqa: S310  # SCHEMES
        shutil.copyfileobj(answer, file, _CHUNK)
        told = answer.headers.get("Content-Length") or ""
        # What is read piece by piece just ends where the connection does.
        if told.isdecimal() and file.tell() != int(told):
            raise HTTPException(f"the connection ended after {file.tell()} of {told} bytes")


def _failed(url: str, why: Any) -> GuildError:
    return GuildError(f"cannot download {url}: {' '.join(str(why).split()) or 'it failed'}")
