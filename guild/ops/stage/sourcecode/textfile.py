"""Detection of text files."""

from __future__ import annotations

import codecs
import os

_SAMPLE_SIZE = 8192
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_CONTROLS = bytes(code for code in range(32) if code not in b"\b\t\n\v\f\r\x1b")


def is_text_file(path: str) -> bool:
    """Return whether the first 8 KB of the regular file `path` are text. Raises OSError."""
    # Not blocking: by now the path may be a pipe without a writer.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return is_text(os.read(fd, _SAMPLE_SIZE))
    finally:
        os.close(fd)


def is_text(sample: bytes) -> bool:
    """Return whether the start of a file is text.

    Text is UTF-8, UTF-16 or UTF-32 with a byte order mark, or a one-byte encoding without control
    characters.
    """
    if sample.startswith(_WIDE_MARKS):
        return True
    if b"\0" in sample:
        return False
    try:
        codecs.utf_8_decode(sample, "strict", False)
    except UnicodeDecodeError:
        return len(sample.translate(None, _CONTROLS)) == len(sample)
    return True
