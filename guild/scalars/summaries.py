"""Summaries other than scalars, encoded as TensorBoard's plugins read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from guild.scalars.events import bytes_field, double_field, varint_field

_DT_FLOAT, _DT_STRING = 1, 7
_DATA_CLASS_TENSOR = 2
# A tensor of floats without elements: it stands for "see the metadata".
_NO_TENSOR = varint_field(1, _DT_FLOAT) + bytes_field(2, bytes_field(2, b""))

STATUS_SUCCESS, STATUS_FAILURE, STATUS_RUNNING = 1, 2, 3

HParam = bool | int | float | str | None


def text_value(tag: str, text: str) -> bytes:
    """The `Summary.Value` of a text, which TensorBoard shows as Markdown."""
    tensor = varint_field(1, _DT_STRING) + bytes_field(2, b"") + bytes_field(8, _utf8(text))
    metadata = bytes_field(1, bytes_field(1, b"text")) + varint_field(4, _DATA_CLASS_TENSOR)
    return bytes_field(1, _utf8(tag)) + bytes_field(8, tensor) + bytes_field(9, metadata)


def image_value(tag: str, height: int, width: int, channels: int, encoded: bytes) -> bytes:
    """The `Summary.Value` of an `encoded` image (PNG, JPEG, GIF)."""
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
    """The two `Summary.Value` that begin a session of TensorBoard's HParams plugin: which
    hyperparameters and metrics there are, and the values of the hyperparameters.

    Metrics are the tags of scalars in the same folder. `started` is in seconds since
    the epoch. Sessions with one `group` are one trial; by default those of equal
    values. None counts as an empty text.
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
    """The `Summary.Value` that ends a session with one of the statuses above."""
    info = varint_field(1, status) + double_field(2, ended)
    return _hparams_value("_hparams_/session_end_info", bytes_field(4, info))


def _hparams_value(tag: str, content: bytes) -> bytes:
    plugin = bytes_field(1, b"hparams") + bytes_field(2, content)
    metadata = bytes_field(1, plugin)
    return bytes_field(1, _utf8(tag)) + bytes_field(8, _NO_TENSOR) + bytes_field(9, metadata)


def _hparam_info(name: str, value: bool | float | str) -> bytes:
    """What there is to know of a hyperparameter: text, truth value or number."""
    kind = 1 if isinstance(value, str) else 2 if isinstance(value, bool) else 3
    return bytes_field(1, _utf8(name)) + varint_field(4, kind)


def _struct_value(value: bool | float | str) -> bytes:
    """A `google.protobuf.Value`."""
    if isinstance(value, bool):
        return varint_field(4, value)
    if isinstance(value, str):
        return bytes_field(3, _utf8(value))
    return double_field(2, value)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
