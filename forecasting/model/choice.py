"""What serves one reach of horizons, and why: its rung of the ladder, what each rung was worth, what it cannot see.

Kept beside a model, so that whoever shows a forecast can tell it without reading the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

REACHES: Final = ("near", "far")  # one day ahead; further
KINDS: Final = ("prices", "promotions", "weather", "holidays", "events", "season")  # what demand depends on


@dataclass(frozen=True)
class Choice:
    """A rung of the ladder, chosen for a reach of horizons.

    losses: of each rung on the hold-out days, over that of the lowest; none where nothing could be compared and the
    level alone serves. takes_no_account_of: of KINDS, whatever the data. not_learned: for want of examples so far."""

    rung: str
    held_out_days: int
    losses: Mapping[str, float]
    takes_no_account_of: tuple[str, ...] = ()
    not_learned: tuple[str, ...] = ()

    def gains(self) -> dict[str, float]:
        """By how much (a share) the loss of this rung is below that of each other one."""
        own = self.losses.get(self.rung, 0.0)
        return {rung: 1 - own / loss for rung, loss in self.losses.items() if rung != self.rung and loss > 0}

    def to_dict(self) -> dict[str, Any]:
        """The choice as lists and numbers that JSON can hold."""
        return asdict(self) | {name: list(getattr(self, name)) for name in ("takes_no_account_of", "not_learned")}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Choice:
        """The choice that `to_dict` wrote."""
        lists = {name: tuple(kept[name]) for name in ("takes_no_account_of", "not_learned")}
        return cls(kept["rung"], kept["held_out_days"], kept["losses"], **lists)


def reach_of(horizon: int) -> str:
    """The reach of a horizon (days ahead)."""
    near, far = REACHES
    return near if horizon <= 1 else far
