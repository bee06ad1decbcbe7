"""Moves that staff have begun: of a step some is carried already, and the rest lies where it was, or nowhere.

They stay on the list when moves are suggested anew, before the new ones. Those start from the floor as it will be once
the begun are done, so a product in two slots counts where it goes, and no new move needs a slot before it is empty.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import pandas as pd
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from data.tables import TO_BE_MADE, MoveRow, MoveStatus
from flows.slotting.rest_of_list import as_step
from warehouse.slotting.workable import made, workable


@dataclass(frozen=True)
class BegunMoves:
    """The ids of what is left of begun steps, in the order of work, and what lies where once they are done."""

    move_ids: Sequence[str]
    lies: Mapping[str, str | None]

    @classmethod
    def of(cls, session: Session, warehouse_id: str, slots: pd.DataFrame) -> Self:
        """Of a warehouse with these slots (slot_id, product_id); a step that cannot be gone on with is left out."""
        move = MoveRow
        other = aliased(MoveRow)
        begun = exists().where(
            other.exchange_id == move.exchange_id, other.status.in_([MoveStatus.DONE, MoveStatus.PARTLY_DONE])
        )
        query = select(move).where(
            move.warehouse_id == warehouse_id,
            move.status.in_(TO_BE_MADE),
            (move.status == MoveStatus.PARTLY_DONE) | begun,
        )
        together: defaultdict[str, list[MoveRow]] = defaultdict(list)
        for row in session.scalars(query.order_by(move.rank, move.move_id)):
            together[row.exchange_id or row.move_id].append(row)
        lies = dict(zip(slots["slot_id"], slots["product_id"], strict=True))
        rows = list(together.values())
        steps = [as_step(session, one, lies) for one in rows]
        order, _ = workable(steps, lies)
        for at in order:
            lies = made(steps[at], lies)
        return cls([row.move_id for at in order for row in rows[at]], lies)

    def once_done(self, slots: pd.DataFrame) -> pd.DataFrame:
        """The slots with what lies in them then."""
        holds = [self.lies[slot_id] for slot_id in slots["slot_id"]]
        return slots.assign(product_id=pd.Series(holds, index=slots.index, dtype=object))


def keep_begun(session: Session, warehouse_id: str, begun: BegunMoves, now: datetime) -> None:
    """Withdraws all moves of a warehouse that are to be made but those begun, which come first from now on."""
    move = MoveRow
    to_be_made = (move.warehouse_id == warehouse_id, move.status.in_(TO_BE_MADE))
    others = update(move).where(*to_be_made, move.move_id.not_in(begun.move_ids))
    session.execute(others.values(status=MoveStatus.WITHDRAWN, decided_at=now))
    for rank, move_id in enumerate(begun.move_ids, start=1):
        session.execute(update(move).where(*to_be_made, move.move_id == move_id).values(rank=rank))
