"""What is told of moves: that a warehouse's were suggested, and what became of one."""

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


def settled(move: MoveRow, what: str, now: datetime, by: str) -> OutboxEvent:
    """A move that was done or a part of it, refused, or taken back (`undone`); it may be so again."""
    payload = {name: getattr(move, name) for name in SAID} | {
        "warehouse_id": move.warehouse_id,
        "at": as_told(now),
        "by": by,
        "reason": move.decision_reason,
        "carried": None if move.carried is None else float(move.carried),
    }
    return OutboxEvent(f"move_{uuid4().hex}", f"move.{what}", payload, now)
