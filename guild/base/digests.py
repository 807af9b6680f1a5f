"""MD5 and SHA-1, to name content and not to protect it.

`hashlib` loads OpenSSL, which takes longer than hashing a project's source code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hashlib
    from hashlib import md5, sha1
else:
    try:
        from _md5 import md5
        from _sha1 import sha1
    except ImportError:  # this Python was built without them
        from hashlib import md5, sha1

__all__ = ["file_sha1", "md5", "sha1", "sha256_mismatch"]


def file_sha1(path: str) -> str:
    """Return the SHA-1 of the file `path` in hex. Raises OSError."""
    return _file_digest(path, sha1(usedforsecurity=False))


def sha256_mismatch(path: str, expected: str | None) -> str | None:
    """Return the SHA-256 of the file `path` if it is not `expected`. Raises OSError.

    The result is None for a match, and if no digest is expected.
    """
    if not expected:
        return None
    from hashlib import sha256

    digest = _file_digest(path, sha256())
    return None if digest == expected.lower() else digest


def _file_digest(path: str, digest: hashlib._Hash) -> str:
    with open(path, "rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()
