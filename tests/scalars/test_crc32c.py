"""Checksums are those of RFC 3720, one at a time and by column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.scalars.crc32c import crc32c, mask, masked_crcs


# The first four are of RFC 3720, appendix B.4; the last is the usual check value.
@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_known_checksums(data, crc):
    assert crc32c(data) == crc


def test_a_checksum_is_continued():
    assert crc32c(b"6789", crc32c(b"12345")) == crc32c(b"123456789")


@given(
    st.integers(0, 50).flatmap(lambda n: st.lists(st.binary(min_size=n, max_size=n), min_size=1))
)
def test_columns_give_the_checksums_of_each_message(messages):
    size = len(messages[0])
    columns = [(i, bytes(message[i] for message in messages)) for i in range(size)]
    expected = b"".join(mask(crc32c(message)).to_bytes(4, "little") for message in messages)
    assert masked_crcs(b"?" * size, columns, len(messages)) == expected


def test_what_is_in_no_column_is_of_the_template():
    crcs = masked_crcs(b"a?c", [(1, b"bx")], 2)
    expected = [mask(crc32c(message)).to_bytes(4, "little") for message in (b"abc", b"axc")]
    assert crcs == b"".join(expected)
