"""Notebooks for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def notebook(*cells: str, tagged: Sequence[int] = (), **metadata: Any) -> str:
    """Return a notebook file of code `cells`.

    The cells whose numbers, starting at 0, are in `tagged` have the tag `parameters`.
    """
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell{number}",
                    "execution_count": None,
                    "metadata": {"tags": ["parameters"]} if number in tagged else {},
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for number, source in enumerate(cells)
            ],
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


IPYTHON_CELLS = [
    "%matplotlib inline\na = 1",
    "!pip list\na = 1",
    "files = !ls\na = 1",
    "a = 1\nprint?",
    "?print\na = 1",
    "%%time\na = 1",
    "a = 1\nawait thing()",
    "if True:\n    %time 3\na = 1",
    "a = 1\nx = 7 %3\ny = (2\n%3)",
]
"""Cells that set `a` to 1 and use the syntax of IPython."""
