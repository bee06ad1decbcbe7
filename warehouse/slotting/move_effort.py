"""What a move costs a shop, and how soon it must be repaid: the figures that decide which moves are worth making."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MoveEffort:
    """What a move costs, in metres that could be walked instead, and how soon it must be repaid.

    The defaults say: carrying a product to another slot takes as long as walking 300 m (four minutes at 1.25 m/s),
    and the order of slots stays right for two weeks. Both are chosen, not measured: a shop has its own."""

    metres_per_move: float = 300.0
    repaid_within_days: float = 14.0

    @classmethod
    def of_minutes(cls, minutes_per_move: float, walking_speed_m_s: float, repaid_within_days: float) -> "MoveEffort":
        """The effort of a carry that takes so many minutes where people walk at that speed (m/s)."""
        return cls(minutes_per_move * 60 * walking_speed_m_s, repaid_within_days)


USUAL = MoveEffort()
