"""Summaries other than scalars, encoded as TensorBoard's plugins read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from guild.scalars.events import bytes_field, double_field, varint_field

_DT_FLOAT, _DT_STRING = 1, 7
_DATA_CLASS_TENSOR = 2
# A tensor of floats without elements, which refers readers to the metadata.
_NO_TENSOR = varint_field(1, _DT_FLOAT) + bytes_field(2, bytes_field(2, b""))

STATUS_SUCCESS, STATUS_FAILURE, STATUS_RUNNING = 1, 2, 3

HParam = bool | int | float | str | None


def text_value(tag: str, text: str) -> bytes:
    """Encode the `Summary.Value` of a string, which TensorBoard renders as Markdown."""
    tensor = varint_field(1, _DT_STRING) + bytes_field(2, b"") + bytes_field(8, _utf8(text))
    metadata = bytes_field(1, bytes_field(1, b"text")) + varint_field(4, _DATA_CLASS_TENSOR)
    return bytes_field(1, _utf8(tag)) + bytes_field(8, tensor) + bytes_field(9, metadata)


def image_value(tag: str, height: int, width: int, channels: int, encoded: bytes) -> bytes:
    """Encode the `Summary.Value` of an `encoded` image (PNG, JPEG or GIF)."""
    image = b"".join(
        (
            varint_field(1, height),
            varint_field(2, width),
            varint_field(3, channels),
            bytes_field(4, encoded),
        )
    )
    return bytes_field(1, _utf8(tag)) + bytes_field(4, image)


def hparams_values(
    hparams: Mapping[str, HParam],
    metrics: Iterable[str],
    started: float,
    group: str | None = None,
) -> tuple[bytes, bytes]:
    """Encode the two `Summary.Value` that start a session of TensorBoard's HParams plugin.

    The first defines hyperparameters and metrics, the second holds the values of the
    hyperparameters; None is written as an empty string. Metrics are tags of scalars in the same
    directory. `started` is in seconds since the epoch. Sessions of one `group` form a trial; by
    default these are sessions with equal values.
    """
    values = {name: "" if value is None else value for name, value in hparams.items()}
    if group is None:
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        group = hashlib.sha256(text.encode()).hexdigest()
    experiment = b"".join(bytes_field(4, _hparam_info(*item)) for item in values.items())
    experiment += b"".join(
        bytes_field(5, bytes_field(1, bytes_field(2, _utf8(tag)))) for tag in metrics
    )
    start = b"".join(
        bytes_field(1, bytes_field(1, _utf8(name)) + bytes_field(2, _struct_value(value)))
        for name, value in values.items()
    )
    start += bytes_field(4, _utf8(group)) + double_field(5, started)
    return (
        _hparams_value("_hparams_/experiment", bytes_field(2, experiment)),
        _hparams_value("_hparams_/session_start_info", bytes_field(3, start)),
    )


def hparams_end_value(status: int, ended: float) -> bytes:
    """Encode the `Summary.Value` that ends a session with one of the statuses above."""
    info = varint_field(1, status) + double_field(2, ended)
    return _hparams_value("_hparams_/session_end_info", bytes_field(4, info))


def _hparams_value(tag: str, content: bytes) -> bytes:
    plugin = bytes_field(1, b"hparams") + bytes_field(2, content)
    metadata = bytes_field(1, plugin)
    return bytes_field(1, _utf8(tag)) + bytes_field(8, _NO_TENSOR) + bytes_field(9, metadata)


def _hparam_info(name: str, value: bool | float | str) -> bytes:
    """Encode the name and the kind (string, boolean or number) of a hyperparameter."""
    kind = 1 if isinstance(value, str) else 2 if isinstance(value, bool) else 3
    return bytes_field(1, _utf8(name)) + varint_field(4, kind)


def _struct_value(value: bool | float | str) -> bytes:
    """Encode a `google.protobuf.Value`."""
    if isinstance(value, bool):
        return varint_field(4, value)
    if isinstance(value, str):
        return bytes_field(3, _utf8(value))
    return double_field(2, value)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
