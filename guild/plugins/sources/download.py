"""Downloads of files by their URL."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from guild.base.digests import sha1
from guild.base.errors import GuildError

SCHEMES = ("http", "https", "ftp", "file")

_TIMEOUT = 30.0  # seconds without a response
_CHUNK = 1 << 20  # bytes


def cached_path(url: str, cache_dir: str) -> str:
    """Return the path in `cache_dir` to download `url` to. Raises GuildError for an invalid URL."""
    folder = f"url-{sha1(os.fsencode(url), usedforsecurity=False).hexdigest()}"
    return os.path.join(cache_dir, folder, _file_name(url))


def _file_name(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _failed(url, error) from None
    if parts.scheme not in SCHEMES:
        raise _failed(url, f"expected a URL with one of the schemes {', '.join(SCHEMES)}")
    name = unquote(parts.path).rstrip("/").rpartition("/")[2]
    if "\0" in name:
        raise _failed(url, "the file name contains a zero byte")
    return name if name not in ("", ".", "..") else "index"


def download(url: str, path: str) -> None:
    """Download `url` to `path`, which is replaced when the download is complete.

    Raises GuildError if the server does not respond or the connection ends early.
    """
    folder = os.path.dirname(path)
    temp = os.path.join(folder, f".{os.getpid()}.part")
    try:
        os.makedirs(folder, exist_ok=True)
        _fetch(url, temp)
        os.replace(temp, path)
    except HTTPError as error:
        raise _failed(url, f"the server responded with {error.code} {error.reason}") from None
    except URLError as error:
        raise _failed(url, getattr(error.reason, "strerror", None) or error.reason) from None
    except TimeoutError:
        raise _failed(url, f"no data received for {_TIMEOUT:.0f} seconds") from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise _failed(url, f"{error.strerror or error}{where}") from None
    except (HTTPException, ValueError) as error:
        raise _failed(url, error) from None
    finally:
        with suppress(OSError):
            os.unlink(temp)


def _fetch(url: str, path: str) -> None:
    with urlopen(url, timeout=_TIMEOUT) as response, open(path, "wb") as file:  # noqa: S310  # SCHEMES
        shutil.copyfileobj(response, file, _CHUNK)
        size = response.headers.get("Content-Length") or ""
        # Reading in chunks does not fail if the connection ends early.
        if size.isdecimal() and file.tell() != int(size):
            raise HTTPException(f"the connection ended after {file.tell()} of {size} bytes")


def _failed(url: str, reason: Any) -> GuildError:
    return GuildError(f"cannot download {url}: {' '.join(str(reason).split()) or 'unknown error'}")
