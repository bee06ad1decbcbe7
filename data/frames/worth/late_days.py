"""Which local days of a warehouse changed after they were worked out: by rows that came, or were corrected, later."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import DailySalesRow, InspectionRow, LotRow, PurchaseOrderRow, StockChangeRow, WarehouseRow


def days_changed_since(session: Session, place: WarehouseRow, moment: datetime, first: date) -> set[date]:
    """Days from `first` on of which sales, lots, inspections, stock changes or orders were written since a moment."""
    return {day for day in _days_of_rows(session, place, moment) if day >= first}


def _days_of_rows(session: Session, place: WarehouseRow, moment: datetime) -> Iterator[date]:
    name = place.warehouse_id
    sales, order = DailySalesRow, PurchaseOrderRow
    yield from session.scalars(
        select(sales.date).where(sales.updated_at >= moment, sales.warehouse_id == name).distinct()
    )
    yield from session.scalars(
        select(order.delivery_date).where(order.updated_at >= moment, order.warehouse_id == name).distinct()
    )
    for happened, known, whose in (
        (LotRow.received_at, LotRow.updated_at, LotRow.warehouse_id),
        (InspectionRow.inspected_at, InspectionRow.known_at, InspectionRow.warehouse_id),
        (StockChangeRow.happened_at, StockChangeRow.known_at, StockChangeRow.warehouse_id),
    ):
        for at in session.scalars(select(happened).where(known >= moment, whose == name)):
            yield today_there(at, place.timezone)
