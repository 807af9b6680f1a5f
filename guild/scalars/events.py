"""TensorBoard events in protocol buffer encoding, as far as scalars need it.

The messages are `Event`, `Summary`, `SummaryMetadata` and `TensorProto` of
TensorBoard's `event.proto`, `summary.proto` and `tensor.proto`; the encoding is
https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence

from guild.base.named_tuple import NamedTuple
from guild.scalars.records import frame, frame_columns

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_DT_FLOAT, _DT_DOUBLE, _DT_INT32, _DT_UINT8, _DT_INT16, _DT_INT8 = 1, 2, 3, 4, 5, 6
_DT_INT64, _DT_BOOL, _DT_BFLOAT16, _DT_HALF = 9, 10, 14, 19
_DATA_CLASS_SCALAR = 1

# The encoding of one element in `TensorProto.tensor_content`.
_CONTENT = {
    _DT_FLOAT: "<f",
    _DT_DOUBLE: "<d",
    _DT_INT32: "<i",
    _DT_UINT8: "<B",
    _DT_INT16: "<h",
    _DT_INT8: "<b",
    _DT_INT64: "<q",
    _DT_BOOL: "<?",
    _DT_HALF: "<e",
}

# Fewer values of one tag are encoded one at a time, which is faster.
_COLUMN_MINIMUM = 16


class EventScalars(NamedTuple):
    """The scalars of one event.

    Attributes:
        wall_time: seconds since the epoch.
        step: the global step.
        values: tags and values.
    """

    wall_time: float
    step: int
    values: list[tuple[str, float]]


class EventError(ValueError):
    """Bytes that are not a valid event."""


# -- Writing


def varint(value: int) -> bytes:
    """Encode `value` as a varint; negative values as 64-bit two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def bytes_field(number: int, data: bytes) -> bytes:
    """Encode a length-delimited field: a string, bytes, a message or packed numbers."""
    return varint(number << 3 | _BYTES) + varint(len(data)) + data


def varint_field(number: int, value: int) -> bytes:
    """Encode a field that holds an integer, a bool or an enum."""
    return varint(number << 3 | _VARINT) + varint(value)


def double_field(number: int, value: float) -> bytes:
    """Encode a field that holds a double."""
    return varint(number << 3 | _FIXED64) + struct.pack("<d", value)


def file_version_event(wall_time: float) -> bytes:
    """Encode the event at the start of each file."""
    return b"\x09" + struct.pack("<d", wall_time) + bytes_field(3, b"brain.Event:2")


def summary_event(wall_time: float, step: int, value: bytes) -> bytes:
    """Encode the event of one encoded `Summary.Value`."""
    summary = bytes_field(5, bytes_field(1, value))
    return b"\x09" + struct.pack("<d", wall_time) + b"\x10" + varint(step) + summary


def scalar_event(wall_time: float, step: int, tag: str, value: float) -> bytes:
    """Encode the event of one scalar as a float32, infinite if out of range."""
    return summary_event(wall_time, step, _scalar_value(tag, float32_bytes([value])))


def scalar_records(
    wall_time: float, tag: str, steps: Sequence[int], values: Sequence[float]
) -> bytes:
    """Encode and frame the events of many scalars of one tag, in the given order.

    Raises OverflowError if a step exceeds 64 bits.
    """
    if len(steps) < _COLUMN_MINIMUM or min(steps) < 0:
        return b"".join(
            frame(scalar_event(wall_time, step, tag, value))
            for step, value in zip(steps, values, strict=True)
        )
    return _scalar_columns(wall_time, tag, steps, values)


def _scalar_columns(
    wall_time: float, tag: str, steps: Sequence[int], values: Sequence[float]
) -> bytes:
    """Encode events of equal length by filling in steps and values by column.

    Short steps are padded with zero groups, which protocol buffer readers accept.
    """
    count = len(steps)
    width = len(varint(max(steps)))
    step_at = 10
    template = summary_event(wall_time, (1 << 7 * width) - 1, _scalar_value(tag, bytes(4)))
    columns = []
    for i in range(width):
        shift, more = 7 * i, 0x80 if i < width - 1 else 0
        columns.append((step_at + i, bytes([step >> shift & 0x7F | more for step in steps])))
    floats = float32_bytes(values)
    value_at = len(template) - 4
    columns += [(value_at + i, floats[i::4]) for i in range(4)]
    return frame_columns(template, columns, count)


def _scalar_value(tag: str, value: bytes) -> bytes:
    return bytes_field(1, tag.encode("utf-8", "replace")) + b"\x15" + value


def float32_bytes(values: Sequence[float]) -> bytes:
    """Encode `values` as little-endian float32; values out of range become infinite."""
    floats = array("f", values)
    if _BIG_ENDIAN:
        floats.byteswap()
    return floats.tobytes()


_BIG_ENDIAN = array("H", [1]).tobytes() == b"\x00\x01"


# -- Reading


def read_varint(data: bytes, pos: int) -> tuple[int, int]:
    """Decode the unsigned varint at `pos`; return it and the position after it."""
    value = shift = 0
    while True:
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, pos
        shift += 7
        if shift > 63:
            raise EventError("varint is too long")


def signed(value: int) -> int:
    """Return the int64 whose two's complement is `value`."""
    return value - (1 << 64) if value >> 63 else value


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a message; fixed-size values as bytes.

    Raises EventError if the message is incomplete or invalid.
    """
    pos, end = 0, len(data)
    try:
        while pos < end:
            key, pos = read_varint(data, pos)
            kind = key & 7
            if kind == _VARINT:
                number, pos = read_varint(data, pos)
                yield key >> 3, number
                continue
            if kind == _BYTES:
                size, pos = read_varint(data, pos)
            elif kind in (_FIXED64, _FIXED32):
                size = 8 if kind == _FIXED64 else 4
            else:
                raise EventError(f"unknown wire type {kind}")
            if pos + size > end:
                raise EventError("field is cut off")
            yield key >> 3, data[pos : pos + size]
            pos += size
    except IndexError:
        raise EventError("message is cut off") from None


def decode_event(data: bytes) -> EventScalars:
    """Decode the scalars of an event. Raises EventError if it is invalid."""
    wall_time, step = 0.0, 0
    values: list[tuple[str, float]] = []
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            (wall_time,) = _unpack("<d", value)
        elif number == 2 and isinstance(value, int):
            step = signed(value)
        elif number == 5 and isinstance(value, bytes):
            values += _summary_scalars(value)
    return EventScalars(wall_time, step, values)


def _unpack(form: str, data: bytes) -> tuple[float, ...]:
    try:
        return struct.unpack(form, data)
    except struct.error:
        raise EventError("wrong size of a number") from None


def _summary_scalars(summary: bytes) -> Iterator[tuple[str, float]]:
    for number, value in fields(summary):
        if number == 1 and isinstance(value, bytes):
            scalar = _value_scalar(value)
            if scalar is not None:
                yield scalar


def _value_scalar(data: bytes) -> tuple[str, float] | None:
    """Decode tag and value of a `Summary.Value`; return None if it is not a scalar.

    TensorFlow 2 and Keras write a scalar as a tensor without dimensions. At least the first value
    of a tag has metadata with the name of the plugin.
    """
    tag = ""
    value: float | None = None
    tensor = metadata = b""
    for number, item in fields(data):
        if not isinstance(item, bytes):
            continue
        if number == 1:
            tag = item.decode("utf-8", "replace")
        elif number == 2:
            (value,) = _unpack("<f", item)
        elif number == 8:
            tensor = item
        elif number == 9:
            metadata = item
    if value is None and tensor and (not metadata or _is_scalar_metadata(metadata)):
        value = _tensor_scalar(tensor)
    return None if value is None else (tag, value)


def _is_scalar_metadata(data: bytes) -> bool:
    for number, item in fields(data):
        if number == 1 and isinstance(item, bytes):
            if any(n == 1 and name == b"scalars" for n, name in fields(item)):
                return True
        elif number == 4 and item == _DATA_CLASS_SCALAR:
            return True
    return False


def _tensor_scalar(data: bytes) -> float | None:
    """Decode the only number of a `TensorProto`; return None for other tensors."""
    dtype = 0
    content = b""
    number: float | None = None
    for field, item in fields(data):
        if field == 1 and isinstance(item, int):
            dtype = item
        elif field == 2 and isinstance(item, bytes):
            if any(n == 2 for n, _ in fields(item)):
                return None  # it has dimensions
        elif field == 4 and isinstance(item, bytes):
            content = item
        elif field in (5, 6) and isinstance(item, bytes):
            form = "<f" if field == 5 else "<d"
            number = _unpack(form, item)[0] if len(item) == struct.calcsize(form) else None
        elif field in (7, 10, 11, 13):
            first = item if isinstance(item, int) else read_varint(item, 0)[0]
            number = _typed(dtype, first)
    if content and dtype == _DT_BFLOAT16:
        return _unpack("<f", b"\0\0" + content)[0] if len(content) == 2 else None
    if content and dtype in _CONTENT:
        form = _CONTENT[dtype]
        return float(_unpack(form, content)[0]) if len(content) == struct.calcsize(form) else None
    return number


def _typed(dtype: int, number: int) -> float:
    """Convert a varint element to the number that `dtype` specifies."""
    if dtype == _DT_HALF:
        return _unpack("<e", struct.pack("<H", number & 0xFFFF))[0]
    if dtype == _DT_BFLOAT16:
        return _unpack("<f", struct.pack("<I", (number & 0xFFFF) << 16))[0]
    return float(signed(number))
