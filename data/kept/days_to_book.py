"""Which days' sales are to be booked from order lines: a list that imports of orders add to and booking takes from.

A change of a day's lines also reaches the days after it on which its products are still listed: there they sold
nothing unless they were ordered. An import lists the days in the transaction that changes the lines, and booking takes
a day off in the transaction that books it, so a day is never lost, whoever is killed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Connection, CursorResult, Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.local_days import today_there
from data.tables import DayToBookRow, WarehouseRow

STILL_LISTED_DAYS = 28  # a product that sold within these days and is not ordered today has sold nothing today


@dataclass(frozen=True)
class WarehouseToBook:
    """A warehouse with days on the list; `days` are those that are over there, the oldest first."""

    warehouse_id: str
    timezone: str
    days: tuple[date, ...]


def list_changed_days(connection: Connection, changed: Iterable[tuple[str, date]], now: datetime) -> None:
    """Lists the days (warehouse_id, local day) whose lines changed, and those that the change reaches."""
    reached = {(name, day + timedelta(days=n)) for name, day in set(changed) for n in range(STILL_LISTED_DAYS + 1)}
    # updating a day that is listed already locks it: a booking under way in PostgreSQL must see the new lines or leave
    # the day on the list
    rows = ((name, day, now) for name, day in sorted(reached))
    write_rows(connection, cast(Table, DayToBookRow.__table__), ["warehouse_id", "date", "changed_at"], rows)


def warehouses_to_book(session: Session, now: datetime) -> list[WarehouseToBook]:
    """The warehouses with listed days, in order of their ids."""
    query = (
        select(DayToBookRow.warehouse_id, WarehouseRow.timezone, DayToBookRow.date)
        .join(WarehouseRow, WarehouseRow.warehouse_id == DayToBookRow.warehouse_id)
        .order_by(DayToBookRow.warehouse_id, DayToBookRow.date)
    )
    days: dict[tuple[str, str], list[date]] = {}
    for name, timezone, day in session.execute(query):
        over = days.setdefault((name, timezone), [])
        if day < today_there(now, timezone):
            over.append(day)
    return [WarehouseToBook(name, timezone, tuple(over)) for (name, timezone), over in days.items()]


def take_day(session: Session, warehouse_id: str, day: date) -> bool:
    """Takes a day off the list; False where another booking was first. Comes before its lines are read."""
    mine = delete(DayToBookRow).where(DayToBookRow.warehouse_id == warehouse_id, DayToBookRow.date == day)
    return cast(CursorResult[None], session.execute(mine)).rowcount > 0
