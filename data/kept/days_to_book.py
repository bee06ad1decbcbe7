"""Which days' sales are to be booked from order lines: a list that imports of orders add to and booking takes from.

A change of a day's lines also reaches the days after it on which its products are still listed: there they sold
nothing unless they were ordered. An import lists the days in the transaction that changes the lines, and booking takes
a day off in the transaction that books it, so a day is never lost, whoever is killed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Connection, CursorResult, Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import DayToBookRow, WarehouseRow

STILL_LISTED_DAYS = 28  # a product that sold within these days and is not ordered today has sold nothing today


def list_changed_days(connection: Connection, changed: Iterable[tuple[str, date]], now: datetime) -> None:
    """Lists the days (warehouse_id, local day) whose lines changed, and those that the change reaches."""
    reached = {(name, day + timedelta(days=n)) for name, day in set(changed) for n in range(STILL_LISTED_DAYS + 1)}
    # updating a day that is listed already locks it: a booking under way in PostgreSQL must see the new lines or leave
    # the day on the list
    rows = ((name, day, now) for name, day in sorted(reached))
    write_rows(connection, cast(Table, DayToBookRow.__table__), ["warehouse_id", "date", "changed_at"], rows)


def warehouses_to_book(session: Session) -> dict[str, str]:
    """The time zone by warehouse, of those with listed days, in order of their ids."""
    query = (
        select(WarehouseRow.warehouse_id, WarehouseRow.timezone)
        .where(WarehouseRow.warehouse_id.in_(select(DayToBookRow.warehouse_id)))
        .order_by(WarehouseRow.warehouse_id)
    )
    return {row.warehouse_id: row.timezone for row in session.execute(query)}


def days_to_book(session: Session, warehouse_id: str, before: date) -> Sequence[date]:
    """A warehouse's listed local days before one, the oldest first."""
    mine = select(DayToBookRow.date).where(DayToBookRow.warehouse_id == warehouse_id, DayToBookRow.date < before)
    return session.scalars(mine.order_by(DayToBookRow.date)).all()


def take_day(session: Session, warehouse_id: str, day: date) -> bool:
    """Takes a day off the list; False where another booking was first. Comes before its lines are read."""
    mine = delete(DayToBookRow).where(DayToBookRow.warehouse_id == warehouse_id, DayToBookRow.date == day)
    return cast(CursorResult[None], session.execute(mine)).rowcount > 0
