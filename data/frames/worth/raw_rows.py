"""The rows of some local days of a warehouse, as they are known now: sold, wanted, forecast, delivered, rejected, taken
out and ordered. Frames have the columns that `warehouse.worth.raw_days` names; every query reads by days or moments, so
that none costs more as history grows.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.frames.recovered_demand import recovered_days
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import (
    RECOVERED_DAYS,
    DailySalesRow,
    ForecastRow,
    InspectionRow,
    LineDayRow,
    LotRow,
    PlanLineRow,
    PlanStatus,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    Stage,
    StockChangeKind,
    StockChangeRow,
    TransferLotRow,
    TransferRow,
    WarehouseRow,
)

LONGEST_PLAN: Final = timedelta(days=28)  # between a plan's first and last delivery
OLDEST_FORECAST: Final = timedelta(days=15)  # before its day
INSPECTED: Final = (Stage.RECEIPT, Stage.DISPATCH, Stage.COMPLAINT)
TAKEN_OUT: Final = (StockChangeKind.WRITTEN_OFF, StockChangeKind.MARKED_DOWN, StockChangeKind.GIVEN_AWAY)
REASONS: Final = ("expired", "damaged")
TEXTS: Final = {"product_id", "warehouse_id", "supplier_id", "offer_id", "stage", "why", "category", "subcategory"}
DAYS: Final = {"date", "covers_until", "expires_on", "starts_on", "ends_on"}
NOBODY: Final = ""  # supplier of what nobody said where it came from


def framed(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A frame of rows: ids and words as text, days as midnights, all else as floats (NaN for nothing)."""
    kinds = {name: "str" if name in TEXTS else "datetime64[us]" if name in DAYS else "float64" for name in columns}
    return pd.DataFrame([tuple(row) for row in rows], columns=list(columns)).astype(kinds)


def sold(session: Session, warehouse_id: str, first: date, last: date) -> pd.DataFrame:
    """product_id, date, sold: as it was known last."""
    row = DailySalesRow
    query = (
        select(row.product_id, row.date, row.sales)
        .where(row.warehouse_id == warehouse_id, row.date.between(first, last))
        .order_by(row.known_at)
    )
    frame = framed(("product_id", "date", "sold"), session.execute(query))
    return frame.drop_duplicates(["product_id", "date"], keep="last", ignore_index=True)


def recovered(session: Session, warehouse_id: str) -> pd.DataFrame:
    """product_id, date, demand: of the days that recovered demand is kept of."""
    rows = session.scalars(select(RecoveredDemandRow).where(RecoveredDemandRow.warehouse_id == warehouse_id))
    found = [(row.product_id, day, one.demand) for row in rows for day, one in recovered_days(row).items()]
    return framed(("product_id", "date", "demand"), found)


def recovered_since(session: Session, warehouse_id: str) -> date | None:
    """The first day that recovered demand is kept of; None: of none."""
    row = RecoveredDemandRow
    last = session.scalar(select(func.max(row.last_day)).where(row.warehouse_id == warehouse_id))
    return None if last is None else last - timedelta(days=RECOVERED_DAYS - 1)


def kept_sums(session: Session, warehouse_id: str, first: date, last: date, *names: str) -> pd.DataFrame:
    """product_id, date and some sums of the days that were worked out before."""
    row = LineDayRow
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    query = select(row.product_id, row.date, *(getattr(row, name) for name in names))
    query = query.where(row.warehouse_id == warehouse_id, row.date.in_(days))
    return framed(("product_id", "date", *names), session.execute(query))


def forecast_on_eve(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """product_id, date, mean, median: of the warehouse's last forecast before each day began."""
    row = ForecastRow
    rows: list[Any] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        began = start_of_day(day, place.timezone)
        latest = (
            select(row.origin)
            .where(row.warehouse_id == place.warehouse_id, row.origin <= began, row.origin > began - OLDEST_FORECAST)
            .order_by(row.origin.desc())
            .limit(1)
        )
        if (origin := session.scalar(latest)) is not None:
            query = select(row.product_id, row.date, row.mean, row.q50)
            query = query.where(row.warehouse_id == place.warehouse_id, row.origin == origin, row.date == day)
            rows += session.execute(query).all()
    return framed(("product_id", "date", "mean", "median"), rows)


def delivered(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """product_id, date, quantity, unit_cost, supplier_id, expires_on, known_at (UTC): a row a lot that a supplier
    brought, by the day on which it was received. What came from another warehouse was not bought; a lot that a count
    made was there."""
    lot = LotRow
    carried = (
        select(TransferLotRow.to_lot_id)
        .join(TransferRow, TransferRow.transfer_id == TransferLotRow.transfer_id)
        .where(TransferRow.to_warehouse_id == lot.warehouse_id, TransferLotRow.to_lot_id == lot.lot_id)
    )
    query = select(
        *(lot.product_id, lot.received_at, lot.quantity_received, lot.unit_cost),
        *(func.coalesce(lot.supplier_id, NOBODY), lot.expires_on, lot.known_at),
    ).where(
        lot.warehouse_id == place.warehouse_id,
        lot.received_at >= start_of_day(first, place.timezone),
        lot.received_at < end_of_day(last, place.timezone),
        lot.lot_id != lot.product_id,
        ~carried.correlate(lot).exists(),
    )
    rows = [(product_id, today_there(at, place.timezone), *rest) for product_id, at, *rest in session.execute(query)]
    frame = framed(
        ("product_id", "date", "quantity", "unit_cost", "supplier_id", "expires_on"), (row[:-1] for row in rows)
    )
    return frame.assign(known_at=pd.to_datetime([known_at for *_, known_at in rows], utc=True))


def ordered(session: Session, warehouse_id: str, first: date, last: date) -> pd.DataFrame:
    """product_id, date: deliveries that were ordered and not called off."""
    order, line = PurchaseOrderRow, PurchaseOrderLineRow
    query = (
        select(line.product_id, order.delivery_date)
        .join(order, order.purchase_order_id == line.purchase_order_id)
        .where(order.warehouse_id == warehouse_id, order.delivery_date.between(first, last))
        .where(order.cancelled_at.is_(None), line.quantity > line.cancelled)
        .distinct()
    )
    return framed(("product_id", "date"), session.execute(query))


def rejected(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """product_id, date, stage, quantity: what inspections did not accept, by the day on which they were made."""
    row = InspectionRow
    query = select(row.product_id, row.inspected_at, row.stage, row.inspected_quantity, row.accepted_quantity).where(
        row.warehouse_id == place.warehouse_id,
        row.inspected_at >= start_of_day(first, place.timezone),
        row.inspected_at < end_of_day(last, place.timezone),
        row.stage.in_(INSPECTED),
    )
    rows = [
        (product_id, today_there(at, place.timezone), stage.value, inspected - accepted)
        for product_id, at, stage, inspected, accepted in session.execute(query)
    ]
    return framed(("product_id", "date", "stage", "quantity"), rows)


def taken_out(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """product_id, date, why, quantity, unit_cost, supplier_id: what left lots unsold, by the day on which it did."""
    change, lot = StockChangeRow, LotRow
    query = (
        select(
            *(lot.product_id, change.happened_at, change.kind, change.reason, change.quantity, lot.unit_cost),
            func.coalesce(lot.supplier_id, NOBODY),
        )
        .join(lot, (lot.warehouse_id == change.warehouse_id) & (lot.lot_id == change.lot_id))
        .where(change.warehouse_id == place.warehouse_id, change.kind.in_(TAKEN_OUT))
        .where(change.happened_at >= start_of_day(first, place.timezone))
        .where(change.happened_at < end_of_day(last, place.timezone))
    )
    rows = [
        (product_id, today_there(at, place.timezone), _why(kind, reason), -quantity, cost, supplier_id)
        for product_id, at, kind, reason, quantity, cost, supplier_id in session.execute(query)
    ]
    return framed(("product_id", "date", "why", "quantity", "unit_cost", "supplier_id"), rows)


def _why(kind: StockChangeKind, reason: str | None) -> str:
    if kind is not StockChangeKind.WRITTEN_OFF:
        return kind.value
    return reason if reason in REASONS else "other"


def needs(session: Session, warehouse_id: str, first: date, last: date) -> pd.DataFrame:
    """What was suggested and ordered for each product and delivery, over its suppliers: product_id, date, covers_until,
    beside, suggested, quantity, suggested_accepted, accepted."""
    line, plan = PlanLineRow, PurchasePlanRow
    query = (
        select(
            *(line.product_id, line.delivery_date, line.covers_until, line.usable_stock, line.on_order),
            *(line.planned_quantity, line.quantity, line.share_accepted),
        )
        .join(plan, plan.plan_id == line.plan_id)
        .where(plan.delivery_date.between(first - LONGEST_PLAN, last), plan.last_delivery_date >= first)
        .where(line.warehouse_id == warehouse_id, line.delivery_date.between(first, last))
        .where(or_(plan.status == PlanStatus.APPROVED, line.approved_at.is_not(None)))
        .where(or_(line.planned_quantity > 0, line.quantity > 0))
    )
    names = ("product_id", "date", "covers_until", "usable", "under_way", "suggested", "quantity", "share")
    lines = framed(names, session.execute(query))
    lines["beside"] = lines["usable"] + lines["under_way"]
    lines["suggested_accepted"] = lines["suggested"] * lines["share"]
    lines["accepted"] = lines["quantity"] * lines["share"]
    by_need = lines.groupby(["product_id", "date"], as_index=False)
    found = by_need[["suggested", "quantity", "suggested_accepted", "accepted"]].sum()
    return found.merge(by_need[["covers_until", "beside"]].max(), on=["product_id", "date"])
