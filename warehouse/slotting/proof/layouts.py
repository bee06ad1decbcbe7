"""Where products lay before and after the moves of one batch, from where they lie now and all moves made since.

What was carried later is taken back, the last first; so the two layouts differ by the batch's own moves and by nothing
else. Pick faces alone are told apart: what a picker walks to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Places = Mapping[str, str]


@dataclass(frozen=True)
class MadeMove:
    """A product was carried from a slot, or from nowhere, to another."""

    batch_id: str | None
    product_id: str
    from_slot_id: str | None
    to_slot_id: str
    made_at: datetime


@dataclass(frozen=True)
class AroundABatch:
    """The slot of each product before and after the batch's moves; products that had none then are in neither. `since`
    is when the last of them was made."""

    before: Places
    after: Places
    since: datetime


def around_batch(now: Places, made: Sequence[MadeMove], batch_id: str) -> AroundABatch | None:
    """Around a batch's moves, `now` being the slot of each product and `made` all moves in the order in which they were
    made; None where none of the batch's was."""
    latest_first = made[::-1]
    own = [move for move in latest_first if move.batch_id == batch_id]
    if not own:
        return None
    since = own[0].made_at
    after = _taken_back(now, [move for move in latest_first if move.made_at > since])
    before = _taken_back(after, own)
    placed = before.keys() & after.keys()
    return AroundABatch(
        {product: before[product] for product in placed}, {product: after[product] for product in placed}, since
    )


def _taken_back(places: Places, latest_first: Sequence[MadeMove]) -> dict[str, str]:
    taken = dict(places)
    for move in latest_first:
        if move.from_slot_id is None:
            taken.pop(move.product_id, None)
        else:
            taken[move.product_id] = move.from_slot_id
    return taken
