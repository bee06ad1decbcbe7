"""What temperatures a zone must keep, for how long it may be outside them, and which of its limits is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """What a zone must keep from `valid_from` on, and for how long it may be outside.

    A reading is outside when it is above `high_c` or below `low_c`; None: no such limit. An alarm ends when the
    zone is back inside by `recovery_margin_c`. Raises ValueError for a naive `valid_from` and limits that no
    temperature keeps.
    """

    zone_id: str
    low_c: float | None
    high_c: float | None
    high_delay: timedelta
    low_delay: timedelta
    valid_from: datetime
    recovery_margin_c: float = 0.0

    def __post_init__(self) -> None:
        if self.valid_from.tzinfo is None:
            raise ValueError(f"zone {self.zone_id}: limit valid from {self.valid_from} has no time zone")
        if self.low_c is not None and self.high_c is not None and self.low_c > self.high_c:
            raise ValueError(f"zone {self.zone_id}: low limit {self.low_c} lies above high limit {self.high_c}")


def limit_in_force(limits: Sequence[Limit], at: datetime) -> Limit | None:
    """The latest of a zone's limits that is valid at that moment; None before the first."""
    return max((limit for limit in limits if limit.valid_from <= at), key=lambda limit: limit.valid_from, default=None)
