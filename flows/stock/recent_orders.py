"""What customers' order lines tell of the last days' sales, and of what is ordered for days to come."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from data.frames.stock_frames import Line, last_ordered_at, order_lines_of, ordered_ahead
from data.kept.net_sales import OrderLine, net_lines
from data.local_days import end_of_day
from data.tables import WarehouseRow


@dataclass(frozen=True, eq=False)
class RecentOrders:
    """Order lines less what was returned, in the product's unit.

    bought  by product, the moment and the quantity of lines for their own day
    ahead   by product and day, what was ordered for it on a day before
    until   by day with order lines, the moment up to which they are known
    """

    bought: Mapping[str, Sequence[tuple[datetime, float]]]
    ahead: Mapping[tuple[str, date], float]
    until: Mapping[date, datetime]


def recent_orders(session: Session, place: WarehouseRow, first: date, last: date, now: datetime) -> RecentOrders:
    """Of a warehouse's local days from `first` to `last`, and ahead for days after them, as is known at `now`.

    Nobody says up to when orders were told: they are known up to the last one that is."""
    zone = ZoneInfo(place.timezone)
    placed = order_lines_of(session, place.warehouse_id, place.timezone, first, last, now)
    of_day: defaultdict[tuple[str, date], list[OrderLine]] = defaultdict(list)
    known = last_ordered_at(session, place.warehouse_id, now)
    until: dict[date, datetime] = {}
    for line in placed:
        there = line.ordered_at.astimezone(zone)
        if known is not None:
            until[there.date()] = min(known, end_of_day(there.date(), place.timezone))
        if line.wanted_on in (None, there.date()):
            of_day[line.product_id, there.date()].append(_as_order_line(line, there.hour))
    bought: defaultdict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for (product_id, _), lines in of_day.items():
        kept, _ = net_lines(lines)
        bought[product_id] += [(line.ordered_at, float(quantity)) for line, quantity in kept if quantity > 0]
    return RecentOrders(bought, _ahead(ordered_ahead(session, place.warehouse_id, first, now), zone), until)


def _ahead(lines: Sequence[Line], zone: ZoneInfo) -> dict[tuple[str, date], float]:
    total: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.wanted_on is not None and line.ordered_at.astimezone(zone).date() != line.wanted_on:
            total[line.product_id, line.wanted_on] += line.quantity
    return {key: float(quantity) for key, quantity in total.items() if quantity > 0}


def _as_order_line(line: Line, hour: int) -> OrderLine:
    return OrderLine(line.order_id, line.ordered_at, hour, line.quantity)
