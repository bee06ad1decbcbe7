"""Reads a file of a floor, CSV or Parquet, as a table of texts, and refuses what is wrong in it: file, line, column and
remedy are named."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.importers.rows.values import BadValue, ValueType
from data.languages import Reworded, Sentence
from flows.errors import Invalid

HEADER = 2  # the line of the first row, the header's being 1


def table_of(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """The file with its values as texts, without spaces around them."""
    if not path.is_file():
        raise Invalid("File {path} was not found.", path=path)
    try:
        if path.suffix.lower() == ".parquet":
            read = pd.read_parquet(path)
            table = read.astype("string").fillna("")
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except (ValueError, UnicodeDecodeError, OSError) as error:
        raise Invalid("{name} cannot be read as a table: {why}.", name=path.name, why=error) from error
    table.columns = [str(name).strip() for name in table.columns]
    if missing := [name for name in columns if name not in table]:
        raise Invalid("{name} lacks the column {missing}.", name=path.name, missing=missing)
    return table


def numbers(path: Path, told: pd.Series) -> pd.Series:
    """A column of numbers."""
    found = pd.to_numeric(told, errors="coerce").astype(float)
    refuse(
        path, told, ~np.isfinite(found), Sentence("{name} {value!r} is no number; write one as 12.5", name=told.name)
    )
    return found


def the_only(path: Path, rows: pd.DataFrame, name: str) -> float | None:
    """The number of the only row, None without one."""
    if len(rows) > 1:
        raise Invalid(
            "{name}: kind {kind} is given twice; one row is needed.", name=path.name, kind=rows["kind"].iloc[0]
        )
    return float(numbers(path, rows[name]).iloc[0]) if len(rows) else None


def refuse(path: Path, told: pd.Series, wrong: object, problem: Sentence) -> None:
    """Raises Invalid for the first row that is wrong."""
    rows = np.flatnonzero(np.asarray(wrong, bool))
    if len(rows):
        value, line = told.iloc[int(rows[0])], int(told.index[int(rows[0])]) + HEADER
        raise Invalid(
            "{name}, line {line}: {problem}.",
            name=path.name,
            line=line,
            problem=problem.with_values(value=value),
            field=str(told.name),
        )


def values(path: Path, table: pd.DataFrame, columns: Iterable[tuple[str, ValueType]]) -> pd.DataFrame:
    """Those of the columns that the table has, each text read as its type, None where it is empty."""
    read = {}
    for name, type_ in columns:
        if name in table:
            told = table[name]
            known = {text: _value(path, told, text, type_) for text in told.unique()}
            read[name] = pd.Series([known[text] for text in told], table.index, dtype=object)
    return pd.DataFrame(read, table.index)


def _value(path: Path, told: pd.Series, text: str, type_: ValueType) -> Any:
    if not text.strip():
        return None
    try:
        return type_.read(text.strip())
    except BadValue as error:
        line = int(told.index[int((told == text).to_numpy().argmax())]) + HEADER
        raise Invalid(
            "{name}, line {line}: {column} {value!r} {reason}. {remedy}.",
            name=path.name,
            line=line,
            column=told.name,
            value=text,
            reason=Reworded(error.reason),
            remedy=Reworded(error.remedy),
            field=str(told.name),
        ) from error
