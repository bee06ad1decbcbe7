"""The ledger of lots: what changed a lot is written, and with it what is left of the lot.

A change adds or takes a quantity. A count says what was there at a moment: what the ledger has of later moments is
added to it, and a count older than the last one says nothing new. Sales are not in the ledger, so what is left is as of
the lot's last count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import uuid4

from sqlalchemy import Connection, Table, bindparam, func, select, update

from data.bulk import write_rows
from data.tables import LotRow, StockChangeKind, StockChangeRow

LotKey = tuple[str, str]  # warehouse_id, lot_id
LOTS, CHANGES = cast(Table, LotRow.__table__), cast(Table, StockChangeRow.__table__)
ASKED_AT_ONCE = 5_000  # keys; SQLite takes 32,766 values in a statement
COLUMNS = [column.name for column in CHANGES.columns]
KNOWN_AT = CHANGES.c.known_at.type


@dataclass(frozen=True)
class LotChange:
    """What happens to a lot: `quantity` is what is added or, below zero, taken; of a count it is what was there."""

    warehouse_id: str
    lot_id: str
    kind: StockChangeKind
    quantity: Decimal
    happened_at: datetime
    known_at: datetime
    reason: str | None = None
    note: str | None = None

    @property
    def lot(self) -> LotKey:
        return self.warehouse_id, self.lot_id


@dataclass(frozen=True)
class LotState:
    """What is left of a lot as of its last count, and the end of its ledger."""

    on_hand: Decimal
    counted_at: datetime
    last_change_no: int = 0
    last_known_at: datetime | None = None


class NotEnough(ValueError):
    """A change takes more than is left of its lot."""

    def __init__(self, change: LotChange, left: Decimal) -> None:
        super().__init__(f"lot {change.lot_id} of warehouse {change.warehouse_id} has {left}, {change.quantity} wanted")
        self.change, self.left = change, left


def write_changes(
    connection: Connection,
    changes: Sequence[LotChange],
    action_id: str,
    by: str,
    states: Mapping[LotKey, LotState] | None = None,
) -> int:
    """Writes changes of lots that are there, one a lot, and what is left of them; returns how many were written. Who
    knows the states of the lots already gives them.

    Counts that are older than the lot's last one, or say the same of the same moment, are passed over. Who calls has
    locked the warehouses. Raises NotEnough, ValueError where a lot comes twice, KeyError for one that is not there."""
    if states is None:
        states = lot_states(connection, [change.lot for change in changes])
    if len({change.lot for change in changes}) < len(changes):
        raise ValueError("a lot comes twice in one action")
    counts = [change for change in changes if change.kind is StockChangeKind.COUNTED]
    since = _changed_after(connection, {count.lot: count.happened_at for count in counts})
    rows, lots = [], []
    for change in changes:
        before = states[change.lot]
        after = _after(change, before, since[change.lot])
        if after is None:
            continue
        known_at = max(change.known_at, before.last_known_at or change.known_at)
        row = {
            "change_id": uuid4().hex,
            "action_id": action_id,
            "change_no": before.last_change_no + 1,
            "quantity": after.on_hand - before.on_hand,
            "left": after.on_hand,
            "known_at": known_at,
            "by": by,
        }
        of_change = ("warehouse_id", "lot_id", "kind", "happened_at", "reason", "note")
        rows.append(row | {name: getattr(change, name) for name in of_change})
        of_lot = {"of_warehouse": change.warehouse_id, "of_lot": change.lot_id}
        lots.append(of_lot | {"left": after.on_hand, "at": after.counted_at})
    if rows:
        write_rows(connection, CHANGES, COLUMNS, ([row[name] for name in COLUMNS] for row in rows), "fail")
        of_it = (LOTS.c.warehouse_id == bindparam("of_warehouse")) & (LOTS.c.lot_id == bindparam("of_lot"))
        left = update(LOTS).where(of_it).values(quantity_on_hand=bindparam("left"), counted_at=bindparam("at"))
        connection.execute(left, lots)
    return len(rows)


def _after(change: LotChange, before: LotState, since: Decimal) -> LotState | None:
    """What is left after a change; None where a count says nothing new."""
    if change.kind is not StockChangeKind.COUNTED:
        left = before.on_hand + change.quantity
        if left < 0:
            raise NotEnough(change, before.on_hand)
        return LotState(left, before.counted_at)
    left = max(change.quantity + since, Decimal(0))
    of_the_last_one = before.last_change_no > 0 and change.happened_at == before.counted_at and left == before.on_hand
    if change.happened_at < before.counted_at or of_the_last_one:
        return None
    return LotState(left, change.happened_at)


def lot_states(connection: Connection, lots: Iterable[LotKey]) -> dict[LotKey, LotState]:
    """The state of each of the lots that is there."""
    found: dict[LotKey, LotState] = {}
    kept = select(LOTS.c.lot_id, LOTS.c.quantity_on_hand, LOTS.c.counted_at)
    ends = select(CHANGES.c.lot_id, func.max(CHANGES.c.change_no), func.max(CHANGES.c.known_at, type_=KNOWN_AT))
    for warehouse_id, part in _parts(lots):
        of_them = (CHANGES.c.warehouse_id == warehouse_id) & CHANGES.c.lot_id.in_(part)
        ended = {row[0]: row[1:] for row in connection.execute(ends.where(of_them).group_by(CHANGES.c.lot_id))}
        of_them = (LOTS.c.warehouse_id == warehouse_id) & LOTS.c.lot_id.in_(part)
        for lot_id, on_hand, counted_at in connection.execute(kept.where(of_them)):
            found[warehouse_id, lot_id] = LotState(on_hand, counted_at, *ended.get(lot_id, ()))
    return found


def _changed_after(connection: Connection, moments: Mapping[LotKey, datetime]) -> defaultdict[LotKey, Decimal]:
    """How much the ledger has added to each lot since its moment."""
    changed: defaultdict[LotKey, Decimal] = defaultdict(Decimal)
    if not moments:
        return changed
    earliest = min(moments.values())
    query = select(CHANGES.c.lot_id, CHANGES.c.happened_at, CHANGES.c.quantity).where(
        CHANGES.c.happened_at > earliest, CHANGES.c.kind != StockChangeKind.COUNTED
    )
    for warehouse_id, part in _parts(moments):
        of_them = (CHANGES.c.warehouse_id == warehouse_id) & CHANGES.c.lot_id.in_(part)
        for lot_id, happened_at, quantity in connection.execute(query.where(of_them)):
            if happened_at > moments[warehouse_id, lot_id]:
                changed[warehouse_id, lot_id] += quantity
    return changed


def _parts(lots: Iterable[LotKey]) -> Iterable[tuple[str, list[str]]]:
    """The lots' numbers by warehouse, so many at once."""
    by_warehouse: defaultdict[str, list[str]] = defaultdict(list)
    for warehouse_id, lot_id in lots:
        by_warehouse[warehouse_id].append(lot_id)
    for warehouse_id, numbers in by_warehouse.items():
        for first in range(0, len(numbers), ASKED_AT_ONCE):
            yield warehouse_id, numbers[first : first + ASKED_AT_ONCE]
