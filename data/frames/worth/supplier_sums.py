"""The kept sums of suppliers by week, as scorecards read them, and by two periods of days, as the morning report does.

For who sees all warehouses they are kept added up; of one warehouse, or of those that a key sees, its own rows are.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from data.frames.worth.sums import OF_PRODUCTS, SumsOf, TwoPeriods
from data.own_warehouses import own_warehouses
from data.tables import (
    InspectionRow,
    Stage,
    SumsOfSuppliers,
    SupplierDayRow,
    SupplierWeekRow,
    SupplierWeekTogetherRow,
    WarehouseRow,
)

OF_SUPPLIERS: Final = tuple(SumsOfSuppliers.__annotations__)
OF_BOTH: Final = tuple(name for name in OF_SUPPLIERS if name in OF_PRODUCTS)
DAY: Final = timedelta(days=1)
WEEK: Final = 7 * DAY


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def weeks_of_suppliers(session: Session, mondays: Sequence[date], warehouse_id: str | None) -> Sequence[Any]:
    """Rows (supplier_id, date, currency, OF_SUPPLIERS) of weeks, of one warehouse or of all that are seen."""
    together, week = SupplierWeekTogetherRow, SupplierWeekRow
    if warehouse_id is None and own_warehouses(session) is None:
        query: Select[Any] = select(together.supplier_id, together.date, together.currency, *_columns(together))
        return session.execute(query.where(together.date.in_(mondays), together.supplier_id != "")).all()
    key = week.supplier_id, week.date, WarehouseRow.currency
    query = select(*key, *(func.sum(column) for column in _columns(week)))
    query = query.join(WarehouseRow, WarehouseRow.warehouse_id == week.warehouse_id).group_by(*key)
    if warehouse_id is not None:
        query = query.where(week.warehouse_id == warehouse_id)
    return session.execute(query.where(week.date.in_(mondays), week.supplier_id != "")).all()


def sums_of_suppliers(session: Session, periods: TwoPeriods, warehouse_id: str | None) -> list[SumsOf]:
    """The sums that suppliers have in common with products, by period, supplier (empty: nobody said who brought it) and
    currency. What lies in whole weeks is read from these, so that four weeks cost little more than one; `days` says
    only that there are some."""
    found: list[SumsOf] = []
    for first, last in ((periods.before, periods.first - DAY), (periods.first, periods.last)):
        mondays = whole_weeks(first, last)
        in_weeks = {monday + n * DAY for monday in mondays for n in range(WEEK.days)}
        days = [day for day in periods.days if first <= day <= last and day not in in_weeks]
        for rows, dates in ((SupplierWeekRow, mondays), (SupplierDayRow, days)):
            found += _of_suppliers(session, rows, dates, warehouse_id, first == periods.first)
    return found


def whole_weeks(first: date, last: date) -> list[date]:
    """The Mondays of the weeks of which every day lies between two days, both included."""
    monday = monday_of(first + WEEK - DAY)
    return [monday + n * WEEK for n in range(max((last + DAY - monday) // WEEK, 0))]


def _of_suppliers(
    session: Session, rows: Any, dates: Sequence[date], warehouse_id: str | None, now: bool
) -> list[SumsOf]:
    key = rows.supplier_id, WarehouseRow.currency
    sums = [func.count(), *(func.sum(getattr(rows, name)) for name in OF_BOTH)]
    query = select(*key, *sums).join(WarehouseRow, WarehouseRow.warehouse_id == rows.warehouse_id).group_by(*key)
    query = query.where(rows.date.in_(dates))
    if warehouse_id is not None:
        query = query.where(rows.warehouse_id == warehouse_id)
    return [
        SumsOf(now, supplier_id, currency, dict(zip(("days", *OF_BOTH), map(float, found), strict=True)))
        for supplier_id, currency, *found in session.execute(query)
    ]


def week_of_days(monday: date, warehouse_id: str) -> Select[Any]:
    """What a warehouse's week comes to by supplier, from its days: as the columns of SupplierWeekRow."""
    day = SupplierDayRow
    sums = [func.sum(column).label(column.key) for column in _columns(day)]
    query = select(literal(monday).label("date"), day.warehouse_id, day.supplier_id, *sums)
    days = [monday + timedelta(days=n) for n in range(WEEK.days)]
    query = query.where(day.date.in_(days), day.warehouse_id == warehouse_id)
    return query.group_by(day.warehouse_id, day.supplier_id)


def weeks_together() -> Select[Any]:
    """What weeks come to over the warehouses of a currency: as the columns of SupplierWeekTogetherRow."""
    week = SupplierWeekRow
    sums = [func.sum(column).label(column.key) for column in _columns(week)]
    key = week.date, week.supplier_id, WarehouseRow.currency
    query = select(*key, *sums).join(WarehouseRow, WarehouseRow.warehouse_id == week.warehouse_id)
    return query.group_by(*key)


def inspected_for_no_warehouse(session: Session, begin: datetime, end: datetime) -> Sequence[Any]:
    """Rows (supplier_id, inspected, accepted): at the farm, for no warehouse, between two moments."""
    row = InspectionRow
    query = (
        select(row.supplier_id, func.sum(row.inspected_quantity), func.sum(row.accepted_quantity))
        .where(row.warehouse_id.is_(None), row.stage == Stage.ORIGIN, row.supplier_id.is_not(None))
        .where(row.inspected_at >= begin, row.inspected_at < end)
        .group_by(row.supplier_id)
    )
    return session.execute(query).all()


def _columns(row: Any) -> list[Any]:
    return [getattr(row, name) for name in OF_SUPPLIERS]
