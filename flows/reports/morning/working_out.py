"""Works out what some days of a warehouse were worth, from raw rows as they are known now.

Demand behind sales is kept for RECOVERED_DAYS only: of an older day it stays what it was when it was worked out last,
and what is sold is demanded at least. A day that was never worked out while it was kept has no known demand. What is
told of an older day's forecast stays too: forecasts are pruned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.worth import raw_rows, supplier_rows
from data.frames.worth.raw_rows import framed
from data.frames.worth.sums import days_kept
from data.local_days import end_of_day
from data.tables import RECOVERED_DAYS, ProductRow, WarehouseRow
from flows.purchasing.planning.kept_service_level import service_level_as_of
from flows.reports.morning.of_warehouses import of_warehouse
from flows.reports.morning.stock_at_end import stock_at_end
from warehouse.worth.deliveries import LONGEST_COVER
from warehouse.worth.measures import OF_PRODUCTS, Measures
from warehouse.worth.product_days import product_days
from warehouse.worth.raw_days import RawDays
from warehouse.worth.suppliers.raw_suppliers import RawSuppliers
from warehouse.worth.suppliers.supplier_days import SILENT_DAYS, supplier_days
from warehouse.worth.suppliers.supplier_sums import SUPPLIER_SUMS
from warehouse.worth.unit_money import COST_DAYS

KEY = ["product_id", "date"]
OF_FORECASTS = ("forecast_demand", "forecast_mean", "forecast_off")


@dataclass(frozen=True, eq=False)
class WorkedOut:
    """The days of a warehouse: its lines (product_id, date, OF_PRODUCTS), its suppliers (supplier_id, date,
    SUPPLIER_SUMS) and, by day, what belongs to no product."""

    lines: pd.DataFrame
    suppliers: pd.DataFrame
    of_warehouse: dict[date, Measures]

    def lines_of(self, day: date) -> pd.DataFrame:
        """A day's lines: product_id and its sums, by product."""
        of_day = self.lines.loc[self.lines["date"] == pd.Timestamp(day), ["product_id", *OF_PRODUCTS]]
        return of_day.reset_index(drop=True)

    def suppliers_of(self, day: date) -> pd.DataFrame:
        """A day's suppliers: supplier_id and its sums, by supplier."""
        of_day = self.suppliers.loc[self.suppliers["date"] == pd.Timestamp(day), ["supplier_id", *SUPPLIER_SUMS]]
        return of_day.reset_index(drop=True)

    def whole(self, day: date) -> Measures:
        """All of a day."""
        of_day = self.lines_of(day)
        return Measures.of({name: of_day[name].sum() for name in OF_PRODUCTS}) + self.of_warehouse[day]


def work_out(session: Session, place: WarehouseRow, first: date, last: date, now: datetime, markup: float) -> WorkedOut:
    """The days from `first` to `last`, all of which are over."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    raw = _raw(session, place, days, now, markup)
    lines = _with_forecasts_kept(session, place.warehouse_id, product_days(raw), first, last)
    suppliers = supplier_days(raw, _of_suppliers(session, place, first, last))
    return WorkedOut(lines, suppliers, of_warehouse(session, place, days, now))


def _of_suppliers(session: Session, place: WarehouseRow, first: date, last: date) -> RawSuppliers:
    due = supplier_rows.due_lines(session, place, first - timedelta(days=SILENT_DAYS), last)
    return RawSuppliers(
        order_lines=due,
        tiers=supplier_rows.price_tiers(session, due["offer_id"]),
        inspections=supplier_rows.inspected(session, place, first, last),
        lives=supplier_rows.shelf_lives(session),
    )


def _with_forecasts_kept(
    session: Session, warehouse_id: str, lines: pd.DataFrame, first: date, last: date
) -> pd.DataFrame:
    """Lines, those of days older than recovered demand with what was kept of their forecasts."""
    since = raw_rows.recovered_since(session, warehouse_id) or last + timedelta(days=1)
    kept = raw_rows.kept_sums(session, warehouse_id, first, min(last, since - timedelta(days=1)), *OF_FORECASTS)
    lines = lines.set_index(KEY)
    lines.update(kept.set_index(KEY))
    return lines.reset_index()


def _raw(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime, markup: float) -> RawDays:
    name, first, last = place.warehouse_id, days[0], days[-1]
    after = last + timedelta(days=LONGEST_COVER)
    sold = raw_rows.sold(session, name, first, after)
    demand = _demand(session, name, sold, first, after)
    wanted = framed(("product_id", "category", "list_price"), session.execute(
        select(ProductRow.product_id, ProductRow.category, ProductRow.list_price)
    ))  # fmt: skip
    return RawDays(
        first=pd.Timestamp(first),
        last=pd.Timestamp(last),
        known_until=pd.Timestamp(first) if demand.empty else demand["date"].max(),
        sales=sold,
        demand=demand,
        forecasts=raw_rows.forecast_on_eve(session, place, first, last),
        accepted=raw_rows.delivered(session, place, first - timedelta(days=COST_DAYS), after),
        ordered=raw_rows.ordered(session, name, first, after),
        rejected=raw_rows.rejected(session, place, first, last),
        taken_out=raw_rows.taken_out(session, place, first, last),
        needs=raw_rows.needs(session, name, first, last),
        stock=_stock(session, place, days, now),
        products=wanted,
        terms=_terms(session, place, days, set(wanted["category"])),
        markup=markup,
    )


def _demand(session: Session, warehouse_id: str, sold: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """product_id, date, demand, where it is known."""
    kept = raw_rows.kept_sums(session, warehouse_id, first, last, "known_days", "demand")
    kept = kept[kept["known_days"] > 0].drop(columns="known_days")
    if (since := raw_rows.recovered_since(session, warehouse_id)) is not None:
        kept = kept[kept["date"] < pd.Timestamp(since)]
    recovered = raw_rows.recovered(session, warehouse_id)
    recovered = recovered[recovered["date"].between(pd.Timestamp(first), pd.Timestamp(last))]
    known = pd.concat([kept, recovered], ignore_index=True)
    known = known.merge(sold, on=KEY, how="left")
    return known[KEY].assign(demand=np.fmax(known["demand"], known["sold"])).reset_index(drop=True)


def _stock(session: Session, place: WarehouseRow, days: Sequence[date], now: datetime) -> pd.DataFrame:
    """product_id, date, quantity: as it was worked out before; of a latest day that is new, worked out now."""
    kept = raw_rows.kept_sums(session, place.warehouse_id, days[0], days[-1], "stock_days", "stock")
    kept = kept[kept["stock_days"] > 0].drop(columns="stock_days").rename(columns={"stock": "quantity"})
    there = days_kept(session, place.warehouse_id)
    oldest = now - timedelta(days=RECOVERED_DAYS)
    new = [day for day in days if day not in there and end_of_day(day, place.timezone) > oldest]
    return pd.concat([kept, stock_at_end(session, place, new, now)], ignore_index=True)


def _terms(session: Session, place: WarehouseRow, days: Sequence[date], categories: Iterable[str]) -> pd.DataFrame:
    """date, category, goodwill, disposal: as they were set when each day ended."""
    rows = []
    for day in days:
        level = service_level_as_of(session, end_of_day(day, place.timezone))
        for category in categories:
            terms = level.of(category)
            rows.append((day, category, terms.goodwill, terms.disposal))
    return framed(("date", "category", "goodwill", "disposal"), rows)
