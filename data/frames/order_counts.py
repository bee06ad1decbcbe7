"""Customers' orders counted by half hour of the warehouse's clock: what of them was known at a moment.

An order counts once, at its first line, where a line of it is to be delivered: not what was returned or cancelled, nor
what was ordered ahead for another day, which nobody waits for in that half hour.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from data.local_days import start_of_day
from data.tables import OrderLineRow

QUARTER: Final = 900  # seconds: clocks differ from UTC by whole quarters of an hour
COLUMNS: Final = ["warehouse_id", "date", "slot", "orders", "lines"]


class OrdersCounted(NamedTuple):
    """Orders and their lines in a half hour of a local day: slot 0 begins at 00:00, slot 47 at 23:30."""

    warehouse_id: str
    date: date
    slot: int
    orders: int
    lines: int


def order_counts(
    session: Session, warehouse_ids: Collection[str], timezone: str, first: date, moment: datetime
) -> list[OrdersCounted]:
    """Of the warehouses' local days from `first` on, as known at the moment; half hours without orders are absent."""
    line = OrderLineRow
    orders = (
        select(
            line.warehouse_id,
            func.min(line.ordered_at, type_=line.ordered_at.type).label("ordered_at"),
            func.min(line.wanted_on, type_=line.wanted_on.type).label("wanted_on"),
            func.count().label("lines"),
        )
        .where(
            line.warehouse_id.in_(warehouse_ids),
            line.ordered_at >= start_of_day(first, timezone),
            line.ordered_at <= moment,
            line.known_at <= moment,
            line.quantity > 0,
        )
        .group_by(line.warehouse_id, line.order_id)
        .subquery()
    )
    quarter = _quarter_of(session, orders.c.ordered_at).label("quarter")
    key = orders.c.warehouse_id, quarter, orders.c.wanted_on
    query = select(*key, func.count(), func.sum(orders.c.lines)).group_by(*key)
    found: dict[tuple[str, date, int], tuple[int, int]] = {}
    zone = ZoneInfo(timezone)
    for warehouse_id, at, wanted_on, count, lines in session.execute(query):
        there = datetime.fromtimestamp(int(at) * QUARTER, UTC).astimezone(zone)
        if wanted_on in (None, there.date()):
            here = warehouse_id, there.date(), there.hour * 2 + there.minute // 30
            before = found.get(here, (0, 0))
            found[here] = before[0] + count, before[1] + int(lines)
    return [OrdersCounted(*key, *counted) for key, counted in sorted(found.items())]


def as_frame(counted: list[OrdersCounted]) -> pd.DataFrame:
    """warehouse_id, date (a day), slot, orders, lines."""
    frame = pd.DataFrame(counted, columns=COLUMNS)
    return frame.astype({"warehouse_id": "str", "date": "datetime64[us]", **dict.fromkeys(COLUMNS[2:], "int64")})


def _quarter_of(session: Session, moment: Any) -> Any:
    """The quarter of an hour of a moment, counted from 1970."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", moment), Integer) // QUARTER
    return func.floor(func.extract("epoch", moment) / QUARTER)
