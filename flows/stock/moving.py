"""Stock carried to another warehouse: the lot keeps its expiry and where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain, count

from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.tables import LotRow, StockChangeKind, StockChangeRow
from flows.errors import Invalid, NotNow
from flows.stock.changing_lots import change_once, known_lot, require_quantity, write

LONGEST = 64  # characters of an id
SAME = ("product_id", "supplier_id", "expires_on")  # of lots that are one


@dataclass(frozen=True)
class Transfer:
    """How much of a lot goes to which warehouse."""

    from_warehouse_id: str
    lot_id: str
    to_warehouse_id: str
    quantity: Decimal
    note: str | None = None


def move_to_warehouse(
    session: Session, move_id: str, asked: Transfer, now: datetime, by: str
) -> Sequence[StockChangeRow]:
    """Moves a part of a lot, out of one warehouse and into the other at once; both changes. Safe to repeat under its
    id. Raises Unknown, Invalid, NotNow where less is left or the lot is blocked."""
    require_quantity(asked.quantity)
    if asked.from_warehouse_id == asked.to_warehouse_id:
        raise Invalid("The lot is in that warehouse already.", field="to_warehouse_id")

    def same(kept: Sequence[StockChangeRow]) -> bool:
        return {(change.kind, change.warehouse_id, change.quantity) for change in kept} == {
            (StockChangeKind.MOVED, asked.from_warehouse_id, -asked.quantity),
            (StockChangeKind.MOVED, asked.to_warehouse_id, asked.quantity),
        }

    def work(_: object) -> None:
        lot = known_lot(session, asked.from_warehouse_id, asked.lot_id)
        there = lot_there(session, lot, asked.to_warehouse_id, asked.quantity, now)
        for one in (lot, there):
            if one.blocked_at is not None:
                raise NotNow(
                    "Lot {lot_id} of warehouse {warehouse_id} is blocked: {blocked_because}",
                    lot_id=one.lot_id,
                    warehouse_id=one.warehouse_id,
                    blocked_because=one.blocked_because,
                )
        note = asked.note
        changes = [
            LotChange(lot.warehouse_id, lot.lot_id, StockChangeKind.MOVED, -asked.quantity, now, now, note=note),
            LotChange(there.warehouse_id, there.lot_id, StockChangeKind.MOVED, asked.quantity, now, now, note=note),
        ]
        write(session, changes, move_id, by)

    both = [asked.from_warehouse_id, asked.to_warehouse_id]
    return change_once(session, move_id, both, same, work)


def lot_there(session: Session, lot: LotRow, to_warehouse_id: str, quantity: Decimal, now: datetime) -> LotRow:
    """The lot in another warehouse, made where it is not there; `quantity` is what comes.

    There it has the same number, or that number with a count behind it where it is taken by something else."""
    numbers = chain([lot.lot_id], (f"{lot.lot_id[: LONGEST - 4]}-{again}" for again in count(2)))
    for number in numbers:
        there = session.get(LotRow, (to_warehouse_id, number))
        if there is None or all(getattr(there, name) == getattr(lot, name) for name in SAME):
            break
    if there is None:
        there = LotRow(
            warehouse_id=to_warehouse_id,
            lot_id=number,
            received_at=lot.received_at,
            quantity_received=quantity,
            quantity_on_hand=Decimal(0),
            unit_cost=lot.unit_cost,
            known_at=now,
            counted_at=now,
            **{name: getattr(lot, name) for name in SAME},
        )
        session.add(there)
    return there
