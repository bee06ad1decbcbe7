"""Which local days of a warehouse changed after they were worked out: by rows that came, or were corrected, later."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.worth.order_waits import days_told_since
from data.frames.worth.raw_rows import rejected
from data.local_days import start_of_day, today_there
from data.tables import DailySalesRow, LotRow, PurchaseOrderRow, Stage, StockChangeRow, WarehouseDayRow, WarehouseRow

REJECTED: Final = {
    Stage.RECEIPT: WarehouseDayRow.rejected_receipt,
    Stage.DISPATCH: WarehouseDayRow.rejected_dispatch,
    Stage.COMPLAINT: WarehouseDayRow.complained,
}
SAME: Final = 0.0005  # quantities are kept to 0.001


def read_until(session: Session, warehouse_id: str) -> datetime | None:
    """Up to when rows were read when the last day was kept. Days are kept in their order, the last one last: of a run
    that ended before, the days that it did not reach are still to be found by the moment of the run before it."""
    row = WarehouseDayRow
    last = select(row.read_at).where(row.warehouse_id == warehouse_id).order_by(row.date.desc()).limit(1)
    return session.scalar(last)


def days_changed_since(session: Session, place: WarehouseRow, moment: datetime, first: date) -> set[date]:
    """Days from `first` on of which sales, lots, stock changes, orders or handovers were written since a moment."""
    return set(_days_of_rows(session, place, moment, first)) | days_told_since(session, place, moment, first)


def _days_of_rows(session: Session, place: WarehouseRow, moment: datetime, first: date) -> Iterator[date]:
    name = place.warehouse_id
    for day, written, whose in (
        (DailySalesRow.date, DailySalesRow.updated_at, DailySalesRow.warehouse_id),
        (PurchaseOrderRow.delivery_date, PurchaseOrderRow.updated_at, PurchaseOrderRow.warehouse_id),
    ):
        yield from session.scalars(select(day).where(written >= moment, whose == name, day >= first).distinct())
    begin = start_of_day(first, place.timezone)
    for happened, written, whose in (
        (LotRow.received_at, LotRow.updated_at, LotRow.warehouse_id),
        (StockChangeRow.happened_at, StockChangeRow.known_at, StockChangeRow.warehouse_id),
    ):
        for at in session.scalars(select(happened).where(written >= moment, whose == name, happened >= begin)):
            yield today_there(at, place.timezone)


def days_inspected_otherwise(session: Session, place: WarehouseRow, first: date, last: date) -> set[date]:
    """Days that were kept with other quantities rejected than inspections tell now. Nothing says when an inspection was
    written: one that is imported late is taken as known when it was made."""
    row = WarehouseDayRow
    query = select(row.date, *REJECTED.values()).where(row.warehouse_id == place.warehouse_id)
    kept = session.execute(query.where(row.date.between(first, last))).all()
    found = rejected(session, place, first, last).groupby(["date", "stage"], as_index=False)["quantity"].sum()
    now = dict(zip(zip(found["date"].dt.date, found["stage"], strict=True), found["quantity"], strict=True))
    return {
        day
        for day, *quantities in kept
        if any(
            abs(now.get((day, stage.value), 0.0) - quantity) > SAME
            for stage, quantity in zip(REJECTED, quantities, strict=True)
        )
    }
