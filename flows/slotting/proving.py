"""What batches of moves were worth: what was expected of each, and what the orders picked since were walked in less."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

import pandas as pd
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from data.frames.floor_and_lines import floor_points, picked_tours, slots_frame
from data.tables import TO_BE_MADE, MoveBatchRow, MoveRow, MoveStatus, WarehouseRow
from warehouse.slotting.proof.by_orders import gain_by_orders
from warehouse.slotting.proof.gains import Gain
from warehouse.slotting.proof.layouts import MadeMove, Places, around_batch
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.suggestion import Move
from warehouse.slotting.walked_floor import WalkedFloor, walked_floor

HELD_OUT: Final = timedelta(days=7)  # the latest, whose orders moves are not chosen by: they tell what to expect
WALKED_DAYS: Final = 14  # after a batch: later the shop sells other things


@dataclass(frozen=True)
class ProvedBatch:
    """A batch, of how many moves, how many of them are done, and what later orders were walked in `since` the last of
    those was: on the floor as it was without them, and as it is with them; None: nothing was ordered since."""

    batch: MoveBatchRow
    moves: int
    done: int
    since: datetime | None
    walked: Gain | None

    @property
    def expected(self) -> Gain | None:
        """What was expected when it was suggested; None: no orders were known then."""
        batch = self.batch
        if batch.metres_before is None or batch.metres_after is None:
            return None
        return Gain(batch.metres_before, batch.metres_after, batch.lines)


@dataclass(frozen=True, eq=False)
class WalkedWarehouse:
    """A warehouse's floor, the rule that its pickers follow, and the slot of each product that orders are picked from
    now."""

    place: WarehouseRow
    floor: WalkedFloor
    lies: Places

    @classmethod
    def of(cls, session: Session, place: WarehouseRow, slots: pd.DataFrame) -> Self:
        """`slots` as `slots_frame` has them."""
        floor = walked_floor(slots, floor_points(session, place.warehouse_id).get("start"))
        faces = slots[slots["pick_face"] & slots["product_id"].notna()].sort_values(["distance_m", "slot_id"])
        nearest = faces.drop_duplicates("product_id")
        return cls(place, floor, dict(zip(nearest["product_id"], nearest["slot_id"], strict=True)))

    def gain(self, session: Session, before: Places, after: Places, since: datetime, until: datetime) -> Gain | None:
        """What the orders of a time are walked in on two layouts."""
        tours = picked_tours(session, self.place.warehouse_id, since, until)
        return gain_by_orders(self.floor, Routing(self.place.routing), before, after, tours)


def expected_gain(
    session: Session, place: WarehouseRow, slots: pd.DataFrame, moves: Sequence[Move], now: datetime
) -> Gain | None:
    """What is to be expected of moves, from the latest orders, by which they were not chosen: on those that they were
    chosen by they save more. None where no such orders are known."""
    warehouse = WalkedWarehouse.of(session, place, slots)
    after = dict(warehouse.lies) | {move.product_id: move.to_slot_id for move in moves}
    return warehouse.gain(session, warehouse.lies, after, now - HELD_OUT, now)


def proved_batches(
    session: Session, place: WarehouseRow, batches: Sequence[MoveBatchRow], now: datetime
) -> list[ProvedBatch]:
    """Of some batches of a warehouse, in their order. Worked out when read: orders that come late count."""
    if not batches:
        return []
    warehouse = WalkedWarehouse.of(session, place, slots_frame(session, place.warehouse_id))
    made = _made(session, place.warehouse_id, min(batch.created_at for batch in batches))
    counted = _counted(session, [batch.batch_id for batch in batches])
    proved = []
    for batch in batches:
        around, walked = around_batch(warehouse.lies, made, batch.batch_id), None
        if around is not None:
            until = min(now, around.since + timedelta(days=WALKED_DAYS))
            walked = warehouse.gain(session, around.before, around.after, around.since, until)
        since = None if around is None else around.since
        proved.append(ProvedBatch(batch, *counted.get(batch.batch_id, (0, 0)), since, walked))
    return proved


def latest_batches(session: Session, warehouse_id: str, most: int) -> Sequence[MoveBatchRow]:
    """The batches suggested last of which something is done, or is still to be done; the latest first."""
    move, batch = MoveRow, MoveBatchRow
    counts = select(move.move_id).where(
        move.batch_id == batch.batch_id, move.status.in_([MoveStatus.DONE, *TO_BE_MADE])
    )
    query = select(batch).where(batch.warehouse_id == warehouse_id, counts.exists())
    return session.scalars(query.order_by(batch.created_at.desc(), batch.batch_id).limit(most)).all()


def _made(session: Session, warehouse_id: str, since: datetime) -> list[MadeMove]:
    """All moves that were made since a moment, in the order in which they were."""
    move = MoveRow
    query = (
        select(move.batch_id, move.product_id, move.from_slot_id, move.to_slot_id, move.decided_at)
        .where(move.warehouse_id == warehouse_id, move.status == MoveStatus.DONE, move.decided_at >= since)
        .order_by(move.decided_at, move.rank, move.move_id)
    )
    return [MadeMove(*row) for row in session.execute(query)]


def _counted(session: Session, batch_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many moves each has, and how many of them are done."""
    done = func.sum(case((MoveRow.status == MoveStatus.DONE, 1), else_=0))
    query = select(MoveRow.batch_id, func.count(), done).where(MoveRow.batch_id.in_(batch_ids))
    return {batch_id: (moves, int(made)) for batch_id, moves, made in session.execute(query.group_by(MoveRow.batch_id))}
