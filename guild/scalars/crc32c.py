"""CRC-32C (Castagnoli, RFC 3720 appendix B.4) and its TFRecord mask, for one message or many.

A CRC is linear over XOR. That of a message is the XOR of one contribution per byte, which depends
on its distance from the end, and of a constant for the length. For many messages of one length,
`bytes.translate` therefore maps a whole column of bytes, and large integers sum up the columns.
This takes a few nanoseconds per byte in pure Python.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def _make_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return table


_TABLE = _make_table()

# For each distance from the end: the contribution of a byte, as a translation
# table for each of the four bytes of the CRC. Grows on demand.
_contributions: list[tuple[bytes, bytes, bytes, bytes]] = []
_farthest: list[int] = []


def crc32c(data: bytes, crc: int = 0) -> int:
    """Return the CRC-32C of `data`, continued from `crc`."""
    crc ^= 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def mask(crc: int) -> int:
    """Return `crc` as stored in a TFRecord: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def masked_crcs(template: bytes, columns: Iterable[tuple[int, bytes]], count: int) -> bytes:
    """Return the masked CRCs of `count` messages, four little-endian bytes each.

    Each message is `template` with some bytes replaced. `columns` holds pairs of a position and
    the bytes of all messages at that position.
    """
    constant = bytearray(template)
    sums = [0, 0, 0, 0]
    for position, column in columns:
        constant[position] = 0
        tables = _contribution(len(template) - 1 - position)
        for i in range(4):
            sums[i] ^= int.from_bytes(column.translate(tables[i]), "little")
    # By linearity the CRC of all messages starts from that of the constant part.
    base = crc32c(bytes(constant)).to_bytes(4, "little")
    crcs = bytearray(4 * count)
    for i in range(4):
        start = int.from_bytes(base[i : i + 1] * count, "little")
        crcs[i::4] = (sums[i] ^ start).to_bytes(count, "little")
    values = struct.unpack(f"<{count}I", crcs)
    masked = [((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF for crc in values]
    return struct.pack(f"<{count}I", *masked)


def _contribution(distance: int) -> tuple[bytes, bytes, bytes, bytes]:
    """Return the translation tables for a byte followed by `distance` bytes."""
    global _farthest
    while len(_contributions) <= distance:
        if _contributions:
            _farthest = [crc >> 8 ^ _TABLE[crc & 0xFF] for crc in _farthest]
        else:
            _farthest = _TABLE
        a, b, c, d = (bytes(crc >> shift & 0xFF for crc in _farthest) for shift in (0, 8, 16, 24))
        _contributions.append((a, b, c, d))
    return _contributions[distance]
