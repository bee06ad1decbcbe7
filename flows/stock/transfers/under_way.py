"""What transfers mean for stock at a moment: what is kept aside where they come from, and what is known to come where
they lead to, like an order under way."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import LotRow, TransferLotRow, TransferRow, WarehouseRow
from flows.stock.transfers.stages import kept_aside_at, on_the_way_at
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS


@dataclass(frozen=True)
class Coming:
    """A part of a lot that comes from another warehouse, in the product's unit; `arrives_at` is when, if it leaves now
    where it has not left; `last_day`: on which it may be dispatched."""

    product_id: str
    quantity: Decimal
    arrives_at: datetime
    last_day: date


def kept_aside(session: Session, warehouse_ids: Collection[str], moment: datetime) -> dict[tuple[str, str], Decimal]:
    """By warehouse and lot, what was approved to be carried away and had not left at a moment."""
    query = (
        select(TransferRow.from_warehouse_id, TransferLotRow.lot_id, TransferLotRow.approved)
        .join(TransferRow, TransferRow.transfer_id == TransferLotRow.transfer_id)
        .where(TransferRow.from_warehouse_id.in_(warehouse_ids), kept_aside_at(moment))
    )
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for warehouse_id, lot_id, quantity in session.execute(query).tuples():
        found[warehouse_id, lot_id] += quantity
    return dict(found)


def coming_to(
    session: Session, place: WarehouseRow, moment: datetime, overdue_counts: timedelta = OVERDUE_COUNTS
) -> list[Coming]:
    """What comes to a warehouse, as known at a moment, by when it comes. What is overdue for longer than counts is not
    counted on, though it can be received; nor is what stays since its lot is blocked."""
    row, lot = TransferRow, TransferLotRow
    columns = row.product_id, row.from_warehouse_id, row.sent_at, row.hours, lot.lot_id, lot.approved, lot.sent
    query = (
        select(*columns, lot.last_day)
        .join(lot, lot.transfer_id == row.transfer_id)
        .where(row.to_warehouse_id == place.warehouse_id)
    )
    counted_on_from = today_there(moment - overdue_counts, place.timezone)
    waiting = session.execute(query.where(kept_aside_at(moment))).tuples().all()
    left = session.execute(query.where(on_the_way_at(moment), lot.sent > 0)).tuples().all()
    blocked = _blocked(session, {(of, lot_id): product for product, of, _, _, lot_id, *_ in waiting}, moment)
    found = [
        Coming(product_id, approved, moment + timedelta(hours=hours), last_day)
        for product_id, of, _, hours, lot_id, approved, _, last_day in waiting
        if (of, lot_id) not in blocked
    ]
    for product_id, _, sent_at, hours, _, _, quantity, last_day in left:
        if sent_at is None or quantity is None:
            continue
        arrives_at = sent_at + timedelta(hours=hours)
        if today_there(arrives_at, place.timezone) >= counted_on_from:
            found.append(Coming(product_id, quantity, arrives_at, last_day))
    return sorted(found, key=lambda one: (one.arrives_at, one.product_id, one.last_day))


def _blocked(session: Session, lots: Mapping[tuple[str, str], str], moment: datetime) -> set[tuple[str, str]]:
    """Those of the lots, by warehouse and number, that are blocked."""
    if not lots:
        return set()
    query = select(LotRow.warehouse_id, LotRow.lot_id).where(
        LotRow.warehouse_id.in_({name for name, _ in lots}),
        LotRow.product_id.in_(set(lots.values())),
        LotRow.blocked_at <= moment,
    )
    return set(session.execute(query).tuples()) & lots.keys()
