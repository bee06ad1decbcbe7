"""What of each product lay in a warehouse when a local day ended: lots as they were known then, less what was sold
since they were counted by what is known of sales now. Blocked lots lie there too.

It is worked out once, the morning after: lots that are counted later do not change what was believed.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd
from sqlalchemy.orm import Session

from data.frames.lots_as_of import lots_as_of
from data.frames.worth.raw_rows import framed
from data.local_days import end_of_day
from data.tables import WarehouseRow
from flows.stock.expected_stock import sales_since
from warehouse.stock.lots import StockLot
from warehouse.stock.stock_now import CountedLot, stock_now


def stock_at_end(session: Session, place: WarehouseRow, days: Iterable[date], now: datetime) -> pd.DataFrame:
    """product_id, date, quantity: of products of which something was left."""
    rows = [
        (product_id, day, quantity)
        for day in days
        for product_id, quantity in _at_end_of(session, place, end_of_day(day, place.timezone), now).items()
    ]
    return framed(("product_id", "date", "quantity"), rows)


def _at_end_of(session: Session, place: WarehouseRow, end: datetime, now: datetime) -> dict[str, float]:
    lots = lots_as_of(session, [place.warehouse_id], end, something_left=True)
    counts: defaultdict[str, list[datetime]] = defaultdict(list)
    for lot in lots:
        counts[lot.product_id].append(min(lot.counted_at, end))
    sold = sales_since(session, place, None, counts, end, known_by=now).sold
    counted = [
        CountedLot(StockLot(lot.lot_id, lot.product_id, lot.on_hand, lot.expires_on), lot.counted_at) for lot in lots
    ]
    left: defaultdict[str, float] = defaultdict(float)
    for one in stock_now(counted, sold):
        left[one.product_id] += float(one.quantity)
    return left
