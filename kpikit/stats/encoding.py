"""Encoding: columns of numbers and texts as the matrix of a model, learned from the training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpikit.stats.intervals import Floats

RARE = 20  # rows of a text's value under which it is pooled with the other rare ones


@dataclass(frozen=True, eq=False)
class Column:
    """One column before it is encoded: numbers with NaN, or texts with None, for what is missing."""

    name: str
    values: NDArray[Any]
    numeric: bool


@dataclass(frozen=True, eq=False)
class Encoded:
    """The matrix, and of each of its columns which Column it is made of, what it says, and the mean and spread of numbers."""

    matrix: Floats
    owner: NDArray[np.int64]
    labels: tuple[str, ...]
    mean: Floats
    spread: Floats


def encode(columns: Sequence[Column], training: NDArray[np.bool_]) -> Encoded:
    """Numbers in standard deviations of the training rows, missing at their mean with an indicator; texts as one column a value.

    Values of a text that fewer than RARE training rows bear are one, 'other', and none where that is rare itself; a column that
    does not vary says nothing.
    """
    parts = [(place, *part) for place, column in enumerate(columns) for part in _parts(column, training)]
    rows = len(training)
    matrix = np.column_stack([part[2] for part in parts]) if parts else np.zeros((rows, 0))
    numbers = np.array([part[3:] for part in parts], dtype=float).reshape(-1, 2)
    owner = np.array([part[0] for part in parts], dtype=np.int64)
    return Encoded(matrix, owner, tuple(part[1] for part in parts), numbers[:, 0], numbers[:, 1])


def _parts(column: Column, training: NDArray[np.bool_]) -> list[tuple[str, Floats, float, float]]:
    return _numeric(column, training) if column.numeric else _texts(column, training)


def _numeric(column: Column, training: NDArray[np.bool_]) -> list[tuple[str, Floats, float, float]]:
    missing = np.isnan(column.values)
    known = column.values[training & ~missing]
    spread = float(known.std()) if len(known) else 0.0
    parts = []
    if spread > 0:
        mean = float(known.mean())
        parts.append((column.name, np.where(missing, 0.0, (column.values - mean) / spread), mean, spread))
    if missing[training].any() and not missing[training].all():
        parts.append((f"{column.name} is missing", missing.astype(float), 0.0, 1.0))
    return parts


def _texts(column: Column, training: NDArray[np.bool_]) -> list[tuple[str, Floats, float, float]]:
    values = np.array(["(missing)" if value is None else str(value) for value in column.values], dtype=object)
    names, sizes = np.unique(values[training].astype(str), return_counts=True)
    kept = [str(name) for name, size in zip(names, sizes, strict=True) if size >= RARE]
    told = np.where(np.isin(values.astype(str), kept), values, "other")
    levels = [*kept, *(["other"] if (told[training] == "other").sum() >= RARE else [])]
    if len(levels) < 2:
        return []
    return [(f"{column.name} is {level}", (told == level).astype(float), 0.0, 1.0) for level in levels]
