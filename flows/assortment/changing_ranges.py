"""How ranges change: by a proposal that was accepted or taken back, or as somebody says by hand. Rows are added and
none is changed, so what was known at a moment stays.

A product that is retired in the last warehouse that sells it is delisted (`products.delisted_on`), until a range says
that it is sold longer."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.one_at_a_time import wait_for_others
from data.local_days import today_there
from data.own_warehouses import own_warehouses
from data.tables import (
    AssortmentProposalRow,
    LineDayRow,
    ProductClassRow,
    ProductRangeRow,
    ProductRow,
    ProposalKind,
    RangeKind,
    WarehouseRow,
)
from flows.errors import Invalid, Unknown
from flows.this_century import require_this_century

SELLS_LATELY: Final = timedelta(days=28)
LEAST_TRIAL: Final = timedelta(days=27)  # after its first day
LEAVES: Final = {
    ProposalKind.RETIRE: RangeKind.RETIRED,
    ProposalKind.MOVE: RangeKind.MOVED,
    ProposalKind.ON_DEMAND: RangeKind.ON_DEMAND,
}
STEP: Final = timedelta(microseconds=1)
NOT_ITS_KEY: Final = {"key_share": True}  # else who has added a row of the product would wait for who waits for him


def set_range(
    session: Session,
    warehouse_id: str,
    product_id: str,
    kind: RangeKind,
    now: datetime,
    by: str,
    sold_from: date | None = None,
    sold_until: date | None = None,
) -> ProductRangeRow:
    """Says by hand from when until when a warehouse sells a product: a trial that is kept, or any other. Safe to
    repeat. Raises Unknown, Invalid."""
    if session.get(WarehouseRow, warehouse_id) is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    if session.get(ProductRow, product_id) is None:
        raise Unknown("Product {product_id!r} was not found.", product_id=product_id, field="product_id")
    if kind is RangeKind.KEPT and sold_until is not None:
        raise Invalid("What is kept has no last day.", field="sold_until")
    if kind is not RangeKind.KEPT and sold_until is None:
        raise Invalid("Say up to which day it is sold, or that it is kept.", field="sold_until")
    require_this_century(sold_from, "sold_from")
    require_this_century(sold_until, "sold_until")
    if sold_from is not None and sold_until is not None and sold_until < sold_from:
        raise Invalid("The last day lies before the first.", field="sold_until")
    _one_at_a_time(session, warehouse_id)
    last = _last(_said_of(session, product_id), warehouse_id)
    said = kind, sold_from, sold_until
    if last is not None and (last.kind, last.sold_from, last.sold_until) == said:
        return last
    row = _range(session, warehouse_id, product_id, now, by, kind, sold_from, sold_until, None)
    _say(session, product_id, [row])
    return row


def carry_out(session: Session, row: AssortmentProposalRow, day: date, now: datetime, by: str) -> None:
    """Adds the rows of ranges that an accepted proposal comes to."""
    here, there, product_id = row.warehouse_id, row.to_warehouse_id, row.product_id
    _one_at_a_time(session, here, there)
    if row.kind is ProposalKind.TRY:
        where = there or here
        until = max(row.trial_until or day, day + LEAST_TRIAL)
        first = None if _is_sold(session, where, product_id) else day
        rows = [_range(session, where, product_id, now, by, RangeKind.TRIAL, first, until, row.proposal_id)]
    else:
        kind = LEAVES[row.kind]
        before = _last(_said_of(session, product_id), here)
        begun = None if before is None else before.sold_from
        rows = [_range(session, here, product_id, now, by, kind, begun, day, row.proposal_id)]
        if row.kind is ProposalKind.MOVE and there is not None:
            first = day + timedelta(days=1)
            rows.append(_range(session, there, product_id, now, by, kind, first, None, row.proposal_id))
    _say(session, product_id, rows)


def _one_at_a_time(session: Session, *warehouse_ids: str | None) -> None:
    """Always in one order, so that nobody waits for who waits for him."""
    for name in sorted({name for name in warehouse_ids if name is not None}):
        wait_for_others(session.connection(), f"range of {name}")


def _is_sold(session: Session, warehouse_id: str, product_id: str) -> bool:
    return session.get(ProductClassRow, (warehouse_id, product_id)) is not None


def _range(
    session: Session, warehouse_id: str, product_id: str, now: datetime, by: str, kind: RangeKind,
    sold_from: date | None, sold_until: date | None, proposal_id: str | None,
) -> ProductRangeRow:  # fmt: skip
    """A row that is known after all others of its warehouse and product, also after one that somebody who asked later
    has added first."""
    last = _last(_said_of(session, product_id), warehouse_id)
    known_at = now if last is None else max(now, last.known_at + STEP)
    return ProductRangeRow(
        warehouse_id=warehouse_id,
        product_id=product_id,
        known_at=known_at,
        kind=kind,
        sold_from=sold_from,
        sold_until=sold_until,
        proposal_id=proposal_id,
        set_by=by,
    )


def undo(session: Session, row: AssortmentProposalRow, now: datetime, by: str) -> None:
    """Says of each range that a proposal changed what was said before, unless somebody has said otherwise since."""
    today = today_there(now, session.get_one(WarehouseRow, row.warehouse_id).timezone)
    _one_at_a_time(session, row.warehouse_id, row.to_warehouse_id)
    every = _said_of(session, row.product_id)
    rows = []
    for changed in [one for one in every if one.proposal_id == row.proposal_id]:
        if _last(every, changed.warehouse_id) is not changed:
            continue
        before = _last([one for one in every if one.known_at < changed.known_at], changed.warehouse_id)
        if before is not None:
            said = before.kind, before.sold_from, before.sold_until
        elif changed.sold_from is not None:  # it was not sold there
            said = RangeKind.RETIRED, None, today - timedelta(days=1)
        else:
            said = RangeKind.KEPT, None, None
        rows.append(_range(session, changed.warehouse_id, row.product_id, now, by, *said, None))
    _say(session, row.product_id, rows)


def _said_of(session: Session, product_id: str) -> Sequence[ProductRangeRow]:
    """All that was ever said of a product, what was said last at the end."""
    row = ProductRangeRow
    return session.scalars(select(row).where(row.product_id == product_id).order_by(row.known_at)).all()


def _last(rows: Sequence[ProductRangeRow], warehouse_id: str) -> ProductRangeRow | None:
    return next((one for one in reversed(rows) if one.warehouse_id == warehouse_id), None)


def _say(session: Session, product_id: str, rows: Sequence[ProductRangeRow]) -> None:
    """Adds what is said of a product. Where it is sold longer than up to the last day that ranges came to, it has none
    any more; one that no range ends on somebody has said of the product itself, and it stays."""
    session.add_all(rows)
    session.flush()
    product = session.get_one(ProductRow, product_id, with_for_update=NOT_ITS_KEY)
    last_day = product.delisted_on
    if last_day is None or last_day not in {one.sold_until for one in _said_of(session, product_id)}:
        return
    if any(end is None or end > last_day for end in map(_end, rows)):
        product.delisted_on = None
        session.flush()


def _end(row: ProductRangeRow) -> date | None:
    """None where it is sold on, if only for orders ahead."""
    return None if row.kind is RangeKind.ON_DEMAND else row.sold_until


def delist_where_last(session: Session, product_id: str, now: datetime) -> None:
    """Gives a product its last day where no warehouse goes on selling it and none was said before. Who sees some
    warehouses only cannot know that, and delists nothing."""
    if own_warehouses(session) is not None:
        return
    product = session.get_one(ProductRow, product_id, with_for_update=NOT_ITS_KEY)  # of two the second sees both
    if product.delisted_on is not None:
        return
    line, lately = LineDayRow, (now - SELLS_LATELY).date()
    query = select(line.warehouse_id).where(line.product_id == product_id, line.date >= lately, line.sold > 0)
    selling = set(session.scalars(query.distinct()))
    ends = {row.warehouse_id: _end(row) for row in _said_of(session, product_id)}
    days = [ends.get(name) for name in selling | ends.keys()]
    if None not in days:
        product.delisted_on = max(day for day in days if day is not None)
