"""How a zone is now: in alarm, on an excursion, silent or in order, from what its sensors said last.

The most urgent of its sensors counts. A sensor that was in alarm when it fell silent stays in alarm: nobody has seen
the zone back inside its limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from warehouse.coldchain.alarms import Excursion
from warehouse.coldchain.limits import Limit


class ZoneState(StrEnum):
    """How a zone or one of its sensors is, in the order of urgency."""

    ALARM = "alarm"
    EXCURSION = "excursion"  # outside its limits, for less than the delay
    SILENT = "silent"
    NO_SENSOR = "no_sensor"
    NO_LIMIT = "no_limit"
    IN_ORDER = "in_order"


@dataclass(frozen=True)
class LastHeard:
    """What a sensor said last (None: nothing ever), and the excursion that it was on then."""

    taken_at: datetime | None
    temperature_c: float | None
    excursion: Excursion | None = None


def silent_since(heard: LastHeard, now: datetime, silent_after: timedelta) -> datetime | None:
    """When a sensor that is silent was heard last; None where it is not silent, or was never heard."""
    return heard.taken_at if heard.taken_at is not None and now - heard.taken_at > silent_after else None


def state_of_sensor(heard: LastHeard, limit: Limit | None, now: datetime, silent_after: timedelta) -> ZoneState:
    """A sensor's state. `limit` is the one in force now, `silent_after` how long a sensor may say nothing."""
    if heard.taken_at is None:
        return ZoneState.SILENT
    if heard.excursion is not None and heard.excursion.raised_at is not None:
        return ZoneState.ALARM
    if silent_since(heard, now, silent_after) is not None:
        return ZoneState.SILENT
    if heard.excursion is not None:
        return ZoneState.EXCURSION
    return ZoneState.NO_LIMIT if limit is None else ZoneState.IN_ORDER


def state_of_zone(sensors: Iterable[ZoneState]) -> ZoneState:
    """The most urgent of the states of a zone's sensors."""
    return min(sensors, key=urgency, default=ZoneState.NO_SENSOR)


def urgency(state: ZoneState) -> int:
    """Where a state stands in the order of urgency; 0 is the most urgent."""
    return list(ZoneState).index(state)
