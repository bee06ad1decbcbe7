"""The numbers that events get as they are passed on: where they go on, and up to which one the events are gone.

Readers keep a number as their cursor, so none may ever be given twice: not after the latest events were pruned, and not
in a database that was restored from before they were told.
"""

from typing import cast

from sqlalchemy import Connection, Table, func, inspect, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import EventNumbersRow, OutboxEventRow

ONLY_ROW = 1
TOLD_SINCE_AT_MOST = 1_000_000_000  # events between a backup and what was lost: far more than anyone tells
NUMBERS = cast(Table, EventNumbersRow.__table__)


def next_event_number(session: Session) -> int:
    """The number that the next event gets."""
    highest = session.scalar(select(func.max(OutboxEventRow.event_no))) or 0
    return max(highest, session.scalar(select(EventNumbersRow.given_up_to)) or 0) + 1


def events_pruned_up_to(session: Session) -> int:
    """The number up to which events are gone; 0: none is."""
    return session.scalar(select(EventNumbersRow.pruned_up_to)) or 0


def keep_pruned_up_to(connection: Connection, number: int) -> None:
    """Says that the events up to this number are gone, and that it is given."""
    given = connection.scalar(select(NUMBERS.c.given_up_to)) or 0
    _write(connection, number, max(number, given))


def begin_above_what_was_told(connection: Connection) -> None:
    """Of a restored database: the next numbers lie above all that were given since its backup, so that no reader's
    cursor is ahead of them. An older schema has nothing to keep it in."""
    if not inspect(connection).has_table(NUMBERS.name):
        return
    highest = connection.scalar(select(func.max(OutboxEventRow.event_no))) or 0
    row = connection.execute(select(NUMBERS.c.pruned_up_to, NUMBERS.c.given_up_to)).first()
    pruned, given = (0, 0) if row is None else row
    _write(connection, pruned, max(highest, given) + TOLD_SINCE_AT_MOST)


def _write(connection: Connection, pruned_up_to: int, given_up_to: int) -> None:
    columns = ["only_row", "pruned_up_to", "given_up_to"]
    write_rows(connection, NUMBERS, columns, [(ONLY_ROW, pruned_up_to, given_up_to)])
