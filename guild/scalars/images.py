"""Images for TensorBoard: pixels encoded as PNG (ISO/IEC 15948), and sizes of image files."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Gray, gray with alpha, RGB, RGB with alpha.
_PNG_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


class EncodedImage(NamedTuple):
    """An image file in a format that browsers support."""

    height: int
    width: int
    channels: int
    data: bytes


def encode_image(image: Any) -> EncodedImage:
    """Encode `image` for TensorBoard.

    `image` is the content of a PNG, JPEG or GIF file, its path, or an array: NumPy, PyTorch,
    Pillow or nested lists. Arrays are height × width or height × width × channels, with 1 to
    4 channels (gray, gray and alpha, RGB, RGB and alpha). Elements are integers from 0 to 255,
    floats from 0 to 1 or booleans; other values are clipped.

    Raises ValueError for other images, and OSError if the file cannot be read.
    """
    if isinstance(image, str | os.PathLike):
        with open(image, "rb") as file:
            return _parse_file(file.read(), repr(os.fspath(image)))
    if isinstance(image, bytes | bytearray):
        return _parse_file(bytes(image), "the bytes given")
    shape, pixels = _array_pixels(image) if hasattr(image, "shape") else _list_pixels(image)
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or shape[2] not in _PNG_COLOR_TYPES or 0 in shape:
        raise ValueError(
            f"image: expected height x width or height x width x 1 to 4 channels but got {shape}"
        )
    height, width, channels = shape
    return EncodedImage(height, width, channels, png(height, width, channels, pixels))


def png(height: int, width: int, channels: int, pixels: bytes) -> bytes:
    """Encode 8-bit `pixels` as PNG. They are ordered by row, column and channel."""
    header = struct.pack(">IIBBBBB", width, height, 8, _PNG_COLOR_TYPES[channels], 0, 0, 0)
    row = width * channels
    filtered = b"".join(b"\0" + pixels[i * row : (i + 1) * row] for i in range(height))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _array_pixels(image: Any) -> tuple[tuple[int, ...], bytes]:
    """Return shape and pixels of an array. NumPy is already loaded by its library."""
    import numpy

    if hasattr(image, "detach"):  # a PyTorch tensor, maybe on a GPU
        image = image.detach().cpu()
    array = numpy.asarray(image)
    if array.dtype.kind == "f":
        array = numpy.nan_to_num(array, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1) * 255 + 0.5
    elif array.dtype.kind == "b":
        array = array * 255
    elif array.dtype.kind not in "iu":
        raise ValueError(f"image: expected numbers but got an array of {array.dtype}")
    return array.shape, array.clip(0, 255).astype(numpy.uint8).tobytes()


def _list_pixels(image: Any) -> tuple[tuple[int, ...], bytes]:
    """Return shape and pixels of nested lists."""
    shape: tuple[int, ...] = ()
    values = [image]
    while values and isinstance(values[0], Sequence) and not isinstance(values[0], str):
        width = len(values[0])
        if any(not isinstance(value, Sequence) or len(value) != width for value in values):
            raise ValueError("image: expected rows of equal length")
        shape += (width,)
        values = [item for value in values for item in value]
    if not all(isinstance(value, int | float) for value in values):
        raise ValueError(f"image: expected numbers but got {type(values[0]).__name__}")
    is_float = any(isinstance(value, float) for value in values)
    scale = 255 if is_float or all(isinstance(value, bool) for value in values) else 1
    return shape, bytes(_pixel(value * scale) for value in values)


def _pixel(value: float) -> int:
    if not value > 0:  # also NaN
        return 0
    return 255 if value > 255 else int(value + 0.5)


def _parse_file(data: bytes, source: str) -> EncodedImage:
    """Return an image file with its size. Raises ValueError for an unknown format."""
    try:
        if data.startswith(_PNG_SIGNATURE):
            width, height, _depth, color = struct.unpack_from(">IIBB", data, 16)
            return EncodedImage(height, width, {0: 1, 4: 2, 6: 4}.get(color, 3), data)
        if data[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack_from("<HH", data, 6)
            return EncodedImage(height, width, 3, data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
    except struct.error:
        pass
    raise ValueError(f"image: expected a PNG, JPEG or GIF file, but got {source}")


def _jpeg(data: bytes) -> EncodedImage:
    """Read the size in the first frame header (ITU-T T.81, B.2.2). Raises struct.error."""
    pos = 2
    while True:
        marker, length = struct.unpack_from(">HH", data, pos)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width, channels = struct.unpack_from(">HHB", data, pos + 5)
            return EncodedImage(height, width, channels, data)
        pos += 2 + length
