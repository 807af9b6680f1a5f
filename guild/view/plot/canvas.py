"""A canvas for lines drawn with characters."""

from __future__ import annotations

import itertools
from typing import NamedTuple

# Bits of the dots of a braille character, by row and column (Unicode 15, chapter 21.1).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800

SYMBOLS = "*o+x#@%&=$"


class Cell(NamedTuple):
    """A drawn character and the number of its line."""

    character: str
    line: int


class Canvas:
    """An area of `width` × `height` characters.

    With `braille`, a character has 2 × 4 dots. Otherwise each character is the symbol of its
    line.
    """

    def __init__(self, width: int, height: int, *, braille: bool) -> None:
        self._braille = braille
        across, down = (2, 4) if braille else (1, 1)
        self._columns, self._rows = width * across, height * down
        self._cells: dict[tuple[int, int], tuple[int, int]] = {}
        self.width, self.height = width, height

    def draw(self, line: int, points: list[tuple[float, float]]) -> None:
        """Draw a line through `points`: x and y from 0 to 1, with (0, 0) at the lower left."""
        dots = [self._dot(*point) for point in points]
        self._set(line, *dots[0])
        for (x0, y0), (x1, y1) in itertools.pairwise(dots):
            steps = max(abs(x1 - x0), abs(y1 - y0))
            for n in range(1, steps + 1):
                self._set(
                    line, x0 + round((x1 - x0) * n / steps), y0 + round((y1 - y0) * n / steps)
                )

    def cell(self, column: int, row: int) -> Cell | None:
        """Return the character at a position, or None if it is empty. Row 0 is the top row."""
        drawn = self._cells.get((column, row))
        if drawn is None:
            return None
        bits, line = drawn
        return Cell(chr(_BRAILLE + bits) if self._braille else line_symbol(line), line)

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        return round(x * (self._columns - 1)), round((1 - y) * (self._rows - 1))

    def _set(self, line: int, x: int, y: int) -> None:
        if not self._braille:
            self._cells[x, y] = 0, line
            return
        position = x // 2, y // 4
        bits = self._cells.get(position, (0, line))[0]
        self._cells[position] = bits | _DOTS[y % 4][x % 2], line


def line_symbol(line: int) -> str:
    """Return the character that represents a line."""
    return SYMBOLS[line % len(SYMBOLS)]
