"""MD5 and SHA-1, for names of content and not for secrets.

`hashlib` loads OpenSSL for them, which takes longer than to hash a project's source code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import md5, sha1
else:
    try:
        from _md5 import md5
        from _sha1 import sha1
    except ImportError:  # a Python that was built without its own
        from hashlib import md5, sha1

__all__ = ["md5", "sha1"]
