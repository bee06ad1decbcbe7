"""The moves that wait to be carried out, by warehouse, those that rules demand apart from those that save walking.

What only makes room counts as what it makes room for. Demanded moves often cost walking, so a sum of both says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import TO_BE_MADE, MoveRow
from warehouse.slotting.suggestion import DEMANDED, MoveReason


@dataclass(frozen=True)
class ListedMove:
    """What is carried, what tours get shorter by it, and why."""

    product_id: str
    metres_saved_per_day: float
    reasons: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OpenMoves:
    """How many moves a warehouse has to carry out, and the metres of walking a day that those save that no rule
    demands; how many rules demand, and what those save (negative: they cost it)."""

    warehouse_id: str
    moves: int
    metres_saved_per_day: float
    demanded_moves: int
    demanded_metres_per_day: float

    @classmethod
    def of(cls, warehouse_id: str, moves: Iterable[ListedMove]) -> Self:
        """Of one list."""
        listed = list(moves)
        wanted = {move.product_id for move in listed if _codes(move) & DEMANDED}
        demanded = [move for move in listed if move.product_id in wanted or _makes_room_for(move) & wanted]
        of_demanded, of_all = (sum(move.metres_saved_per_day for move in some) for some in (demanded, listed))
        return cls(warehouse_id, len(listed), of_all - of_demanded, len(demanded), of_demanded)


def open_moves(session: Session) -> list[OpenMoves]:
    """One row per warehouse that has moves to be made, where they save most walking first."""
    row = MoveRow
    query = select(row.warehouse_id, row.product_id, row.metres_saved_per_day, row.reasons)
    listed: defaultdict[str, list[ListedMove]] = defaultdict(list)
    for warehouse_id, *move in session.execute(query.where(row.status.in_(TO_BE_MADE))):
        listed[warehouse_id].append(ListedMove(*move))
    found = [OpenMoves.of(warehouse_id, moves) for warehouse_id, moves in listed.items()]
    return sorted(found, key=lambda of_it: (-of_it.metres_saved_per_day, of_it.warehouse_id))


def _codes(move: ListedMove) -> set[str]:
    return {reason["code"] for reason in move.reasons}


def _makes_room_for(move: ListedMove) -> set[str]:
    return {reason["for_product"] for reason in move.reasons if reason["code"] == MoveReason.MAKES_ROOM}
