"""Writes what a warehouse's day was worth in place of what was kept of it, and what the product's day comes to over all
warehouses, in one transaction: the two never tell different things."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Table, delete, insert
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.frames.worth.sums import OF_PRODUCTS, together
from data.kept.one_at_a_time import wait_for_others
from data.tables import LineDayRow, ProductDayRow, WarehouseDayRow

LINE_COLUMNS: Final = ("date", "warehouse_id", "product_id", *OF_PRODUCTS)


def keep_day(
    session: Session,
    warehouse_id: str,
    day: date,
    lines: Sequence[Sequence[Any]],
    whole: Mapping[str, float],
    read_at: datetime,
) -> None:
    """`lines`: product_id and the sums of OF_PRODUCTS in their order; `whole`: the sums of the warehouse's day."""
    wait_for_others(session.connection(), f"worth of {day}")
    line, of_all = LineDayRow, ProductDayRow
    session.execute(delete(line).where(line.date == day, line.warehouse_id == warehouse_id))
    rows = [(day, warehouse_id, *values) for values in lines]
    write_rows(session.connection(), cast(Table, line.__table__), LINE_COLUMNS, rows, on_conflict="fail")
    session.merge(WarehouseDayRow(date=day, warehouse_id=warehouse_id, read_at=read_at, **whole))
    session.flush()
    session.execute(delete(of_all).where(of_all.date == day))
    added = together().where(line.date == day)
    session.execute(insert(of_all).from_select([column.name for column in added.selected_columns], added))


def add_up_products_again(session: Session) -> None:
    """What products' days come to over the warehouses that there are, when one was removed."""
    session.execute(delete(ProductDayRow))
    added = together()
    session.execute(insert(ProductDayRow).from_select([column.name for column in added.selected_columns], added))
