"""The days on which warehouses sell their products, as known at a moment: what somebody has said of a warehouse's own
range, beside the last days of products and warehouses. They are few, so they are read whole and looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ProductRangeRow, RangeKind

if TYPE_CHECKING:
    import pandas as pd

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)  # days that are not forecast are taken to be like those a week before
COLUMNS: Final = ("warehouse_id", "product_id", "sold_from", "sold_until", "known_at")


def ranges_known_at(
    session: Session, moment: datetime, warehouse_ids: Collection[str] | None = None
) -> dict[tuple[str, str], ProductRangeRow]:
    """By warehouse and product, what was known last."""
    row = ProductRangeRow
    query = select(row).where(row.known_at <= moment).order_by(row.known_at)
    if warehouse_ids is not None:
        query = query.where(row.warehouse_id.in_(warehouse_ids))
    return {(one.warehouse_id, one.product_id): one for one in session.scalars(query)}


def ranges_of(session: Session, warehouse_id: str, moment: datetime) -> dict[str, ProductRangeRow]:
    """The same of a warehouse, by product."""
    return {product_id: row for (_, product_id), row in ranges_known_at(session, moment, [warehouse_id]).items()}


def is_sold_on(row: ProductRangeRow | None, day: date) -> bool:
    """Whether a warehouse sells a product on a day, ordered ahead or not."""
    if row is None:
        return True
    ends = row.sold_until if row.kind is not RangeKind.ON_DEMAND else None
    return (row.sold_from is None or row.sold_from <= day) and (ends is None or day <= ends)


def last_days_of(ranges: Mapping[str, ProductRangeRow]) -> dict[str, date]:
    """By product, the last day on which the warehouse sells it; one that is bought on demand has none."""
    return {
        product_id: row.sold_until
        for product_id, row in ranges.items()
        if row.sold_until is not None and row.kind is not RangeKind.ON_DEMAND
    }


def ranges_as_of(session: Session, moment: datetime, warehouse_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """Every version known at the moment: warehouse_id, product_id, sold_from, sold_until (days or NaT), known_at."""
    import pandas as pd  # large, and not wanted by who reads no frames

    row = ProductRangeRow
    query = select(*(getattr(row, name) for name in COLUMNS)).where(row.known_at <= moment).order_by(row.known_at)
    if warehouse_ids is not None:
        query = query.where(row.warehouse_id.in_(warehouse_ids))
    frame = pd.DataFrame([tuple(one) for one in session.execute(query)], columns=list(COLUMNS))
    frame["known_at"] = pd.to_datetime(frame["known_at"], utc=True).astype("datetime64[us, UTC]")
    days = dict.fromkeys(("sold_from", "sold_until"), "datetime64[us]")
    return frame.astype({"warehouse_id": "str", "product_id": "str", **days})


def on_days_of_range(rows: pd.DataFrame, ranges: Mapping[str, ProductRangeRow], first_day: date) -> pd.DataFrame:
    """A warehouse's rows (product_id, date and numbers) from `first_day` on, of the days on which it buys the product
    for whoever may come: none after the last. Days that are sold and not bought for hold zeros, so that nobody takes
    them for days like those beside them: before the first, and after the last of what is bought on demand."""
    import pandas as pd  # as above

    if not ranges:
        return rows
    first = pd.to_datetime(rows["product_id"].map({name: row.sold_from for name, row in ranges.items()}))
    last = pd.to_datetime(rows["product_id"].map({name: row.sold_until for name, row in ranges.items()}))
    kept = rows[(first.isna() | (rows["date"] >= first)) & (last.isna() | (rows["date"] <= last))]
    nothing = [
        pd.DataFrame({"product_id": name, "date": days})
        for name in kept["product_id"].unique()
        if (row := ranges.get(name)) is not None
        for days in _days_of_nothing(row, first_day, rows["date"].max().date())
    ]
    if nothing:
        kept = pd.concat([kept, *nothing]).fillna(0.0).sort_values(["product_id", "date"])
    return kept.reset_index(drop=True)


def _days_of_nothing(row: ProductRangeRow, first_day: date, last_day: date) -> Iterator[pd.DatetimeIndex]:
    import pandas as pd  # as above

    if row.sold_from is not None and row.sold_from > first_day:
        yield pd.date_range(first_day, row.sold_from, inclusive="left")
    if row.sold_until is not None and row.kind is RangeKind.ON_DEMAND:
        yield pd.date_range(max(row.sold_until + DAY, first_day), max(row.sold_until + WEEK, last_day))
