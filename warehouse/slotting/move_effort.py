"""What a move costs a shop, how soon it must be repaid and how many a shift can make: the figures that decide which
moves are worth making."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MoveEffort:
    """What a move costs, in metres that could be walked instead, how soon it must be repaid, and how many are made.

    The defaults say: carrying a product to another slot takes as long as walking 300 m (four minutes at 1.25 m/s)
    beside the way there and back, the order of slots stays right for two weeks, and a shift has time for forty. All are
    chosen, not measured: a shop has its own."""

    metres_per_move: float = 300.0
    repaid_within_days: float = 14.0
    most_moves: int = 40
    walking_speed_m_s: float = 1.25

    @classmethod
    def of_minutes(
        cls, minutes_per_move: float, walking_speed_m_s: float, repaid_within_days: float, most_moves: int
    ) -> "MoveEffort":
        """The effort of a carry that takes so many minutes where people walk at that speed (m/s)."""
        return cls(minutes_per_move * 60 * walking_speed_m_s, repaid_within_days, most_moves, walking_speed_m_s)

    def metres(self, way_m: float) -> float:
        """What a carry over so many metres costs."""
        return self.metres_per_move + 2 * way_m

    def minutes(self, way_m: float) -> float:
        """How long it takes."""
        return self.metres(way_m) / self.walking_speed_m_s / 60


USUAL = MoveEffort()
