"""One alarm a zone and kind: which of two values is worse, whether somebody is told again, and how urgent it is.

An alarm of a zone opens with the first of its sensors that raises one, goes on while any of them does, and ends with
the last. How urgent it is follows from what lies in the zone, so that a call at night is worth it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from warehouse.coldchain.alarms import AlarmKind

COLD_ONES = (AlarmKind.TOO_COLD, AlarmKind.TOO_DRY, AlarmKind.BATTERY_LOW)  # where less is worse
IN_PERCENT = (AlarmKind.TOO_HUMID, AlarmKind.TOO_DRY, AlarmKind.BATTERY_LOW)  # of which the worst is no temperature
OF_THE_SENSOR = (AlarmKind.FAULTY, AlarmKind.STUCK, AlarmKind.DRIFTING, AlarmKind.BATTERY_LOW)
MUCH_KG, MUCH_PIECES, MUCH_MONEY = 20.0, 50.0, 500.0  # more than that is worth a call at night
FEW_DAYS = 2.0  # goods that live no longer cannot wait for the morning


class Severity(StrEnum):
    """How urgent an alarm is."""

    CRITICAL = "critical"  # somebody has to come now
    WARNING = "warning"
    INFO = "info"


class EndedBecause(StrEnum):
    """Why an alarm ended, where no reading ended it."""

    CLOSED = "closed"  # by hand
    RETIRED = "retired"  # its sensor tells nothing any more
    MOVED = "moved"  # its sensor hangs elsewhere now, and what was said of it here counts no more
    REVISED = "revised"  # readings that came late show that it was none


@dataclass(frozen=True)
class GoodsAtRisk:
    """What lies in a zone: kilograms, pieces, what they cost, and how many days the first of it still has (None: none
    has an expiry). None for money of which nobody knows the price."""

    kg: float
    pieces: float
    money: float | None
    currency: str | None
    days_left: float | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return dict(vars(self))


def worst_of(kind: AlarmKind, values: Iterable[float | None]) -> float | None:
    """The worst of values of a kind; None where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return min(known) if kind in COLD_ONES else max(known)


def is_worse(kind: AlarmKind, value: float, than: float | None) -> bool:
    """Whether a value is worse than what somebody was told."""
    return than is None or (value < than if kind in COLD_ONES else value > than)


def severity_of(kind: AlarmKind, goods: GoodsAtRisk | None) -> Severity:
    """How urgent an alarm is; `goods` None: nobody knows what lies in the zone, so it is taken for much."""
    if kind in OF_THE_SENSOR:
        return Severity.WARNING
    if goods is None:
        return Severity.CRITICAL
    if not goods.kg and not goods.pieces:
        return Severity.INFO
    much = goods.kg >= MUCH_KG or goods.pieces >= MUCH_PIECES or (goods.money or 0) >= MUCH_MONEY
    soon = goods.days_left is not None and goods.days_left <= FEW_DAYS
    return Severity.CRITICAL if much or soon else Severity.WARNING
