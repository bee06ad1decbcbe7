"""What warehouses sold, wanted and wasted of each product day by day, and what was bought together, over some weeks:
what a range is judged from. Frames have the columns that `warehouse.assortment.frames` names.

Days are those that the morning report has added up (`line_days`). A day without a row on which the warehouse sold
something counts as 0 for a fortnight after the product's last row, as in forecasts. Prices are list prices less the
discount of the day; a unit costs what the lots of the last weeks had cost, else what the usual markup leaves of the
list price.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.day_rows import day_rows
from data.frames.known_demand import promotions_as_of
from data.frames.streaming import Codes, as_ids, as_text, flattened, stream_columns
from data.local_days import start_of_day
from data.tables import HOURS, DailyAvailabilityRow, DailySalesRow, LineDayRow, LotRow, OrderLineRow, ProductRow

SILENT_DAYS: Final = 14
COST_DAYS: Final = 84
OPEN_DAYS: Final = 28  # from which opening hours are told
LEAST_OF_HOURS: Final = 0.002  # of what is sold, in an hour that counts as open
DAYS: Final = ["warehouse_id", "product_id", "date", "sold", "demand", "in_stock", "price", "cost"]
WASTED: Final = ("rejected_receipt", "rejected_dispatch", "expired", "damaged", "thrown_otherwise")
PRODUCTS: Final = ("category", "subcategory", "band", "unit", "list_price", "shelf_life_days", "introduced_on")
Floats = NDArray[np.float64]


def range_days(
    session: Session, warehouse_ids: Sequence[str], first: date, last: date, moment: datetime, markup: float
) -> pd.DataFrame:
    """A row a warehouse, product and day on which it was in the range, from `first` to `last`: DAYS, waste (units),
    waste_money, assumed (price or cost is what the usual markup makes of the other)."""
    parts = [_of_warehouse(session, name, first, last, moment) for name in warehouse_ids]
    days = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    days = days.merge(_costs(session, warehouse_ids, moment), on=["warehouse_id", "product_id"], how="left")
    listed = days["product_id"].map(
        {name: None if price is None else float(price) for name, price in session.execute(_list_prices()).tuples()}
    )
    listed = pd.to_numeric(listed)
    days["assumed"] = listed.isna() | days["cost"].isna()
    days["cost"] = days["cost"].fillna(listed / markup)
    discounts = promotions_as_of(session, moment, list(warehouse_ids), first, last)
    key = ["warehouse_id", "product_id", "date"]
    discount = days[key].merge(discounts[[*key, "discount"]], on=key, how="left")["discount"]
    days["price"] = listed.fillna(days["cost"] * markup) * discount.fillna(1.0).to_numpy(float)
    return days[[*DAYS, "waste", "waste_money", "assumed"]]


def range_products(session: Session) -> pd.DataFrame:
    """The catalogue: product_id, PRODUCTS, delisted_on."""
    row = ProductRow
    names = ("product_id", *PRODUCTS, "delisted_on")
    found = session.execute(select(*(getattr(row, name) for name in names)).order_by(row.product_id))
    frame = pd.DataFrame([tuple(one) for one in found], columns=list(names))
    numbers = dict.fromkeys(("list_price", "shelf_life_days"), "float64")
    texts = dict.fromkeys(("product_id", "category", "band", "unit"), "str")
    return frame.astype(numbers | texts | dict.fromkeys(("introduced_on", "delisted_on"), "datetime64[us]"))


def range_baskets(
    session: Session, zones: dict[str, str], first: date, last: date, moment: datetime, prices: pd.DataFrame
) -> pd.DataFrame:
    """The lines of customers' orders of the local days from `first` to `last`: basket_id, warehouse_id, date,
    product_id, quantity, money. `prices` (warehouse_id, product_id, price) count where a line has none."""
    parts = list(_baskets(session, zones, first, last, moment))
    columns = ["basket_id", "warehouse_id", "date", "product_id", "quantity", "money"]
    if not parts:
        return pd.DataFrame(columns=columns).astype({"date": "datetime64[us]", "quantity": "float64"})
    lines = pd.concat(parts, ignore_index=True)
    lines = lines.merge(prices, on=["warehouse_id", "product_id"], how="left")
    lines["money"] = lines["quantity"] * lines["unit_price"].fillna(lines["price"]).fillna(0.0)
    return lines[columns]


def _list_prices() -> Any:
    return select(ProductRow.product_id, ProductRow.list_price)


def _of_warehouse(session: Session, warehouse_id: str, first: date, last: date, moment: datetime) -> pd.DataFrame:
    """warehouse_id, product_id, date, sold, demand, in_stock, waste, waste_money of one warehouse."""
    row, sums = LineDayRow, ("sold", "demand", "known_days", *WASTED, "waste_money")
    statement = select(row.product_id, as_text(session, row.date), *(getattr(row, name) for name in sums)).where(
        row.warehouse_id == warehouse_id, row.date.between(first, last)
    )
    product, day = Codes(), Codes()
    parts: list[list[Floats]] = [[] for _ in sums]
    with closing(stream_columns(session, statement)) as chunks:
        for p, d, *numbers in chunks:
            product.extend(p)
            day.extend(d)
            for part, values in zip(parts, numbers, strict=True):
                part.append(np.array(values, dtype=float))
    if not product.texts:
        return pd.DataFrame(columns=[*DAYS[:6], "waste", "waste_money"]).astype({"date": "datetime64[us]"})
    at = product.codes(), (day.days() - np.datetime64(first, "D")).astype(int)
    shape = len(product.texts), (last - first).days + 1
    of = {name: _spread(shape, at, flattened(part, "float64")) for name, part in zip(sums, parts, strict=True)}
    there = _with_silent_days(of["sold"])
    rows, columns = np.nonzero(there)
    waste = np.sum([np.nan_to_num(of[name]) for name in WASTED], axis=0)
    return pd.DataFrame(
        {
            "warehouse_id": warehouse_id,
            "product_id": as_ids(product.texts, rows.astype(np.int32)),
            "date": (np.datetime64(first, "D") + columns).astype("datetime64[us]"),
            "sold": np.nan_to_num(of["sold"])[there],
            "demand": np.where(np.nan_to_num(of["known_days"]) > 0, of["demand"], np.nan)[there],
            "in_stock": _in_stock(session, warehouse_id, product.texts, first, shape, moment)[there],
            "waste": waste[there],
            "waste_money": np.nan_to_num(of["waste_money"])[there],
        }
    )


def _spread(shape: tuple[int, int], at: tuple[NDArray[Any], NDArray[Any]], values: Floats) -> Floats:
    table = np.full(shape, np.nan)
    table[at] = values
    return table


def _with_silent_days(sold: Floats) -> NDArray[np.bool_]:
    """On which days (products x days) a product was in the range: it has a row, or had one within a fortnight before a
    day on which the warehouse sold something."""
    known = ~np.isnan(sold)
    days = np.arange(sold.shape[1])
    last = np.maximum.accumulate(np.where(known, days, -SILENT_DAYS - 1), axis=1)
    of_business = np.nansum(sold, axis=0) > 0
    return cast(NDArray[np.bool_], known | ((days - last <= SILENT_DAYS) & of_business))


def _in_stock(
    session: Session, warehouse_id: str, products: Sequence[str], first: date, shape: tuple[int, int], moment: datetime
) -> Floats:
    """The share of each day's open hours (products x days) in which a product was in stock; NaN: not known."""
    table = np.full(shape, np.nan)
    rows = day_rows(
        session, DailyAvailabilityRow, (DailyAvailabilityRow.in_stock_hours,), moment, [warehouse_id], first
    )
    if not len(rows.day):
        return table
    is_open = _open_hours(session, warehouse_id, first + timedelta(days=shape[1] - OPEN_DAYS), moment)
    bits = rows.values[0].astype("<u4")
    hours = np.unpackbits(bits.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")[:, :HOURS]
    order = np.argsort(rows.known, kind="stable")  # of several about a day the one known last is written last
    row = pd.Index(products).get_indexer(pd.Index(as_ids(rows.product.texts, rows.product.codes())))
    day = (rows.day - np.datetime64(first, "D")).astype(int)
    order = order[(row[order] >= 0) & (day[order] >= 0) & (day[order] < shape[1])]
    table[row[order], day[order]] = hours[:, is_open].mean(axis=1)[order]
    return table


def _open_hours(session: Session, warehouse_id: str, since: date, moment: datetime) -> NDArray[np.bool_]:
    """In which hours of the day the warehouse sells; in all where nobody knows."""
    rows = day_rows(session, DailySalesRow, (DailySalesRow.hourly_sales,), moment, [warehouse_id], since)
    by_hour = np.nansum(rows.values[0].reshape(-1, HOURS), axis=0)
    return by_hour > LEAST_OF_HOURS * by_hour.sum() if by_hour.sum() > 0 else np.ones(HOURS, dtype=bool)


def _costs(session: Session, warehouse_ids: Collection[str], moment: datetime) -> pd.DataFrame:
    """warehouse_id, product_id, cost: per unit, over the lots of the last weeks."""
    lot = LotRow
    statement = select(lot.warehouse_id, lot.product_id, lot.quantity_received, lot.unit_cost).where(
        lot.warehouse_id.in_(warehouse_ids),
        lot.received_at > moment - timedelta(days=COST_DAYS),
        lot.known_at <= moment,
        lot.unit_cost.is_not(None),
        lot.quantity_received > 0,
    )
    columns = ["warehouse_id", "product_id", "quantity", "cost"]
    with closing(stream_columns(session, statement)) as chunks:
        read = [
            pd.DataFrame(dict(zip(columns, (w, p, _numbers(session, q, 3), _numbers(session, c, 4)), strict=True)))
            for w, p, q, c in chunks
        ]
    lots = pd.concat(read or [pd.DataFrame(columns=columns)], ignore_index=True)
    lots = lots.astype({"warehouse_id": "str", "product_id": "str", "quantity": "float64", "cost": "float64"})
    lots["cost"] *= lots["quantity"]
    sums = lots.groupby(["warehouse_id", "product_id"], as_index=False)[["cost", "quantity"]].sum()
    return sums.assign(cost=sums["cost"] / sums["quantity"]).drop(columns="quantity")


def _baskets(
    session: Session, zones: dict[str, str], first: date, last: date, moment: datetime
) -> Iterator[pd.DataFrame]:
    line = OrderLineRow
    for warehouse_id, zone in zones.items():
        statement = select(
            line.order_id, line.product_id, as_text(session, line.ordered_at), line.quantity, line.unit_price
        ).where(
            line.warehouse_id == warehouse_id,
            line.ordered_at >= start_of_day(first, zone),
            line.ordered_at < start_of_day(last + timedelta(days=1), zone),
            line.known_at <= moment,
            line.quantity > 0,
        )
        order, product, at = Codes(), Codes(), Codes()
        quantities: list[Floats] = []
        paid: list[Floats] = []
        with closing(stream_columns(session, statement)) as chunks:
            for o, p, t, quantity, price in chunks:
                order.extend(o)
                product.extend(p)
                at.extend(t)
                quantities.append(_numbers(session, quantity, 3))
                paid.append(_numbers(session, price, 4))
        if not product.texts:
            continue
        there = pd.DatetimeIndex(at.moments()).tz_localize("UTC").tz_convert(zone).tz_localize(None)
        yield pd.DataFrame(
            {
                "basket_id": as_ids([f"{warehouse_id}/{one}" for one in order.texts], order.codes()),
                "warehouse_id": warehouse_id,
                "date": there.normalize(),
                "product_id": as_ids(product.texts, product.codes()),
                "quantity": flattened(quantities, "float64"),
                "unit_price": flattened(paid, "float64"),
            }
        )


def _numbers(session: Session, values: Sequence[Any], places: int) -> Floats:
    """Decimals as floats: SQLite's cursor gives the whole numbers of the smallest step that it keeps."""
    scale = 10.0**-places if session.get_bind().dialect.name == "sqlite" else 1.0
    return np.array([np.nan if value is None else float(value) for value in values]) * scale
