"""Notebooks for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def notebook(*cells: str, tagged: Sequence[int] = (), **metadata: Any) -> str:
    """A notebook file of code `cells`; those with a number (from 0) in `tagged` have the
    tag `parameters`."""
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
