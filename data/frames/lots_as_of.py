"""What was known of lots at a moment: how much of each was left as of its last count, whether it was blocked, and when
stock was counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import LotRow, StockChangeKind, StockChangeRow, WarehouseRow


@dataclass(frozen=True)
class LotAsOf:
    """A lot as it was known: `on_hand` (the product's unit) was left at `counted_at`, sales since not taken off."""

    warehouse_id: str
    lot_id: str
    product_id: str
    supplier_id: str | None
    received_at: datetime
    expires_on: date | None
    on_hand: Decimal
    counted_at: datetime
    unit_cost: Decimal | None
    blocked_because: str | None


def lots_as_of(
    session: Session,
    warehouse_ids: Sequence[str],
    moment: datetime,
    *,
    something_left: bool = False,
    product_ids: Collection[str] | None = None,
) -> list[LotAsOf]:
    """Every lot of the warehouses, and of the products if named, that was known at the moment, also what nothing was
    left of, by warehouse and number; `something_left`: only what something was left of, which does not cost more as the
    history of lots grows.

    Of a lot that changed later, the ledger tells what was left; of one that has no ledger, what is kept counts, and of
    one of whose quantity nobody had told by then, what was told first: as of the moment."""
    query = select(LotRow).where(LotRow.warehouse_id.in_(warehouse_ids), LotRow.known_at <= moment)
    if product_ids is not None:
        query = query.where(LotRow.product_id.in_(product_ids))
    if something_left:
        changed_since = (
            select(StockChangeRow.lot_id)
            .where(StockChangeRow.warehouse_id == LotRow.warehouse_id, StockChangeRow.lot_id == LotRow.lot_id)
            .where(StockChangeRow.known_at > moment)
        )
        query = query.where(or_(LotRow.quantity_on_hand > 0, changed_since.exists()))
    lots = session.scalars(query.order_by(LotRow.warehouse_id, LotRow.lot_id)).all()
    past = _ledgers_of_lots_changed_since(session, warehouse_ids, moment)
    zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    known = [_as_of(lot, past.get((lot.warehouse_id, lot.lot_id), []), zones[lot.warehouse_id], moment) for lot in lots]
    return [lot for lot in known if lot.on_hand > 0] if something_left else known


def last_counts(session: Session, warehouse_ids: Sequence[str], moment: datetime) -> dict[str, datetime]:
    """When the stock of each warehouse was counted last, as was known at the moment; of one that nobody has counted,
    when a lot was told of last. One without lots is absent."""
    change = StockChangeRow
    counted = (
        select(change.happened_at)
        .where(change.warehouse_id == WarehouseRow.warehouse_id, change.kind == StockChangeKind.COUNTED)
        .where(change.known_at <= moment)
        .order_by(change.happened_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    told = (
        select(func.max(LotRow.counted_at, type_=LotRow.counted_at.type))
        .where(LotRow.warehouse_id == WarehouseRow.warehouse_id, LotRow.known_at <= moment)
        .where(LotRow.counted_at <= moment)
        .scalar_subquery()
    )
    query = select(WarehouseRow.warehouse_id, func.coalesce(counted, told, type_=LotRow.counted_at.type))
    rows = session.execute(query.where(WarehouseRow.warehouse_id.in_(warehouse_ids))).tuples()
    return {warehouse_id: at for warehouse_id, at in rows if at is not None}


def _ledgers_of_lots_changed_since(
    session: Session, warehouse_ids: Sequence[str], moment: datetime
) -> dict[tuple[str, str], list[StockChangeRow]]:
    since = (
        select(StockChangeRow.warehouse_id, StockChangeRow.lot_id)
        .where(StockChangeRow.warehouse_id.in_(warehouse_ids), StockChangeRow.known_at > moment)
        .distinct()
        .subquery()
    )
    of_it = (since.c.warehouse_id == StockChangeRow.warehouse_id) & (since.c.lot_id == StockChangeRow.lot_id)
    found: dict[tuple[str, str], list[StockChangeRow]] = {}
    for change in session.scalars(select(StockChangeRow).join(since, of_it).order_by(StockChangeRow.change_no)):
        found.setdefault((change.warehouse_id, change.lot_id), []).append(change)
    return found


def _as_of(lot: LotRow, ledger: Sequence[StockChangeRow], zone: str, moment: datetime) -> LotAsOf:
    known = [change for change in ledger if change.known_at <= moment]
    on_hand, counted_at = lot.quantity_on_hand, lot.counted_at
    told_later = not known and bool(ledger) and ledger[0].left == ledger[0].quantity
    if known:
        on_hand = known[-1].left
    elif ledger:
        on_hand = ledger[0].left if told_later else ledger[0].left - ledger[0].quantity
    said = [change.happened_at for change in known if _says_all(change)]
    if said:
        counted_at = max(said)
    elif told_later:
        counted_at = moment
    elif any(_says_all(change) for change in ledger):  # of its first count only that it was before is known
        counted_at = lot.received_at
    expires_on = lot.expires_on
    if expires_on is not None and lot.lot_id == lot.product_id:  # dated by its count: see data.kept.product_counts
        expires_on -= today_there(lot.counted_at, zone) - today_there(counted_at, zone)
    blocked = lot.blocked_at is not None and lot.blocked_at <= moment
    return LotAsOf(
        lot.warehouse_id,
        lot.lot_id,
        lot.product_id,
        lot.supplier_id,
        lot.received_at,
        expires_on,
        on_hand,
        counted_at,
        lot.unit_cost,
        lot.blocked_because if blocked else None,
    )


def _says_all(change: StockChangeRow) -> bool:
    """Whether the change says what was left without another one before it."""
    return change.kind is StockChangeKind.COUNTED or (change.change_no == 1 and change.left == change.quantity)
