"""Notes the rows that were there before any was sealed: of a database that is upgraded, say. Part by part, each a short
transaction. Whoever is killed in between begins again, and passes over what is noted; once they all are, the readings
have their first `until`, and nobody looks here any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from data.records.canonical import MOMENTS, table_of
from data.records.checking import next_keys
from data.records.ended_hours import UNTIL
from data.records.noting import note_rows
from data.rows_of_keys import rows_of_keys

KINDS: Sequence[str] = tuple(MOMENTS)


@dataclass(frozen=True)
class Place:
    """Up to which row of which kind they are noted; `after` None: none of that kind yet."""

    kind: str = KINDS[0]
    after: tuple[Any, ...] | None = None


def note_rows_from_before(connection: Connection, place: Place) -> Place | None:
    """Notes the next part of the rows; None: all are noted, as after the first time for good."""
    if connection.scalar(select(UNTIL.c.until)) is not None:
        return None
    table = table_of(place.kind)
    keys = next_keys(connection, table, place.after)
    if not keys:
        following = KINDS[KINDS.index(place.kind) + 1 :]
        return Place(following[0]) if following else None
    names = [column.name for column in table.columns]
    rows = (dict(zip(names, row, strict=True)) for row in rows_of_keys(connection, table, names, keys))
    note_rows(connection, table, rows, unless_noted=True)
    return Place(place.kind, keys[-1])
