"""How a zone is now: in alarm, on an excursion, silent, at fault or in order, from what its sensors said last.

The most urgent of its sensors counts. A sensor that was in alarm when it fell silent stays in alarm: nobody has seen
the zone back inside its limits. What a faulty sensor says is no word of the zone's temperature, so its zone is not in
order either.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from warehouse.coldchain.alarms import AlarmKind, Excursion, SensorState
from warehouse.coldchain.limits import Limit

FAULTS = (AlarmKind.FAULTY, AlarmKind.STUCK, AlarmKind.DRIFTING)
NOT_OF_THE_ZONE = (*FAULTS, AlarmKind.SILENT, AlarmKind.BATTERY_LOW)


class ZoneState(StrEnum):
    """How a zone or one of its sensors is, in the order of urgency."""

    ALARM = "alarm"
    EXCURSION = "excursion"  # outside its limits, for less than the delay
    SILENT = "silent"
    FAULT = "fault"  # a sensor that says what no room can be, is stuck or drifts
    NO_SENSOR = "no_sensor"
    NO_LIMIT = "no_limit"
    IN_ORDER = "in_order"


@dataclass(frozen=True)
class LastHeard:
    """What a sensor said last (None: nothing ever), the excursion that it was on then, and what else was an alarm."""

    taken_at: datetime | None
    temperature_c: float | None
    excursion: Excursion | None = None
    also: tuple[Excursion, ...] = ()

    @classmethod
    def of(cls, state: SensorState) -> Self:
        """What is remembered of a sensor."""
        alarms = tuple(one for one in state.also if one.raised_at is not None)
        return cls(state.last_taken_at, state.last_c, state.excursion, alarms)

    @property
    def faults(self) -> tuple[Excursion, ...]:
        """What is wrong with the sensor itself."""
        return tuple(one for one in self.also if one.kind in FAULTS)

    @property
    def is_missed(self) -> bool:
        """Whether somebody was told that nothing is heard of it."""
        return any(one.kind is AlarmKind.SILENT for one in self.also)

    @property
    def is_in_alarm(self) -> bool:
        """Whether something is wrong with the zone: its temperature, its humidity, a door that stays open."""
        of_temperature = self.excursion is not None and self.excursion.raised_at is not None
        return of_temperature or any(one.kind not in NOT_OF_THE_ZONE for one in self.also)


def silent_since(heard: LastHeard, now: datetime, silent_after: timedelta) -> datetime | None:
    """When a sensor that is silent was heard last; None where it is not silent, or was never heard."""
    if heard.taken_at is not None and (heard.is_missed or now - heard.taken_at > silent_after):
        return heard.taken_at
    return None


def state_of_sensor(heard: LastHeard, limit: Limit | None, now: datetime, silent_after: timedelta) -> ZoneState:
    """A sensor's state. `limit` is the one in force now, `silent_after` how long a sensor may say nothing."""
    if heard.taken_at is None:
        return ZoneState.SILENT
    if heard.is_in_alarm:
        return ZoneState.ALARM
    if silent_since(heard, now, silent_after) is not None:
        return ZoneState.SILENT
    if heard.excursion is not None:
        return ZoneState.EXCURSION
    if heard.faults:
        return ZoneState.FAULT
    return ZoneState.NO_LIMIT if limit is None else ZoneState.IN_ORDER


def state_of_zone(sensors: Iterable[ZoneState]) -> ZoneState:
    """The most urgent of the states of a zone's sensors."""
    return min(sensors, key=urgency, default=ZoneState.NO_SENSOR)


def urgency(state: ZoneState) -> int:
    """Where a state stands in the order of urgency; 0 is the most urgent."""
    return list(ZoneState).index(state)
