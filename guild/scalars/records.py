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
# Events are shorter. A longer length is treated as damage.
MAX_LENGTH = 1 << 30

_headers: dict[int, bytes] = {}


def header(length: int) -> bytes:
    """Return the twelve bytes before data of `length` bytes."""
    data = _headers.get(length)
    if data is None:
        raw = struct.pack("<Q", length)
        data = raw + struct.pack("<I", mask(crc32c(raw)))
        if len(_headers) < 4096:
            _headers[length] = data
    return data


def frame(data: bytes) -> bytes:
    """Return the record that holds `data`."""
    return b"".join((header(len(data)), data, struct.pack("<I", mask(crc32c(data)))))


def frame_columns(template: bytes, columns: list[tuple[int, bytes]], count: int) -> bytes:
    """Return `count` records of data like `template`, except for the bytes in `columns`.

    `columns` holds pairs of a position and the bytes of all records at that position.
    """
    size = HEADER_SIZE + len(template) + FOOTER_SIZE
    records = bytearray((header(len(template)) + template + bytes(FOOTER_SIZE)) * count)
    for position, column in columns:
        records[HEADER_SIZE + position :: size] = column
    crcs = masked_crcs(template, columns, count)
    for i in range(FOOTER_SIZE):
        records[size - FOOTER_SIZE + i :: size] = crcs[i::4]
    return bytes(records)
