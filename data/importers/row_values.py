"""Reads the texts of a batch into values, each distinct text once, and turns local times into moments."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.importers.kind import Column, ImportKind
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import MOMENT, BadValue, moment_of_local_time

REMEMBERED = 100_000  # texts of a column that need not be read again


def read_values(records: Records, kind: ImportKind, known: Known, read_before: dict[str, dict[str, Any]]) -> None:
    """Reads the texts of all columns, each distinct text once, and turns local times into moments.

    `read_before` holds what earlier batches read, by column."""
    for name, texts in records.texts.items():
        column = kind.column(name)
        memory = read_before.setdefault(name, {})
        if len(memory) > REMEMBERED:  # a column of which every text is another
            memory.clear()
        distinct = set(texts)
        for text in distinct.difference(memory):
            memory[text] = _value_or_problem(column, text.strip(), known)
        values = list(map(memory.__getitem__, texts))
        if any(isinstance(memory[text], BadValue) for text in distinct):
            for row, value in enumerate(values):
                if isinstance(value, BadValue):
                    records.mark(row, name, value)
                    values[row] = None
        records.values[name] = values
    for column in kind.columns:
        if column.type is MOMENT and column.name in records.values:
            _place_in_time(records, column, known)


def _value_or_problem(column: Column, text: str, known: Known) -> Any:
    if not text:
        return BadValue("is missing", "Write a value") if column.required else None
    try:
        value = column.type.read(text)
    except BadValue as problem:
        return problem
    if column.refers is not None and value not in known.ids(column.refers):
        return BadValue(f"is not among the {column.refers}", f"Correct it, or import the {column.refers} first")
    return value


def _place_in_time(records: Records, column: Column, known: Known) -> None:
    values = records.values[column.name]
    if not column.past and all(moment is None or moment.tzinfo is not None for moment in values):
        return
    placed: dict[tuple[datetime, str], datetime] = {}
    for row in records.good_rows():
        moment = values[row]
        if moment is None:
            continue
        if moment.tzinfo is None:
            try:
                zone = _zone_of(records, row, column, known)
                if zone is None:
                    raise BadValue("has no time zone", "Write the time with its offset, as 2026-03-01T08:30:00+08:00")
                if (moment, zone.key) not in placed:
                    placed[moment, zone.key] = moment_of_local_time(moment, zone)
                moment = values[row] = placed[moment, zone.key]
            except BadValue as problem:
                records.mark(row, column.name, problem)
                continue
        if column.past and moment > known.now:
            records.refuse(row, column.name, "lies in the future", "Check the time and its offset")


def _zone_of(records: Records, row: int, column: Column, known: Known) -> ZoneInfo | None:
    """The time zone that a row's moment is told in where it has no offset."""
    by = (column.zone_by,) if isinstance(column.zone_by, str) else column.zone_by or ("",)
    owners = {name: records.column(name)[row] for name in by}
    name = next((name for name, owner in owners.items() if owner is not None), by[-1])
    return known.zone(name, owners[name])
