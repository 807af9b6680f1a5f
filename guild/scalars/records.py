"""TFRecord files: a sequence of byte strings, each framed with its length and checksums.

A record is: length (uint64), masked CRC of those eight bytes (uint32), data,
masked CRC of the data (uint32), all little-endian. The format is that of
TensorFlow's `record_writer.h`.
"""

from __future__ import annotations

import struct

from guild.scalars.crc32c import crc32c, mask, masked_crcs

HEADER_SIZE = 12
FOOTER_SIZE = 4
# Nothing that is an event is longer; a longer length is taken for damage.
MAX_LENGTH = 1 << 30

_headers: dict[int, bytes] = {}


def header(length: int) -> bytes:
    """The twelve bytes before data of `length` bytes."""
    known = _headers.get(length)
    if known is None:
        raw = struct.pack("<Q", length)
        known = raw + struct.pack("<I", mask(crc32c(raw)))
        if len(_headers) < 4096:
            _headers[length] = known
    return known


def frame(data: bytes) -> bytes:
    """The record that holds `data`."""
    return b"".join((header(len(data)), data, struct.pack("<I", mask(crc32c(data)))))


def frame_columns(template: bytes, columns: list[tuple[int, bytes]], count: int) -> bytes:
    """`count` records of data like `template`, but for the bytes in `columns`.

    `columns` gives positions in the template and, for each, the byte that each
    of the records has there.
    """
    size = HEADER_SIZE + len(template) + FOOTER_SIZE
    records = bytearray((header(len(template)) + template + bytes(FOOTER_SIZE)) * count)
    for position, column in columns:
        records[HEADER_SIZE + position :: size] = column
    crcs = masked_crcs(template, columns, count)
    for i in range(FOOTER_SIZE):
        records[size - FOOTER_SIZE + i :: size] = crcs[i::4]
    return bytes(records)
