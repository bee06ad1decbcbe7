"""What is told of moves: that a warehouse's were suggested, and that one was made or refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from data.tables import MoveRow
from flows.notifying.outbox import OutboxEvent, as_told

SAID = ("move_id", "product_id", "from_slot_id", "to_slot_id")


def suggested(warehouse_id: str, origin: datetime, moves: Sequence[Mapping[str, Any]], now: datetime) -> OutboxEvent:
    """A warehouse's moves, by the columns of their rows, in the order in which to make them."""
    said = [{name: move[name] for name in SAID} for move in moves]
    payload = {"warehouse_id": warehouse_id, "origin": as_told(origin), "moves": said}
    return OutboxEvent(f"moves_{uuid4().hex}", "move.suggested", payload, now)


def settled(move: MoveRow, now: datetime) -> OutboxEvent:
    """A move that is done or refused; each is so once."""
    payload = {name: getattr(move, name) for name in SAID} | {
        "warehouse_id": move.warehouse_id,
        "at": as_told(now),
        "by": move.decided_by,
        "reason": move.decision_reason,
    }
    return OutboxEvent(f"move_{move.move_id}_{move.status}", f"move.{move.status}", payload, now)
