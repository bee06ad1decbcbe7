"""How the stock that a line of a plan expects comes about: what was counted and what arrives by then, less what will
have been sold or expired by the morning of the delivery."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import lots_as_of
from data.local_days import today_there
from data.tables import PlanLineRow, WarehouseRow
from flows.ordering.under_way import lines_under_way
from flows.stock.lots_ageing import lives_of_lots
from flows.stock.transfers.under_way import coming_to, kept_aside
from warehouse.purchasing.plan_settings import USUAL, PlanSettings

NOTHING: Final = Decimal(0)


@dataclass(frozen=True)
class StockUntilDelivery:
    """In the product's unit: `counted` (less what is kept aside to be carried away) + `arriving` - `gone` = `expected`.
    `counted_at` is when the lot that was not counted for longest was counted last (None: there is none), `days_left`
    for how many days more the one with the least life left could be dispatched when the plan was made (None: all
    keep)."""

    counted: Decimal
    counted_at: datetime | None
    arriving: Decimal
    gone: Decimal
    expected: Decimal
    days_left: float | None


def stock_until_delivery(
    session: Session, line: PlanLineRow, made_at: datetime, settings: PlanSettings = USUAL
) -> StockUntilDelivery:
    """The stock that a line expects, from what was known when its plan was made."""
    lots = lots_as_of(session, [line.warehouse_id], made_at, something_left=True, product_ids={line.product_id})
    sold_from = [lot for lot in lots if lot.blocked_because is None]
    aside = kept_aside(session, [line.warehouse_id], made_at)
    counted = sum(
        (max(lot.on_hand - aside.get((lot.warehouse_id, lot.lot_id), NOTHING), NOTHING) for lot in sold_from), NOTHING
    )
    place = session.get_one(WarehouseRow, line.warehouse_id)
    lives = lives_of_lots(session, place, sold_from, made_at)
    arriving = sum(_arriving(session, place, line, made_at, settings), NOTHING) + _ordered_before(session, line)
    return StockUntilDelivery(
        counted=counted,
        counted_at=min((lot.counted_at for lot in sold_from), default=None),
        arriving=arriving,
        gone=max(counted + arriving - line.usable_stock, Decimal(0)),
        expected=line.usable_stock,
        days_left=min((life.days_left for life in lives.values() if life.days_left is not None), default=None),
    )


def _ordered_before(session: Session, line: PlanLineRow) -> Decimal:
    """What the same plan orders of the product for earlier deliveries: a line that is asked for ahead counts on it."""
    earlier = select(func.sum(PlanLineRow.planned_quantity, type_=PlanLineRow.planned_quantity.type)).where(
        PlanLineRow.plan_id == line.plan_id,
        PlanLineRow.warehouse_id == line.warehouse_id,
        PlanLineRow.product_id == line.product_id,
        PlanLineRow.delivery_date < line.delivery_date,
    )
    return session.scalar(earlier) or Decimal(0)


def _arriving(
    session: Session, place: WarehouseRow, line: PlanLineRow, made_at: datetime, settings: PlanSettings
) -> Iterator[Decimal]:
    """What suppliers and other warehouses bring by the delivery of the line."""
    for order in lines_under_way(session, line.warehouse_id, made_at, settings.overdue_counts):
        if order.product_id == line.product_id and order.delivery_date <= line.delivery_date:
            yield order.under_way
    for one in coming_to(session, place, made_at, settings.overdue_counts):
        comes = today_there(one.arrives_at, place.timezone)
        if one.product_id == line.product_id and comes <= line.delivery_date:
            yield one.quantity
