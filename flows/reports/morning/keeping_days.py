"""Keeps what each day of a warehouse was worth, every morning: the days that are new, those whose demand may still
change, and those of which something came later.

What is read and worked out comes first; each day that is another than it was is then written in a transaction of its
own. A warehouse that is killed between two days goes on with the rest the next time. Safe to repeat.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth.late_days import days_changed_since, days_inspected_otherwise, read_until
from data.frames.worth.raw_rows import kept_sums
from data.frames.worth.sums import days_kept
from data.frames.worth.supplier_rows import kept_supplier_days
from data.frames.worth.supplier_sums import monday_of
from data.kept.worth_days import keep_day, keep_farm_inspections
from data.local_days import today_there
from data.tables import RECOVERED_DAYS, DailySalesRow, WarehouseDayRow, WarehouseRow
from flows.errors import Unknown
from flows.reports.morning.working_out import WorkedOut, work_out
from warehouse.worth.deliveries import LONGEST_COVER
from warehouse.worth.measures import OF_PRODUCTS, OF_WAREHOUSES
from warehouse.worth.suppliers.supplier_sums import SUPPLIER_SUMS
from warehouse.worth.unit_money import COST_DAYS

# demand behind sales changes with each forecast, and with it the deliveries that cover it
ALWAYS_AGAIN: Final = timedelta(days=RECOVERED_DAYS + LONGEST_COVER - 1)
LATE: Final = timedelta(days=90)  # what comes later changes no day any more: what it would be seen with may be gone
AT_ONCE: Final = 35  # days that are worked out together
SAME: Final = 1e-9


def keep_days(engine: Engine, warehouse_id: str, now: datetime, markup: float) -> int:
    """Brings the days of a warehouse up to date; returns how many were written."""
    with reading(engine) as session:
        place = session.get(WarehouseRow, warehouse_id)
        if place is None:
            raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
        stretches = list(_stretches(_days_to_work_out(session, place, now)))
    return sum(_keep_stretch(engine, warehouse_id, first, last, now, markup) for first, last in stretches)


def _keep_stretch(engine: Engine, warehouse_id: str, first: date, last: date, now: datetime, markup: float) -> int:
    with reading(engine) as session:
        place = session.get_one(WarehouseRow, warehouse_id)
        found = work_out(session, place, first, last, now, markup)
        changed = _changed(session, warehouse_id, first, last, found)
    for day in changed:
        whole = asdict(found.whole(day))
        lines, suppliers = (
            list(of_day.itertuples(index=False, name=None)) for of_day in (found.lines_of(day), found.suppliers_of(day))
        )
        with writing(engine) as session:
            keep_day(session, warehouse_id, day, lines, suppliers, whole, now)
    for monday in sorted({monday_of(first + timedelta(days=n)) for n in range((last - first).days + 1)}):
        with writing(engine) as session:
            keep_farm_inspections(session, monday)
    return len(changed)


def _days_to_work_out(session: Session, place: WarehouseRow, now: datetime) -> list[date]:
    """In order: those that were never worked out since sales began, the latest, and those that late rows reach."""
    last = today_there(now, place.timezone) - timedelta(days=1)
    began = session.scalar(select(func.min(DailySalesRow.date)).where(DailySalesRow.warehouse_id == place.warehouse_id))
    if began is None:
        return []
    kept = days_kept(session, place.warehouse_id)
    wanted = {began + timedelta(days=n) for n in range((last - began).days + 1)} - kept
    wanted |= {last - timedelta(days=n) for n in range(ALWAYS_AGAIN.days)}
    if (moment := read_until(session, place.warehouse_id)) is not None:
        changed = days_changed_since(session, place, moment, last - LATE)
        for late in changed | days_inspected_otherwise(session, place, last - LATE, last):
            # deliveries before the day cover it, goods after it cost as it
            reached = range(-(LONGEST_COVER - 1), COST_DAYS)
            wanted |= {late + timedelta(days=n) for n in reached}
    return sorted(day for day in wanted if began <= day <= last)


def _stretches(days: list[date]) -> Iterator[tuple[date, date]]:
    """Consecutive days, first and last, AT_ONCE at most."""
    first = last = None
    for day in days:
        if first is None or last is None:
            first = last = day
        elif day - last == timedelta(days=1) and (day - first).days < AT_ONCE:
            last = day
        else:
            yield first, last
            first = last = day
    if first is not None and last is not None:
        yield first, last


def _changed(session: Session, warehouse_id: str, first: date, last: date, found: WorkedOut) -> list[date]:
    """The days that are others than they were when they were kept."""
    row = WarehouseDayRow
    query = select(row).where(row.warehouse_id == warehouse_id, row.date.between(first, last))
    wholes = {one.date: one for one in session.scalars(query)}
    lines = kept_sums(session, warehouse_id, first, last, *OF_PRODUCTS).sort_values("product_id", ignore_index=True)
    suppliers = kept_supplier_days(session, warehouse_id, first, last)
    changed = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day not in wholes or _differs(wholes[day], _of(day, lines), _of(day, suppliers), found, day):
            changed.append(day)
    return changed


def _of(day: date, kept: pd.DataFrame) -> pd.DataFrame:
    return kept[kept["date"] == pd.Timestamp(day)]


def _differs(whole: WarehouseDayRow, lines: pd.DataFrame, suppliers: pd.DataFrame, found: WorkedOut, day: date) -> bool:
    """`lines`: product_id and OF_PRODUCTS as kept, by product; `suppliers`: supplier_id and SUPPLIER_SUMS, by it."""
    of_warehouse = found.of_warehouse[day]
    return (
        any(abs(getattr(whole, name) - getattr(of_warehouse, name)) > SAME for name in OF_WAREHOUSES)
        or _are_others(lines, found.lines_of(day), "product_id", OF_PRODUCTS)
        or _are_others(suppliers, found.suppliers_of(day), "supplier_id", SUPPLIER_SUMS)
    )


def _are_others(kept: pd.DataFrame, new: pd.DataFrame, key: str, names: Sequence[str]) -> bool:
    if list(kept[key]) != list(new[key]):
        return True
    return bool((np.abs(kept[list(names)].to_numpy() - new[list(names)].to_numpy()) > SAME).any())
