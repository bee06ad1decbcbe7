"""Which moves towards the suggested slots are worth the work, in an order that can be carried out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from warehouse.slotting.suggestion import Move, SlotSuggestion


@dataclass(frozen=True)
class MoveEffort:
    """What a move costs, in metres that could be walked instead, and how soon it must be repaid.

    The defaults say: carrying a product to another slot takes as long as walking 300 m (about four minutes),
    and the order of slots stays right for two weeks."""

    metres_per_move: float = 300.0
    repaid_within_days: float = 14.0


def moves_worth_making(
    suggestions: Sequence[SlotSuggestion],
    products: pd.DataFrame,
    slots: pd.DataFrame,
    effort: MoveEffort = MoveEffort(),
) -> tuple[Move, ...]:
    """The moves from where products lie now (`slots.product_id`) to the suggested slots, in order of work.

    Frames as in `suggest_slots`. Once they are done, no move is left that is worth making.
    """
    raise NotImplementedError
