"""A reader of the scalars in an event file, which can resume where it stopped."""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from guild.scalars.crc32c import crc32c, mask, masked_crcs
from guild.scalars.events import EventError, EventScalars, decode_event, float32_bytes
from guild.scalars.records import FOOTER_SIZE, HEADER_SIZE, MAX_LENGTH

_BATCH_SIZE = 1 << 21
# Fewer records of one size are decoded one at a time, more by column.
_COLUMN_MINIMUM = 32
# The minimum size of an event with a value, with footer.
_MIN_SIZE = 24
_HIGH_BYTES = bytes(range(0x80, 0x100))

# Steps, and the bytes of values and wall times as in the file, several in each string.
_RawPoints = tuple[list[int], list[bytes], list[bytes]]


class Points(NamedTuple):
    """The scalars of one tag in file order, as lists of equal length.

    Attributes:
        steps: global steps.
        values: float32 values, including NaN and infinities.
        wall_times: seconds since the epoch.
    """

    steps: list[int]
    values: list[float]
    wall_times: list[float]


class Batch(NamedTuple):
    """A stretch of an event file.

    Attributes:
        tags: scalars by tag.
        next_offset: the end of the stretch, in bytes.
        damage: the problem after the stretch, or None. A record that is cut off at the end
            is not damaged: its writer may not have finished.
    """

    tags: dict[str, Points]
    next_offset: int
    damage: str | None = None


class Scalar(NamedTuple):
    """One scalar of an event file."""

    tag: str
    step: int
    value: float
    wall_time: float


class ScalarRead(NamedTuple):
    """The scalars after an offset; `next_offset` and `damage` are those of `Batch`."""

    scalars: list[Scalar]
    next_offset: int
    damage: str | None


def read_scalars(path: str | os.PathLike[str], offset: int = 0) -> ScalarRead:
    """Read the scalars in the event file `path` from byte `offset`, grouped by tag.

    The checksums of all records are verified. Raises OSError.
    """
    scalars: list[Scalar] = []
    damage = None
    for batch in read_batches(path, offset):
        offset, damage = batch.next_offset, batch.damage
        for tag, points in batch.tags.items():
            scalars += [Scalar(tag, *point) for point in zip(*points, strict=True)]
    return ScalarRead(scalars, offset, damage)


def read_batches(path: str | os.PathLike[str], offset: int = 0) -> Iterator[Batch]:
    """Read as `read_scalars` does, a few megabytes at a time. Only the last batch has damage."""
    with open(path, "rb", buffering=0) as file:
        file.seek(offset)
        reader = _Reader()
        data, missing = b"", _BATCH_SIZE
        while chunk := file.read(missing):
            data += chunk
            batch, used, missing = reader.batch(data, offset)
            offset, data = batch.next_offset, data[used:]
            yield batch
            if batch.damage:
                return


class _Run(NamedTuple):
    """Consecutive records of one size.

    Attributes:
        data: the bytes that contain the records.
        start: the position of the first record's data, after its header.
        size: the size of data and footer of each record.
        total: the number of records.
    """

    data: bytes
    start: int
    size: int
    total: int

    def records(self) -> list[bytes]:
        """Return data and footer of each record."""
        stride = self.size + HEADER_SIZE
        starts = range(self.start, self.start + self.total * stride, stride)
        return [self.data[start : start + self.size] for start in starts]

    def columns(self) -> list[bytes]:
        """Return, for each position in a record, the bytes of all records."""
        stride = self.size + HEADER_SIZE
        end = self.start + (self.total - 1) * stride + 1
        return [self.data[self.start + i : end + i : stride] for i in range(self.size)]


class _Reader:
    """A decoder for stretches of one file, which caches the forms of its records."""

    def __init__(self) -> None:
        self._lengths: dict[bytes, int] = {}
        self._tags: dict[bytes, str] = {}

    def batch(self, data: bytes, offset: int) -> tuple[Batch, int, int]:
        """Decode the whole records in `data`, which is at `offset` in the file.

        Returns the batch, the bytes decoded, and the bytes to read for the next record.
        """
        parts, missing, damage = self._split(data)
        raw: dict[str, _RawPoints] = {}
        used = 0
        for part in parts:
            if isinstance(part, _Run):
                columns = part.columns()
                if _are_intact_columns(columns) and self._decode_columns(raw, columns):
                    used += part.total * (part.size + HEADER_SIZE)
                    continue
                part = part.records()
            size, bad = self._decode_records(raw, part)
            used += size
            if bad:
                damage = bad
                break
        if damage:
            damage = f"{damage} at byte {offset + used}"
        return Batch(_unpacked(raw), offset + used, damage), used, missing

    def _split(self, data: bytes) -> tuple[list[list[bytes] | _Run], int, str | None]:
        """Split `data` into records without header and with footer.

        Returns the records, the bytes to read for the next one, and any damage of its header.
        """
        records: list[bytes] = []
        parts: list[list[bytes] | _Run] = [records]
        lengths = self._lengths
        size, pos = len(data), 0
        last, same = b"", 0
        while True:
            header = data[pos : pos + HEADER_SIZE]
            length = lengths.get(header)
            if length is None:
                if len(header) < HEADER_SIZE:
                    return parts, _BATCH_SIZE, None
                length = _checked_length(header)
                if length is None:
                    return parts, 0, "invalid record length"
                lengths[header] = length
            same = same + 1 if header == last else 0
            last = header
            if same == _COLUMN_MINIMUM:
                same = 0
                run = _run_at(data, pos, header, length + FOOTER_SIZE)
                if run.total >= _COLUMN_MINIMUM:
                    records = []
                    parts += [run, records]
                    pos += run.total * (run.size + HEADER_SIZE)
                    continue
            end = pos + HEADER_SIZE + length + FOOTER_SIZE
            if end > size:
                return parts, max(_BATCH_SIZE, end - size), None
            records.append(data[pos + HEADER_SIZE : end])
            pos = end

    def _decode_records(
        self, raw: dict[str, _RawPoints], records: list[bytes]
    ) -> tuple[int, str | None]:
        """Add the scalars of `records` to `raw`, up to a damaged record.

        Returns the bytes decoded and any damage.
        """
        problem = None
        if not _are_intact(records):
            records, problem = list(itertools.takewhile(_is_intact, records)), "wrong checksum"
        index = -1
        try:
            for record in records:
                index += 1
                self._decode_record(raw, record)
        except (EventError, IndexError):
            records, problem = records[:index], "invalid event"
        return sum(map(len, records)) + HEADER_SIZE * len(records), problem

    def _decode_record(self, raw: dict[str, _RawPoints], record: bytes) -> None:
        """Add the scalars of one record. Raises EventError or IndexError if it is invalid."""
        # Nearly all events have a wall time, a step and a summary with one simple value.
        at, step = 9, 0
        if len(record) > _MIN_SIZE and record[9] == 0x10:
            at, step = 11, record[10]
            if step > 0x7F:
                step &= 0x7F
                shift = 7
                while True:
                    byte = record[at]
                    at += 1
                    step |= (byte & 0x7F) << shift
                    if byte <= 0x7F:
                        break
                    shift += 7
        tag = self._tag(record[at:-8])
        if tag is None or record[0] != 0x09 or step >> 63:
            _add_event(raw, decode_event(record[:-FOOTER_SIZE]))
            return
        points = raw.get(tag)
        if points is None:
            points = raw[tag] = ([], [], [])
        points[0].append(step)
        points[1].append(record[-8:-4])
        points[2].append(record[1:9])

    def _decode_columns(self, raw: dict[str, _RawPoints], columns: list[bytes]) -> bool:
        """Add the scalars of a run of simple values of one tag; return False for others."""
        if len(columns) <= _MIN_SIZE or not _is_all(columns[0], 0x09):
            return False
        at = 9
        if _is_all(columns[9], 0x10):
            while at < 17 and not columns[at + 1].translate(None, _HIGH_BYTES):
                at += 1
            at += 2
            if not columns[at - 1].isascii():
                return False
        form = columns[at:-8]
        if not all(_is_all(column, column[0]) for column in form):
            return False
        tag = self._tag(bytes(column[0] for column in form))
        if tag is None:
            return False
        steps, values, wall_times = raw.setdefault(tag, ([], [], []))
        steps += _steps(columns[10:at]) if at > 9 else [0] * len(columns[0])
        values.append(_interleave(columns[-8:-4]))
        wall_times.append(_interleave(columns[1:9]))
        return True

    def _tag(self, form: bytes) -> str | None:
        """Return the tag of a simple event; None for other events.

        `form` is the event without wall time and step at the start and the value at the end.
        """
        tag = self._tags.get(form)
        if tag is None and form[:1] == b"*" and form[-1:] == b"\x15":
            tag = _simple_tag(form)
            if tag is not None:
                self._tags[form] = tag
        return tag


def _simple_tag(form: bytes) -> str | None:
    """Return the tag if `form` and four bytes make a summary with one value, else None."""
    tags = set()
    for value in (1.0, 2.0):
        event = decode_event(form + struct.pack("<f", value))
        if event[:2] != (0.0, 0) or len(event.values) != 1 or event.values[0][1] != value:
            return None
        tags.add(event.values[0][0])
    (tag,) = tags
    return tag


def _checked_length(header: bytes) -> int | None:
    """Return the length in the header of a record; None if the header is damaged."""
    length, crc = struct.unpack("<QI", header)
    return length if length <= MAX_LENGTH and crc == mask(crc32c(header[:8])) else None


def _run_at(data: bytes, pos: int, header: bytes, size: int) -> _Run:
    """Return the records from `pos` that have the same header."""
    stride = HEADER_SIZE + size
    max_count = (len(data) - pos) // stride
    count = _COLUMN_MINIMUM
    while count < max_count and data.startswith(header, pos + count * stride):
        count *= 2
    count = min(count, max_count)
    for i, byte in enumerate(header):
        column = data[pos + i : pos + count * stride : stride]
        count -= len(column.lstrip(bytes([byte])))
    return _Run(data, pos + HEADER_SIZE, size, count)


def _is_all(column: bytes, byte: int) -> bool:
    return column.count(byte) == len(column)


def _interleave(columns: list[bytes]) -> bytes:
    """Return the bytes of the columns, record by record."""
    width = len(columns)
    joined = bytearray(width * len(columns[0]))
    for i, column in enumerate(columns):
        joined[i::width] = column
    return bytes(joined)


def _steps(groups: list[bytes]) -> list[int]:
    """Return the numbers whose seven-bit groups are the columns `groups`."""
    steps = [byte & 0x7F for byte in groups[0]]
    for i, group in enumerate(groups[1:], 1):
        shift = 7 * i
        steps = [step | (byte & 0x7F) << shift for step, byte in zip(steps, group, strict=True)]
    return steps


def _are_intact(records: list[bytes]) -> bool:
    """Return whether the checksums of all records are right."""
    by_size: dict[int, list[bytes]] = {}
    for record in records:
        size = len(record)
        if size in by_size:
            by_size[size].append(record)
        else:
            by_size[size] = [record]
    for size, same in by_size.items():
        if len(same) < _COLUMN_MINIMUM:
            if not all(map(_is_intact, same)):
                return False
        else:
            joined = b"".join(same)
            if not _are_intact_columns([joined[i::size] for i in range(size)]):
                return False
    return True


def _is_intact(record: bytes) -> bool:
    (crc,) = struct.unpack("<I", record[-FOOTER_SIZE:])
    return bool(crc == mask(crc32c(record[:-FOOTER_SIZE])))


def _are_intact_columns(columns: list[bytes]) -> bool:
    """Return whether the checksums of records of one size are right, given their columns."""
    data, footer = columns[:-FOOTER_SIZE], columns[-FOOTER_SIZE:]
    count = len(footer[0])
    template = bytes(column[0] for column in data)
    varying = [
        (position, column)
        for position, column in enumerate(data)
        if not _is_all(column, template[position])
    ]
    return masked_crcs(template, varying, count) == _interleave(footer)


def _add_event(raw: dict[str, _RawPoints], event: EventScalars) -> None:
    for tag, value in event.values:
        steps, values, wall_times = raw.setdefault(tag, ([], [], []))
        steps.append(event.step)
        values.append(float32_bytes([value]))
        wall_times.append(struct.pack("<d", event.wall_time))


def _unpacked(raw: dict[str, _RawPoints]) -> dict[str, Points]:
    return {
        tag: Points(
            steps,
            list(struct.unpack(f"<{len(steps)}f", b"".join(values))),
            list(struct.unpack(f"<{len(steps)}d", b"".join(wall_times))),
        )
        for tag, (steps, values, wall_times) in raw.items()
    }
