"""What was known at a moment about demand: sales, availability, promotions, weather, and the catalogue beside them.

Every reader takes the rows known by the moment and, of several rows about the same day, the one known last; of
weather it takes all that were issued by then. The frames have the columns that `forecasting.known.frames` names. Ids
are strings, days are midnight without a zone, moments are UTC. Measured with 3.44 million warehouse-product-days: see
docs/measured.md.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.broken import BrokenRow
from data.frames.day_rows import DayRows, day_rows
from data.frames.product_ranges import ranges_as_of
from data.frames.sales_days import FRESH_STOCK_DAYS
from data.frames.streaming import Codes, as_ids, as_moments, as_text, flattened, stream_columns
from data.tables import (
    HOURS,
    DailyAvailabilityRow,
    DailySalesRow,
    EventRow,
    LotRow,
    ProductRow,
    PromotionRow,
    WarehouseRow,
    WeatherRow,
)

HISTORY_OF_STOCK_DAYS = 60  # receipts further back say nothing about what is sold now


def sales_as_of(
    session: Session, moment: datetime, warehouse_ids: Sequence[str] | None = None, since: date | None = None
) -> tuple[pd.DataFrame, NDArray[np.float32], NDArray[np.int8]]:
    """Sales and availability by warehouse, product and local day, as known at `moment`; days from `since` on.

    Returns the days (warehouse_id, product_id, date, sales in the product's unit, known_at), sorted by the first
    three; hourly sales (n x 24, NaN where only the day is known); and in_stock (n x 24: 1 in stock, 0 out of
    stock, -1 unknown). A day without sales on which a product that was sold before is known to have been out of stock
    all day is a row of 0. A row's `known_at` is that of its sales or its availability, whichever came later. Raises
    BrokenRow for hours that cannot be read."""
    columns = (DailySalesRow.sales, DailySalesRow.hourly_sales)
    rows = day_rows(session, DailySalesRow, columns, moment, warehouse_ids, since)
    sales, hourly = rows.values
    days, keep = _latest_of_each_day(rows.warehouse, rows.product, rows.day, rows.known)
    days.insert(3, "sales", sales[keep])
    if not np.array_equal(keep, np.arange(len(hourly))):  # a copy of the largest array only where it is needed
        hourly = hourly[keep]
    in_stock, sold_out = _in_stock_of(days, session, moment, warehouse_ids, since)
    if len(sold_out):
        days = pd.concat([days, sold_out], ignore_index=True)
        w_rank, p_rank = (pd.factorize(days[name], sort=True)[0] for name in ("warehouse_id", "product_id"))
        order = np.lexsort((days["date"], p_rank, w_rank))
        days = days.take(order).reset_index(drop=True)
        nothing = np.zeros((len(sold_out), HOURS))
        hourly = np.concatenate([hourly, nothing.astype(hourly.dtype)])[order]
        in_stock = np.concatenate([in_stock, nothing.astype(np.int8)])[order]
    return days, hourly.astype(np.float32, copy=False), in_stock


def promotions_as_of(
    session: Session,
    moment: datetime,
    warehouse_ids: Sequence[str] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> pd.DataFrame:
    """The promotions planned at `moment`, one row per day (days after `moment` too: a plan), days from `since` on.

    Of one that runs beyond `until` the days up to it, but at least the first: a price planned for later says that the
    product will be sold, and one until 2099 costs no more than one until next month.
    Columns warehouse_id, product_id, date, discount (price / list price), promoted, known_at. A promotion known
    later with the same first day replaces the earlier one; where others overlap, the one known last counts."""
    statement = select(
        PromotionRow.warehouse_id,
        PromotionRow.product_id,
        as_text(session, PromotionRow.starts_on),
        as_text(session, PromotionRow.ends_on),
        as_text(session, PromotionRow.known_at),
        PromotionRow.discount,
        PromotionRow.promoted,
    ).where(PromotionRow.known_at <= moment)
    if warehouse_ids is not None:
        statement = statement.where(PromotionRow.warehouse_id.in_(warehouse_ids))
    warehouse, product, start, end, known = Codes(), Codes(), Codes(), Codes(), Codes()
    discounts: list[NDArray[Any]] = []
    promoted: list[NDArray[Any]] = []
    for w, p, s, e, k, discount, marked in stream_columns(session, statement):
        for column, values in ((warehouse, w), (product, p), (start, s), (end, e), (known, k)):
            column.extend(values)
        discounts.append(np.array(discount, dtype="f8"))
        promoted.append(np.array(marked, dtype=bool))

    plans, keep = _latest_of_each_day(warehouse, product, start.days(), known.moments())
    plans["discount"] = flattened(discounts, "f8")[keep]
    plans["promoted"] = flattened(promoted, "bool")[keep]
    days = _one_row_per_day(plans, end.days()[keep], since, until)
    days = days.sort_values(["warehouse_id", "product_id", "date", "known_at"], kind="stable", ignore_index=True)
    days = days.drop_duplicates(["warehouse_id", "product_id", "date"], keep="last", ignore_index=True)
    return days[["warehouse_id", "product_id", "date", "discount", "promoted", "known_at"]]


def listed_as_of(session: Session, moment: datetime, warehouse_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """What warehouses had stock of come in by `moment`, sold yet or not, and what they were to sell from a day on: it
    will be sold.

    Columns warehouse_id, product_id, until (FRESH_STOCK_DAYS after the receipt or that day), known_at; a row a lot or
    product."""
    query = select(LotRow.warehouse_id, LotRow.product_id, LotRow.received_at, LotRow.known_at).where(
        LotRow.known_at <= moment
    )
    query = query.where(LotRow.received_at > moment - timedelta(days=HISTORY_OF_STOCK_DAYS))
    if warehouse_ids is not None:
        query = query.where(LotRow.warehouse_id.in_(warehouse_ids))
    rows = session.execute(query.order_by(LotRow.lot_id, LotRow.warehouse_id)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=["warehouse_id", "product_id", "until", "known_at"])
    frame = frame.astype({"warehouse_id": "str", "product_id": "str"})
    for name in ("until", "known_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    frame["until"] = frame["until"].dt.tz_localize(None).dt.normalize() + pd.Timedelta(days=FRESH_STOCK_DAYS)
    new = ranges_as_of(session, moment, warehouse_ids)
    new = new.drop_duplicates(["warehouse_id", "product_id"], keep="last").dropna(subset="sold_from")
    if new.empty:
        return frame
    new = new.assign(until=new["sold_from"] + pd.Timedelta(days=FRESH_STOCK_DAYS))
    return pd.concat([frame, new[list(frame.columns)]], ignore_index=True)


def weather_as_of(
    session: Session, moment: datetime, warehouse_ids: Sequence[str] | None = None, since: date | None = None
) -> pd.DataFrame:
    """The weather by warehouse and local day known at `moment`, observed or forecast; days from `since` on.

    Columns warehouse_id, date, temperature_c, precipitation_mm, humidity_pct, wind_speed (the mean Beaufort
    number), issued_at, observed. A day has a row for each time that it was forecast or observed by then, in that
    order: a model learns from what was forecast at the time, which the observation alone would hide."""
    numbers = ("temperature_c", "precipitation_mm", "humidity_pct", "wind_level")
    statement = select(
        WeatherRow.warehouse_id,
        as_text(session, WeatherRow.date).label("date"),
        *(getattr(WeatherRow, name) for name in numbers),
        as_text(session, WeatherRow.issued_at).label("issued_at"),
        WeatherRow.observed,
    ).where(WeatherRow.issued_at <= moment)
    if warehouse_ids is not None:
        statement = statement.where(WeatherRow.warehouse_id.in_(warehouse_ids))
    if since is not None:
        statement = statement.where(WeatherRow.date >= since)
    statement = statement.order_by(WeatherRow.warehouse_id, WeatherRow.date, WeatherRow.issued_at)
    names = [column.key for column in statement.selected_columns]
    rows = [dict(zip(names, columns, strict=True)) for columns in stream_columns(session, statement)]
    frame = pd.concat([pd.DataFrame(chunk) for chunk in rows] or [pd.DataFrame(columns=names)], ignore_index=True)
    frame = frame.astype(
        {"warehouse_id": "str", "date": "datetime64[us]", **dict.fromkeys(numbers, "float64"), "observed": "bool"}
    ).assign(issued_at=pd.to_datetime(frame["issued_at"], format="ISO8601", utc=True).astype("datetime64[us, UTC]"))
    return frame.rename(columns={"wind_level": "wind_speed"})


def events_as_of(session: Session, moment: datetime) -> pd.DataFrame:
    """The events known at `moment`, every version known by then.

    Columns event_id, name, kind, first_day, last_day, warehouse_id and city (or None), closed, cancelled, known_at."""
    names = [
        *("event_id", "name", "kind", "first_day", "last_day"),
        *("warehouse_id", "city", "closed", "cancelled", "known_at"),
    ]
    columns = [getattr(EventRow, name) for name in names]
    query = select(*columns).where(EventRow.known_at <= moment).order_by(EventRow.event_id, EventRow.known_at)
    frame = pd.DataFrame([tuple(row) for row in session.execute(query)], columns=names)
    ids, flags = dict.fromkeys(("event_id", "name", "kind"), "str"), dict.fromkeys(("closed", "cancelled"), "bool")
    places = dict.fromkeys(("warehouse_id", "city"), "object")
    days = dict.fromkeys(("first_day", "last_day"), "datetime64[us]")
    frame["known_at"] = pd.to_datetime(frame["known_at"], utc=True).astype("datetime64[us, UTC]")
    return frame.astype(ids | flags | places | days)


def products_frame(session: Session) -> pd.DataFrame:
    """The catalogue: product_id, category, subcategory (or None), unit, in_wholes, introduced, delisted (first
    and last day on sale, or NaT)."""
    rows = session.execute(
        select(
            ProductRow.product_id,
            ProductRow.category,
            ProductRow.subcategory,
            ProductRow.unit,
            ProductRow.introduced_on,
            ProductRow.delisted_on,
        ).order_by(ProductRow.product_id)
    ).all()
    frame = pd.DataFrame(
        [(*row[:3], row[3].value, row[3].in_wholes, *row[4:]) for row in rows],
        columns=["product_id", "category", "subcategory", "unit", "in_wholes", "introduced", "delisted"],
    )
    return frame.astype(
        {
            "product_id": "str",
            "category": "str",
            "subcategory": "object",
            "unit": "str",
            "in_wholes": "bool",
            "introduced": "datetime64[us]",
            "delisted": "datetime64[us]",
        }
    )


def warehouses_frame(session: Session) -> pd.DataFrame:
    """The warehouses: warehouse_id, city, closed (last day of business, or NaT), country, subdivision (or None)."""
    columns = (
        *(WarehouseRow.warehouse_id, WarehouseRow.city, WarehouseRow.closed_on),
        *(WarehouseRow.country, WarehouseRow.subdivision),
    )
    rows = session.execute(select(*columns).order_by(WarehouseRow.warehouse_id)).all()
    names = ["warehouse_id", "city", "closed", "country", "subdivision"]
    frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
    types = dict.fromkeys(("warehouse_id", "city", "country"), "str")
    return frame.astype(types | {"closed": "datetime64[us]", "subdivision": "object"})


def _latest_of_each_day(
    warehouse: Codes, product: Codes, days: NDArray[np.datetime64], known: NDArray[np.datetime64]
) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """The rows known last for each warehouse, product and day, sorted by these; and where they were read."""
    warehouses, products = as_ids(warehouse.texts, warehouse.codes()), as_ids(product.texts, product.codes())
    key = _day_keys(_ranks(warehouse), _ranks(product), days)
    order = np.lexsort((known, key))
    last_of_its_key = np.append(np.diff(key[order]) != 0, True)[: len(order)]
    keep = order[last_of_its_key]
    frame = pd.DataFrame(
        {
            "warehouse_id": warehouses.take(keep),
            "product_id": products.take(keep),
            "date": days[keep].astype("datetime64[us]"),
            "known_at": as_moments(known[keep]),
        }
    )
    return frame, keep


def _ranks(column: Codes) -> NDArray[np.int64]:
    """Codes that sort as their texts do."""
    ranks = np.empty(len(column.texts), dtype=np.int64)
    ranks[np.argsort(np.array(column.texts, dtype=object))] = np.arange(len(ranks))
    return ranks[column.codes()]


def _day_keys(
    warehouse: NDArray[np.int64], product: NDArray[np.int64], days: NDArray[np.datetime64]
) -> NDArray[np.int64]:
    # 2^21 warehouses, 2^21 products and 2^20 days (to the year 4840) fit one number
    number = days.astype("datetime64[D]").astype(np.int64)
    return (warehouse << 41) | (product << 20) | number


def _in_stock_of(
    days: pd.DataFrame,
    session: Session,
    moment: datetime,
    warehouse_ids: Sequence[str] | None,
    since: date | None,
) -> tuple[NDArray[np.int8], pd.DataFrame]:
    """The availability known at `moment` of each of the days (n x 24: 1, 0, or -1 where there is none); and the days
    (columns as `days`, sales 0) that are not among them on which one of their products was out of stock all day.

    A day becomes known when both of its halves are: where availability came later than sales, `known_at` of the day
    is moved on to it, so that no earlier origin sees it."""
    columns = (DailyAvailabilityRow.in_stock_hours,)
    rows = day_rows(session, DailyAvailabilityRow, columns, moment, warehouse_ids, since)
    (bits,) = rows.values
    if (bits < 0).any():
        at = int(np.argmax(bits < 0))
        where = f"{rows.product.text(at)} in {rows.warehouse.text(at)} on {rows.day[at]}"
        raise BrokenRow(f"the hours in stock of {where} are {bits[at]}, 24 bits are expected")
    in_stock = np.full((len(days), HOURS), -1, dtype=np.int8)
    if not len(bits) or not len(days):
        return in_stock, days[:0]

    # sales and availability meet on numbers: their ids in one numbering, their days beside them
    w_index, p_index = pd.Index(rows.warehouse.texts), pd.Index(rows.product.texts)
    w_rows, p_rows = (
        w_index.get_indexer(pd.Index(days["warehouse_id"])),
        p_index.get_indexer(pd.Index(days["product_id"])),
    )
    key = _day_keys(rows.warehouse.codes().astype(np.int64), rows.product.codes().astype(np.int64), rows.day)
    order = np.lexsort((rows.known, key))
    sorted_key = key[order]
    wanted = _day_keys(w_rows.astype(np.int64), p_rows.astype(np.int64), days["date"].to_numpy())
    place = np.searchsorted(sorted_key, wanted, side="right") - 1  # the last of equal keys is the one known last
    found = (place >= 0) & (w_rows >= 0) & (p_rows >= 0)
    found &= sorted_key[np.maximum(place, 0)] == wanted
    of_days = bits.astype("<u4")[order]
    out = np.flatnonzero(np.append(sorted_key[1:] != sorted_key[:-1], True) & (of_days == 0))
    by_key = np.sort(wanted)
    before = by_key[np.maximum(np.searchsorted(by_key, sorted_key[out], side="right") - 1, 0)]  # the row at or before
    sold_before = (before < sorted_key[out]) & (before >> 20 == sorted_key[out] >> 20)
    sold_out = _nothing_sold(rows, order[out[sold_before]])
    words = of_days[place[found]]
    unpacked = np.unpackbits(words.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    in_stock[found] = unpacked[:, :HOURS].astype(np.int8)
    sales_known = days["known_at"].dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    sales_known[found] = np.maximum(sales_known[found], rows.known[order][place[found]])
    days["known_at"] = as_moments(sales_known)
    return in_stock, sold_out[list(days.columns)]


def _nothing_sold(rows: DayRows, chosen: NDArray[np.intp]) -> pd.DataFrame:
    """Days of 0 sales (as `sales_as_of` returns them) for some rows."""
    return pd.DataFrame(
        {
            "warehouse_id": as_ids(rows.warehouse.texts, rows.warehouse.codes()[chosen]),
            "product_id": as_ids(rows.product.texts, rows.product.codes()[chosen]),
            "date": rows.day[chosen].astype("datetime64[us]"),
            "sales": 0.0,
            "known_at": as_moments(rows.known[chosen]),
        }
    )


def _one_row_per_day(
    plans: pd.DataFrame, ends_on: NDArray[np.datetime64], since: date | None, until: date | None
) -> pd.DataFrame:
    """Promotions expanded to their days from `since` to `until`; `plans.date` is the first day of each."""
    first, last = plans["date"].to_numpy().astype("datetime64[D]"), ends_on.astype("datetime64[D]")
    if since is not None:
        first = np.maximum(first, np.datetime64(since, "D"))
    if until is not None:
        last = np.minimum(last, np.maximum(first, np.datetime64(until, "D")))
    length = np.maximum((last - first).astype(np.int64) + 1, 0)
    row = np.repeat(np.arange(len(plans)), length)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return plans.iloc[row].reset_index(drop=True).assign(date=(first[row] + offset).astype("datetime64[us]"))
