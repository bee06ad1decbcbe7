"""What leaves stock without being sold as usual: written off with the reason, marked down, given away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.tables import StockChangeKind, StockChangeRow
from flows.errors import Invalid
from flows.stock.changing_lots import (
    change_once,
    known_lot,
    require_after_count,
    require_past,
    require_quantity,
    write,
)


class WriteOffReason(StrEnum):
    """Why something is taken out of stock."""

    EXPIRED = "expired"
    DAMAGED = "damaged"
    OTHER = "other"
    MARKED_DOWN = "marked_down"  # sold below price, apart from the sales that forecasts learn from
    GIVEN_AWAY = "given_away"


APART = {
    WriteOffReason.MARKED_DOWN: StockChangeKind.MARKED_DOWN,
    WriteOffReason.GIVEN_AWAY: StockChangeKind.GIVEN_AWAY,
}


@dataclass(frozen=True)
class WriteOff:
    """What is taken out of lots (number and quantity) of a warehouse, and why."""

    warehouse_id: str
    lots: Sequence[tuple[str, Decimal]]
    reason: WriteOffReason
    happened_at: datetime
    note: str | None = None


def write_off(session: Session, write_off_id: str, asked: WriteOff, now: datetime, by: str) -> Sequence[StockChangeRow]:
    """Takes quantities out of lots, also of blocked ones; the changes. Safe to repeat under its id.

    Raises Unknown, Invalid (`other` without a note), NotNow where less is left or the lot was counted since."""
    require_past(asked.happened_at, now, "happened_at")
    if not asked.lots or len({lot_id for lot_id, _ in asked.lots}) < len(asked.lots):
        raise Invalid("A write-off names its lots, each once.", field="lots")
    if asked.reason is WriteOffReason.OTHER and not (asked.note and asked.note.strip()):
        raise Invalid("A write-off for another reason needs a note that says which.", field="note")
    kind = APART.get(asked.reason, StockChangeKind.WRITTEN_OFF)

    def same(kept: Sequence[StockChangeRow]) -> bool:
        taken = {(lot_id, kind, -quantity) for lot_id, quantity in asked.lots}
        return {(change.lot_id, change.kind, change.quantity) for change in kept} == taken

    def work(_: object) -> None:
        for lot_id, quantity in asked.lots:
            require_quantity(quantity, "lots.quantity")
            require_after_count(known_lot(session, asked.warehouse_id, lot_id), asked.happened_at)
        changes = [
            LotChange(asked.warehouse_id, lot_id, kind, -quantity, asked.happened_at, now, asked.reason, asked.note)
            for lot_id, quantity in asked.lots
        ]
        write(session, changes, write_off_id, by)

    return change_once(session, write_off_id, [asked.warehouse_id], same, work)
