"""When a zone has been outside its limit for too long: alarms that begin and end, from one reading at a time.

A pure step (state, reading, limit) -> (state, events). The alarm's clock runs on the times of the readings and
lives in the state, so it survives a restart as data. The clock starts at the first reading outside, the alarm is
raised at the first reading that finds the zone still outside after the limit's delay, and it ends at the first
reading back inside. Readings that are not newer than the last one change nothing: giving the same readings
again, after a restart from a saved state, gives nothing new.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading


class AlarmKind(StrEnum):
    """On which side of its limits a zone is."""

    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"


class IgnoredBecause(StrEnum):
    """Why a reading told nothing new."""

    DUPLICATE = "duplicate"  # its time is that of the last reading
    LATE = "late"  # its time lies before the last reading


@dataclass(frozen=True)
class Excursion:
    """A stay outside the limit: since when, the worst so far, and since when it is an alarm (None: not yet)."""

    kind: AlarmKind
    began_at: datetime
    worst_c: float
    raised_at: datetime | None = None


@dataclass(frozen=True)
class Ahead:
    """By how much the clock of a sensor was ahead of the server's when it was heard last, and when that was."""

    by: timedelta
    heard_at: datetime


@dataclass(frozen=True)
class SensorState:
    """All that is remembered of a sensor between two readings. `ahead` is None while its clock agrees with ours."""

    sensor_id: str
    last_taken_at: datetime | None = None
    last_c: float | None = None
    excursion: Excursion | None = None
    ahead: Ahead | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: times in ISO 8601 with their offset."""
        excursion = self.excursion
        return {
            "sensor_id": self.sensor_id,
            "last_taken_at": _iso(self.last_taken_at),
            "last_c": self.last_c,
            "excursion": None
            if excursion is None
            else {
                "kind": excursion.kind.value,
                "began_at": _iso(excursion.began_at),
                "worst_c": excursion.worst_c,
                "raised_at": _iso(excursion.raised_at),
            },
            "ahead": None
            if self.ahead is None
            else {"seconds": self.ahead.by.total_seconds(), "heard_at": _iso(self.ahead.heard_at)},
        }

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Self:
        """The state that `as_dict` gave. Raises KeyError or ValueError where it is not one."""
        excursion = saved["excursion"]
        ahead = saved.get("ahead")  # not in states that were kept before clocks were compared
        return cls(
            sensor_id=saved["sensor_id"],
            last_taken_at=_moment(saved["last_taken_at"]),
            last_c=saved["last_c"],
            excursion=None
            if excursion is None
            else Excursion(
                kind=AlarmKind(excursion["kind"]),
                began_at=datetime.fromisoformat(excursion["began_at"]),
                worst_c=excursion["worst_c"],
                raised_at=_moment(excursion["raised_at"]),
            ),
            ahead=None
            if ahead is None
            else Ahead(timedelta(seconds=ahead["seconds"]), datetime.fromisoformat(ahead["heard_at"])),
        )


@dataclass(frozen=True)
class AlarmRaised:
    """A zone has been outside its limit for its delay. `alarm_key` is the same whenever the readings are."""

    alarm_key: str
    sensor_id: str
    zone_id: str
    kind: AlarmKind
    began_at: datetime
    raised_at: datetime
    temperature_c: float
    worst_c: float
    limit_c: float


@dataclass(frozen=True)
class AlarmEnded:
    """The zone is back inside its limit, or has none any more."""

    alarm_key: str
    sensor_id: str
    kind: AlarmKind
    began_at: datetime
    ended_at: datetime
    temperature_c: float
    worst_c: float


@dataclass(frozen=True)
class ReadingIgnored:
    """A reading that came late or twice; it is kept elsewhere, but no alarm hangs on it."""

    sensor_id: str
    taken_at: datetime
    because: IgnoredBecause


Event = AlarmRaised | AlarmEnded | ReadingIgnored


def alarm_key(sensor_id: str, kind: AlarmKind, began_at: datetime) -> str:
    """What names an alarm: the same readings always give the same key."""
    return f"{sensor_id}:{kind.value}:{began_at.astimezone(UTC).isoformat()}"


def watch_reading(state: SensorState, reading: Reading, limit: Limit | None) -> tuple[SensorState, tuple[Event, ...]]:
    """The sensor's next state and what happened. `limit` is the one in force when the reading was taken.

    Without a limit no reading is outside, and a running alarm ends. A zone that goes straight from too warm to too
    cold ends the one and starts the clock of the other. Raises ValueError for another sensor's reading.
    """
    if reading.sensor_id != state.sensor_id:
        raise ValueError(f"reading of sensor {reading.sensor_id} offered to the state of {state.sensor_id}")
    if state.last_taken_at is not None and reading.taken_at <= state.last_taken_at:
        late = reading.taken_at < state.last_taken_at
        because = IgnoredBecause.LATE if late else IgnoredBecause.DUPLICATE
        return state, (ReadingIgnored(reading.sensor_id, reading.taken_at, because),)

    kind = _side(reading.temperature_c, limit, state.excursion)
    events: list[Event] = []
    excursion = state.excursion
    if excursion is not None and excursion.kind is not kind:
        if excursion.raised_at is not None:
            events.append(_ended(excursion, reading))
        excursion = None
    if kind is not None and limit is not None:
        excursion = _gone_on(excursion, kind, reading)
        if excursion.raised_at is None and reading.taken_at - excursion.began_at >= _delay(limit, kind):
            excursion = replace(excursion, raised_at=reading.taken_at)
            events.append(_raised(excursion, reading, limit))
    return SensorState(state.sensor_id, reading.taken_at, reading.temperature_c, excursion), tuple(events)


def _side(temperature_c: float, limit: Limit | None, excursion: Excursion | None) -> AlarmKind | None:
    """On which side of the limit the zone is; an alarm is left only with the recovery margin."""
    if limit is None:
        return None
    alarm = excursion.kind if excursion is not None and excursion.raised_at is not None else None
    warm_margin = limit.recovery_margin_c if alarm is AlarmKind.TOO_WARM else 0.0
    cold_margin = limit.recovery_margin_c if alarm is AlarmKind.TOO_COLD else 0.0
    if limit.high_c is not None and temperature_c > limit.high_c - warm_margin:
        return AlarmKind.TOO_WARM
    if limit.low_c is not None and temperature_c < limit.low_c + cold_margin:
        return AlarmKind.TOO_COLD
    return None


def _gone_on(excursion: Excursion | None, kind: AlarmKind, reading: Reading) -> Excursion:
    if excursion is None:
        return Excursion(kind, reading.taken_at, reading.temperature_c)
    worse = max if kind is AlarmKind.TOO_WARM else min
    return replace(excursion, worst_c=worse(excursion.worst_c, reading.temperature_c))


def _delay(limit: Limit, kind: AlarmKind) -> timedelta:
    return limit.high_delay if kind is AlarmKind.TOO_WARM else limit.low_delay


def _raised(excursion: Excursion, reading: Reading, limit: Limit) -> AlarmRaised:
    limit_c = limit.high_c if excursion.kind is AlarmKind.TOO_WARM else limit.low_c
    assert limit_c is not None  # noqa: S101 - a zone is outside of a limit it has
    return AlarmRaised(
        alarm_key=alarm_key(reading.sensor_id, excursion.kind, excursion.began_at),
        sensor_id=reading.sensor_id,
        zone_id=limit.zone_id,
        kind=excursion.kind,
        began_at=excursion.began_at,
        raised_at=reading.taken_at,
        temperature_c=reading.temperature_c,
        worst_c=excursion.worst_c,
        limit_c=limit_c,
    )


def _ended(excursion: Excursion, reading: Reading) -> AlarmEnded:
    raised_at = excursion.raised_at or reading.taken_at
    return AlarmEnded(
        alarm_key=alarm_key(reading.sensor_id, excursion.kind, excursion.began_at),
        sensor_id=reading.sensor_id,
        kind=excursion.kind,
        began_at=excursion.began_at,
        ended_at=max(raised_at, reading.taken_at),  # a clock that was ahead then may have been set back since
        temperature_c=reading.temperature_c,
        worst_c=excursion.worst_c,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
