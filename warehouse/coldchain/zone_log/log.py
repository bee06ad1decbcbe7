"""The log itself: a zone and a period, which limits held, which sensors hung there and what they said, what was an
excursion or alarm, what people and the control did about it, and whether the record is as it was sealed.

`sensor_log` composes what one sensor said; the rest is told as it is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise, zip_longest
from typing import Final
from zoneinfo import ZoneInfo

from warehouse.coldchain.limits import Limit
from warehouse.coldchain.zone_log.figures import Figures, figures_of
from warehouse.coldchain.zone_log.heard import Gap, Heard, Stay, stretches

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Period:
    """The days of a log, as they are in the zone's time zone. `midnights` (UTC) has one more than `days`, the end of
    the last; the log ends at `now` where that is earlier."""

    days: Sequence[date]
    midnights: Sequence[datetime]
    timezone: str
    now: datetime

    @property
    def begin(self) -> datetime:
        return self.midnights[0]

    @property
    def end(self) -> datetime:
        return min(self.midnights[-1], self.now)

    @property
    def day_edges(self) -> list[datetime]:
        """Between which the days lie, as far as they are over."""
        return [*(edge for edge in self.midnights if edge < self.end), self.end]

    @property
    def hour_edges(self) -> list[datetime]:
        """Between which the hours lie; a day on which clocks change has 23 or 25."""
        edges = []
        for begin, end in pairwise(self.day_edges):
            edges += [begin + n * HOUR for n in range(-((begin - end) // HOUR))]
        return [*edges, self.end]

    def there(self, moment: datetime) -> datetime:
        """The moment by the zone's clock, with its offset."""
        return moment.astimezone(ZoneInfo(self.timezone))


@dataclass(frozen=True)
class SensorLog:
    """What a sensor said while it hung in the zone, and what it comes to: in all, by day and by hour."""

    stay: Stay
    heard: Heard
    contradicting: int  # readings that say another temperature of a moment
    whole: Figures
    days: Sequence[Figures]
    hours: Sequence[Figures]
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class LoggedExcursion:
    """A stay outside the limits, or another trouble of a sensor, that lasted for longer than its delay."""

    sensor_id: str
    kind: str
    began_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    limit_c: float | None
    worst_c: float | None
    alarm_id: str


@dataclass(frozen=True)
class AlarmStep:
    """Something that happened to an alarm: raised, worse, acknowledged, ended; `by` somebody, with a note or reason."""

    what: str
    at: datetime
    by: str | None
    note: str | None
    worst_c: float | None


@dataclass(frozen=True)
class LoggedAlarm:
    """An alarm of the zone with its life."""

    alarm_id: str
    sensor_id: str
    kind: str
    severity: str | None
    began_at: datetime
    raised_at: datetime
    raised_because: str | None
    ended_at: datetime | None
    ended_because: str | None
    limit_c: float | None
    worst_c: float | None
    acknowledged_by: str | None
    steps: Sequence[AlarmStep]


@dataclass(frozen=True)
class LoggedCommand:
    """What a fan or cooler was told, why, by whom (None: the rule) and what came of it."""

    actuator_id: str
    actuator_name: str
    desired: str
    said: str
    decided_by: str | None
    decided_at: datetime
    status: str
    ended_at: datetime | None


@dataclass(frozen=True)
class LoggedSilence:
    """A time in which alarms were kept and told to nobody; None: of every sensor, of every kind."""

    starts_at: datetime
    ends_at: datetime
    sensor_id: str | None
    kinds: Sequence[str] | None
    reason: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class RecordState:
    """Whether what the log shows is as it was sealed. `head` is NUMBER:HASH of the last seal (None: nothing is sealed
    yet), `signed` whether its signature is that of this service's key (None: no key here). `hours` of readings and
    `summaries` of pruned hours and `rows` of alarms and actions were looked at, of `waiting` hours not all readings are
    sealed yet. `altered` names what is not as it was sealed, at most so many; `found` is how many there are."""

    head: str | None
    signed: bool | None
    hours: int
    waiting: int
    summaries: int
    rows: int
    found: int
    altered: Sequence[str]


@dataclass(frozen=True)
class ZoneLog:
    """The log of a zone. `limits` are those that held at some time of the period, in the order of their times."""

    warehouse_id: str
    warehouse_name: str
    address: str | None
    zone_id: str
    zone_name: str
    shop_name: str
    period: Period
    limits: Sequence[Limit]
    sensors: Sequence[SensorLog]
    excursions: Sequence[LoggedExcursion]
    alarms: Sequence[LoggedAlarm]
    commands: Sequence[LoggedCommand]
    silences: Sequence[LoggedSilence]
    record: RecordState
    made_by: str
    made_at: datetime

    @property
    def gaps(self) -> list[Gap]:
        """The gaps of all sensors, in the order of time."""
        return sorted((gap for sensor in self.sensors for gap in sensor.gaps), key=lambda gap: gap.since)


def sensor_log(heard: Heard, stay: Stay, limits: Sequence[Limit], period: Period, contradicting: int = 0) -> SensorLog:
    """What a sensor said in a period while it hung in the zone. Days and hours are those in which it did."""
    of = stretches(heard, stay, period.begin, period.end, period.now)
    begin = period.begin if stay.since is None else max(period.begin, stay.since)
    end = period.end if stay.until is None else min(period.end, stay.until)

    def figures(edges: Sequence[datetime]) -> list[Figures]:
        return figures_of(heard, of, limits, [begin, *(edge for edge in edges if begin < edge < end), end])

    return SensorLog(
        stay=stay,
        heard=heard,
        contradicting=contradicting,
        whole=figures(())[0],
        days=figures(period.day_edges),
        hours=figures(period.hour_edges),
        gaps=of.gaps,
    )


def limits_held(limits: Sequence[Limit], period: Period) -> list[Limit]:
    """Of a zone's limits, in the order of time, those that held at some time of the period."""
    return [
        limit
        for limit, after in zip_longest(limits, limits[1:])
        if limit.valid_from < period.end and (after is None or after.valid_from > period.begin)
    ]
