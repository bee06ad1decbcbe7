"""Columns of the frames that slotting reads: refused by name where they lack, empty values where they are optional."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]


def check(frame: pd.DataFrame, columns: tuple[str, ...], name: str, key: str) -> None:
    """Raises ValueError where a column is missing or a key is given twice."""
    if missing := set(columns) - set(frame.columns):
        raise ValueError(f"{name}: missing columns {sorted(missing)}")
    twice = frame.loc[frame[key].duplicated(), key]
    if len(twice):
        raise ValueError(f"{name}: {key} {twice.iloc[0]} is given twice")


def numbers(frame: pd.DataFrame, column: str, unknown: float) -> Floats:
    """A column of numbers; `unknown` where it or a value is missing."""
    if column not in frame:
        return np.full(len(frame), unknown)
    return np.asarray(frame[column].astype(float).fillna(unknown), np.float64)


def texts(frame: pd.DataFrame, column: str) -> Texts:
    """A column of texts; "" where it or a value is missing."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    told = frame[column].astype(object)
    return told.where(told.notna(), "").map(str).to_numpy(object)


def flags(frame: pd.DataFrame, column: str, unknown: bool) -> Bools:
    """A column of yes and no; `unknown` where it or a value is missing."""
    return np.asarray(numbers(frame, column, float(unknown)) != 0)


def numbered(*columns: np.ndarray) -> tuple[Ints, Ints]:
    """Of the different rows of some columns the first of each, and of each row the number of that which is like it."""
    rows = pd.DataFrame(dict(enumerate(columns)))
    number = rows.groupby(list(rows), sort=False, dropna=False).ngroup().to_numpy(np.int64)
    first = np.full(int(number.max(initial=-1)) + 1, len(number))
    np.minimum.at(first, number, np.arange(len(number)))
    return np.asarray(first, np.int64), np.asarray(number, np.int64)
