"""What the engine remembers of a sensor between two readings, and what it tells: alarms that begin, get worse and end.

Nothing here decides; `watching.py` does. A state is plain data, so delays that are running survive a restart. An alarm
is named by its sensor, kind and beginning: the same readings always give the same name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self


class AlarmKind(StrEnum):
    """What is wrong: with a zone's temperature first, then with a sensor or what else it tells."""

    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"
    CHANGING_FAST = "changing_fast"  # by so much within so many minutes, on whichever side of the limits
    TOO_HUMID = "too_humid"
    TOO_DRY = "too_dry"
    DOOR_OPEN = "door_open"
    SILENT = "silent"  # nothing heard for longer than the sensor's own interval allows
    FAULTY = "faulty"  # says what no room can be
    STUCK = "stuck"  # says exactly the same while its neighbours move
    DRIFTING = "drifting"  # moves away from its neighbours
    BATTERY_LOW = "battery_low"


class IgnoredBecause(StrEnum):
    """Why a reading told nothing new."""

    DUPLICATE = "duplicate"  # its time is that of the last reading
    LATE = "late"  # its time lies before the last reading
    FAULTY = "faulty"  # the sensor's fault, not the room's temperature


class RaisedBecause(StrEnum):
    """Why an alarm was raised, where neither a reading nor the clock alone raised it."""

    OFFLINE = "offline"  # the last will of its sensor, or of the gateway that sends for it, said so


@dataclass(frozen=True)
class Excursion:
    """A stay outside the limit, or whatever else may become an alarm: since when, the worst so far, and since when it
    is an alarm (None: not yet).

    told_c        the worst that was told of it last; it is told again where it has become worse by far
    back_since    since when an alarm's readings are inside the limit, `recovered_since` inside by the recovery margin
    outside_for   how long readings saw it outside, without the time in which nothing was heard
    degree_minutes  how far outside, for how long
    added_up      raised because many short stays had added up
    excused       a defrost so far
    """

    kind: AlarmKind
    began_at: datetime
    worst_c: float
    raised_at: datetime | None = None
    told_c: float | None = None
    back_since: datetime | None = None
    recovered_since: datetime | None = None
    outside_for: timedelta = timedelta(0)
    degree_minutes: float = 0.0
    added_up: bool = False
    excused: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it; what is as usual is left out."""
        said: dict[str, Any] = {
            "kind": self.kind.value,
            "began_at": _iso(self.began_at),
            "worst_c": self.worst_c,
            "raised_at": _iso(self.raised_at),
            "told_c": self.told_c,
            "back_since": _iso(self.back_since),
            "recovered_since": _iso(self.recovered_since),
            "outside_for": self.outside_for.total_seconds(),
            "degree_minutes": self.degree_minutes,
            "added_up": self.added_up,
            "excused": self.excused,
        }
        return {name: value for name, value in said.items() if value or name in ALWAYS_SAID}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Self:
        """The excursion that `as_dict` gave. Raises KeyError or ValueError where it is not one."""
        return cls(
            kind=AlarmKind(saved["kind"]),
            began_at=datetime.fromisoformat(saved["began_at"]),
            worst_c=saved["worst_c"],
            raised_at=_moment(saved["raised_at"]),
            told_c=saved.get("told_c"),
            back_since=_moment(saved.get("back_since")),
            recovered_since=_moment(saved.get("recovered_since")),
            outside_for=timedelta(seconds=saved.get("outside_for", 0)),
            degree_minutes=saved.get("degree_minutes", 0.0),
            added_up=saved.get("added_up", False),
            excused=saved.get("excused", False),
        )


ALWAYS_SAID = ("kind", "began_at", "worst_c", "raised_at")


@dataclass(frozen=True)
class Stay:
    """A stay outside the limit that is over: what adds up, and what a sensor's defrosts are learned from.

    It adds to no other where it was told as an alarm of its own, or was excused as a defrost."""

    kind: AlarmKind
    began_at: datetime
    ended_at: datetime
    worst_c: float
    outside_for: timedelta
    degree_minutes: float
    told: bool = False
    excused: bool = False

    @property
    def counts(self) -> bool:
        """Whether it adds up with others."""
        return not self.told and not self.excused

    def as_list(self) -> list[Any]:
        """As JSON has it."""
        seconds = self.outside_for.total_seconds()
        moments = (self.began_at.isoformat(), self.ended_at.isoformat())
        return [self.kind.value, *moments, self.worst_c, seconds, self.degree_minutes, self.told, self.excused]

    @classmethod
    def from_list(cls, saved: list[Any]) -> Self:
        """The stay that `as_list` gave."""
        kind, began, ended, worst_c, seconds, degree_minutes, told, excused = saved
        moments = (datetime.fromisoformat(began), datetime.fromisoformat(ended))
        return cls(AlarmKind(kind), *moments, worst_c, timedelta(seconds=seconds), degree_minutes, told, excused)


@dataclass(frozen=True)
class Ahead:
    """By how much the clock of a sensor was ahead of the server's when it was heard last, and when that was."""

    by: timedelta
    heard_at: datetime


Taken = tuple[datetime, float]  # when, C


@dataclass(frozen=True)
class SensorState:
    """All that is remembered of a sensor between two readings. `ahead` is None while its clock agrees with ours.

    last_c    the last temperature that was believed, at `last_taken_at`
    also      what else is wrong or about to be, beside the excursion, by kind
    stays     stays outside that are over, for as long as they may add up or show a rhythm
    unchanged  how many readings in a row have been exactly the same, since `unchanged_since`
    door_closed_at  when its door was seen closed after it had been open
    recent    the turning points of the last minutes, where the rules ask how fast it changes (`changing.py`)
    """

    sensor_id: str
    last_taken_at: datetime | None = None
    last_c: float | None = None
    excursion: Excursion | None = None
    ahead: Ahead | None = None
    also: tuple[Excursion, ...] = ()
    stays: tuple[Stay, ...] = ()
    unchanged: int = 0
    unchanged_since: datetime | None = None
    door_closed_at: datetime | None = None
    recent: tuple[Taken, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: times in ISO 8601 with their offset."""
        return {
            "sensor_id": self.sensor_id,
            "last_taken_at": _iso(self.last_taken_at),
            "last_c": self.last_c,
            "excursion": None if self.excursion is None else self.excursion.as_dict(),
            "ahead": None
            if self.ahead is None
            else {"seconds": self.ahead.by.total_seconds(), "heard_at": _iso(self.ahead.heard_at)},
            **({"also": [one.as_dict() for one in self.also]} if self.also else {}),
            **({"stays": [one.as_list() for one in self.stays]} if self.stays else {}),
            **({"unchanged": self.unchanged, "unchanged_since": _iso(self.unchanged_since)} if self.unchanged else {}),
            **({"door_closed_at": _iso(self.door_closed_at)} if self.door_closed_at else {}),
            **({"recent": [[at.isoformat(), celsius] for at, celsius in self.recent]} if self.recent else {}),
        }

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Self:
        """The state that `as_dict` gave, now or in an older version. Raises KeyError or ValueError where it is none."""
        excursion = saved["excursion"]
        ahead = saved.get("ahead")
        return cls(
            sensor_id=saved["sensor_id"],
            last_taken_at=_moment(saved["last_taken_at"]),
            last_c=saved["last_c"],
            excursion=None if excursion is None else Excursion.from_dict(excursion),
            ahead=None
            if ahead is None
            else Ahead(timedelta(seconds=ahead["seconds"]), datetime.fromisoformat(ahead["heard_at"])),
            also=tuple(Excursion.from_dict(one) for one in saved.get("also", ())),
            stays=tuple(Stay.from_list(one) for one in saved.get("stays", ())),
            unchanged=saved.get("unchanged", 0),
            unchanged_since=_moment(saved.get("unchanged_since")),
            door_closed_at=_moment(saved.get("door_closed_at")),
            recent=tuple((datetime.fromisoformat(at), celsius) for at, celsius in saved.get("recent", ())),
        )


@dataclass(frozen=True)
class AlarmRaised:
    """Something is wrong for longer than its delay. `alarm_key` is the same whenever the readings are.

    temperature_c  the temperature last believed; None: none was yet
    worst_c        the worst so far in the unit of what is wrong: C, or percent of humidity or battery
    limit_c        the limit that is broken, None where the kind has none
    raised_because  None: a reading or the clock alone raised it
    """

    alarm_key: str
    sensor_id: str
    zone_id: str | None
    kind: AlarmKind
    began_at: datetime
    raised_at: datetime
    temperature_c: float | None
    worst_c: float
    limit_c: float | None
    raised_because: RaisedBecause | None = None


@dataclass(frozen=True)
class AlarmWorse:
    """An alarm that goes on has become worse by far since it was told of last."""

    alarm_key: str
    sensor_id: str
    kind: AlarmKind
    began_at: datetime
    at: datetime
    worst_c: float
    told_c: float


@dataclass(frozen=True)
class AlarmEnded:
    """What was wrong is so no more."""

    alarm_key: str
    sensor_id: str
    kind: AlarmKind
    began_at: datetime
    ended_at: datetime
    temperature_c: float | None
    worst_c: float


@dataclass(frozen=True)
class ReadingIgnored:
    """A reading that came late or twice or cannot be true; it is kept elsewhere, but moves no temperature alarm."""

    sensor_id: str
    taken_at: datetime
    because: IgnoredBecause


Event = AlarmRaised | AlarmWorse | AlarmEnded | ReadingIgnored


def alarm_key(sensor_id: str, kind: AlarmKind, began_at: datetime) -> str:
    """What names an alarm: the same readings always give the same key."""
    return f"{sensor_id}:{kind.value}:{began_at.astimezone(UTC).isoformat()}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
