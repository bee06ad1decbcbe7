"""The moves that wait to be carried out, by warehouse: where they save most walking first."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import TO_BE_MADE, MoveRow


@dataclass(frozen=True)
class OpenMoves:
    """How many moves a warehouse has to carry out, and the metres of walking that they save a day."""

    warehouse_id: str
    moves: int
    metres_saved_per_day: float


def open_moves(session: Session) -> list[OpenMoves]:
    """One row per warehouse that has moves to be made."""
    saved = func.sum(MoveRow.metres_saved_per_day)
    rows = session.execute(
        select(MoveRow.warehouse_id, func.count(), saved)
        .where(MoveRow.status.in_(TO_BE_MADE))
        .group_by(MoveRow.warehouse_id)
        .order_by(saved.desc(), MoveRow.warehouse_id)
    )
    return [OpenMoves(*row) for row in rows]
