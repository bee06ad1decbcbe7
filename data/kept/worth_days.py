"""Writes what a warehouse's day was worth in place of what was kept of it, and what the product's day and the
supplier's week come to over all warehouses, in one transaction: they never tell different things."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast

from sqlalchemy import Select, Table, delete, insert
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.frames.worth.sums import OF_PRODUCTS, together
from data.frames.worth.supplier_sums import (
    OF_SUPPLIERS,
    WEEK,
    inspected_for_no_warehouse,
    monday_of,
    week_of_days,
    weeks_together,
)
from data.kept.one_at_a_time import wait_for_others
from data.tables import (
    LineDayRow,
    ProductDayRow,
    SupplierDayRow,
    SupplierWeekRow,
    SupplierWeekTogetherRow,
    WarehouseDayRow,
)

LINE_COLUMNS: Final = ("date", "warehouse_id", "product_id", *OF_PRODUCTS)
SUPPLIER_COLUMNS: Final = ("date", "warehouse_id", "supplier_id", *OF_SUPPLIERS)
NO_CURRENCY: Final = ""  # of what was inspected at the farm for no warehouse


def keep_day(
    session: Session,
    warehouse_id: str,
    day: date,
    lines: Sequence[Sequence[Any]],
    suppliers: Sequence[Sequence[Any]],
    whole: Mapping[str, float],
    read_at: datetime,
) -> None:
    """`lines`: product_id and the sums of OF_PRODUCTS in their order; `suppliers`: supplier_id and those of
    OF_SUPPLIERS; `whole`: the sums of the warehouse's day."""
    wait_for_others(session.connection(), f"worth of {day}")
    line, of_all = LineDayRow, ProductDayRow
    session.execute(delete(line).where(line.date == day, line.warehouse_id == warehouse_id))
    rows = [(day, warehouse_id, *values) for values in lines]
    write_rows(session.connection(), cast(Table, line.__table__), LINE_COLUMNS, rows, on_conflict="fail")
    session.merge(WarehouseDayRow(date=day, warehouse_id=warehouse_id, read_at=read_at, **whole))
    session.flush()
    session.execute(delete(of_all).where(of_all.date == day))
    _insert(session, of_all, together().where(line.date == day))
    _keep_suppliers(session, warehouse_id, day, suppliers)


def _keep_suppliers(session: Session, warehouse_id: str, day: date, suppliers: Sequence[Sequence[Any]]) -> None:
    """A day of suppliers, and the week that it lies in: the warehouse's and that of all."""
    monday, row, week, of_all = monday_of(day), SupplierDayRow, SupplierWeekRow, SupplierWeekTogetherRow
    wait_for_others(session.connection(), f"suppliers' week of {monday}")
    session.execute(delete(row).where(row.date == day, row.warehouse_id == warehouse_id))
    rows = [(day, warehouse_id, *values) for values in suppliers]
    write_rows(session.connection(), cast(Table, row.__table__), SUPPLIER_COLUMNS, rows, on_conflict="fail")
    session.execute(delete(week).where(week.date == monday, week.warehouse_id == warehouse_id))
    _insert(session, week, week_of_days(monday, warehouse_id))
    session.execute(delete(of_all).where(of_all.date == monday, of_all.currency != NO_CURRENCY))
    _insert(session, of_all, weeks_together().where(week.date == monday))


def keep_farm_inspections(session: Session, monday: date) -> None:
    """What was inspected at farms for no warehouse in a week of UTC, in place of what was kept of it."""
    row = SupplierWeekTogetherRow
    wait_for_others(session.connection(), f"suppliers' week of {monday}")
    session.execute(delete(row).where(row.date == monday, row.currency == NO_CURRENCY))
    begin, end = (datetime.combine(day, time(), UTC) for day in (monday, monday + WEEK))
    nothing = dict.fromkeys(OF_SUPPLIERS, 0.0)
    session.add_all(
        SupplierWeekTogetherRow(
            date=monday, supplier_id=supplier_id, currency=NO_CURRENCY,
            **nothing | {"origin_inspected": float(shown), "origin_accepted": float(accepted)},
        )
        for supplier_id, shown, accepted in inspected_for_no_warehouse(session, begin, end)
    )  # fmt: skip
    session.flush()


def add_up_again(session: Session) -> None:
    """What products' days and suppliers' weeks come to over the warehouses that there are, when one was removed."""
    session.execute(delete(ProductDayRow))
    _insert(session, ProductDayRow, together())
    session.execute(delete(SupplierWeekTogetherRow).where(SupplierWeekTogetherRow.currency != NO_CURRENCY))
    _insert(session, SupplierWeekTogetherRow, weeks_together())


def _insert(session: Session, row: type[Any], added: Select[Any]) -> None:
    session.execute(insert(row).from_select([column.name for column in added.selected_columns], added))
