"""How the stock that a line of a plan expects comes about: what was counted and what arrives by then, less what will
have been sold or expired by the morning of the delivery."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import lots_as_of
from data.tables import PlanLineRow, WarehouseRow
from flows.ordering.under_way import lines_under_way
from flows.stock.lots_ageing import lives_of_lots
from warehouse.purchasing.plan_settings import USUAL, PlanSettings


@dataclass(frozen=True)
class StockUntilDelivery:
    """In the product's unit: `counted` + `arriving` - `gone` = `expected`. `counted_at` is when the lot that was not
    counted for longest was counted last (None: there is none), `days_left` for how many days more the one with the
    least life left could be dispatched when the plan was made (None: all keep)."""

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
    counted = sum((lot.on_hand for lot in sold_from), Decimal(0))
    lives = lives_of_lots(session, session.get_one(WarehouseRow, line.warehouse_id), sold_from, made_at)
    arriving = sum(
        (
            order.under_way
            for order in lines_under_way(session, line.warehouse_id, made_at, settings.overdue_counts)
            if order.product_id == line.product_id and order.delivery_date <= line.delivery_date
        ),
        Decimal(0),
    )
    arriving += _ordered_before(session, line)
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
