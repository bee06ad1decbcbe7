"""By which route alarms come to a receiver: which ones, when, after how long without an acknowledgement, how often.

Alarms are severe as `info`, `warning` or `critical`; one that does not say so counts as critical: no filter keeps it
from anybody for want of a word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from data.tables import Held
from flows.errors import Invalid

SEVERITIES = ("info", "warning", "critical")
OPENING = frozenset({"alarm.raised", "alarm.worse", "alarm.escalated", "alarm.reminder"})  # what calls somebody
SETTLING = frozenset({"alarm.acknowledged", "alarm.ended"})  # after which nobody has to be called
LONGEST_MINUTES = 7 * 24 * 60.0


@dataclass(frozen=True)
class QuietHours:
    """From `begins` to `ends` by the clock of `timezone`, over midnight too: an alarm below `unless` waits for their
    end, and is not told at all if it is over by then."""

    begins: time
    ends: time
    timezone: str
    unless: str = "critical"

    def end_of(self, now: datetime) -> datetime | None:
        """When the quiet hours end that it is now; None: it is none of them."""
        local = now.astimezone(ZoneInfo(self.timezone))
        for days in (-1, 0):
            day = (local + timedelta(days=days)).date()
            begins = datetime.combine(day, self.begins, local.tzinfo)
            over_midnight = timedelta(days=1) if self.ends <= self.begins else timedelta()
            ends = datetime.combine(day + over_midnight, self.ends, local.tzinfo)
            if begins.astimezone(UTC) <= now < ends.astimezone(UTC):
                return ends.astimezone(UTC)
        return None


@dataclass(frozen=True)
class Route:
    """Alarms of at least `min_severity` and of some `kinds` (None: all). `after_minutes`: only those that nobody has
    acknowledged by then, so that receivers with growing figures are the steps of an escalation. `repeat_minutes`: how
    often again while one goes on and nobody acknowledges it. `grouped`: many of a warehouse in one message."""

    min_severity: str | None = None
    kinds: frozenset[str] | None = None
    quiet_hours: QuietHours | None = None
    after_minutes: float = 0.0
    repeat_minutes: float | None = None
    grouped: bool = True

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From what is kept of it. Raises Invalid, naming the member, for what there is not or cannot be."""
        if unknown := sorted(kept.keys() - cls.__dataclass_fields__.keys()):
            raise Invalid("A route has no {unknown}.", unknown=unknown, field="route")
        values = dict(kept)
        if values.get("kinds") is not None:
            values["kinds"] = frozenset(values["kinds"])
        if values.get("quiet_hours") is not None:
            values["quiet_hours"] = _quiet_hours(values["quiet_hours"])
        for name in ("after_minutes", "repeat_minutes"):
            if values.get(name) is not None and not 0 <= values[name] <= LONGEST_MINUTES:
                raise Invalid("{name} is a number of minutes from 0 to a week.", name=name, field=f"route.{name}")
        if values.get("repeat_minutes") is not None and values["repeat_minutes"] < 1:
            raise Invalid("An alarm is told again after a minute at the earliest.", field="route.repeat_minutes")
        if values.get("min_severity") not in (None, *SEVERITIES):
            raise Invalid("A severity is one of {severities}.", severities=SEVERITIES, field="route.min_severity")
        return cls(**values)

    def wants(self, data: Mapping[str, Any]) -> bool:
        """Whether it leads to the receiver for an alarm with this data."""
        if self.kinds is not None and data.get("kind") not in self.kinds:
            return False
        return self.min_severity is None or severity_of(data) >= SEVERITIES.index(self.min_severity)

    def held_until(self, data: Mapping[str, Any], now: datetime) -> Sequence[tuple[datetime, Held]]:
        """Until when an alarm that calls somebody is to wait, and why; empty: it is told now."""
        found = []
        quiet = self.quiet_hours
        if quiet is not None and severity_of(data) < SEVERITIES.index(quiet.unless) and (end := quiet.end_of(now)):
            found.append((end, Held.QUIET_HOURS))
        return found


def severity_of(data: Mapping[str, Any]) -> int:
    """How severe an alarm is, as its place in SEVERITIES."""
    named = data.get("severity")
    return SEVERITIES.index(named) if named in SEVERITIES else len(SEVERITIES) - 1


def _quiet_hours(kept: Mapping[str, Any]) -> QuietHours:
    try:
        hours = QuietHours(
            time.fromisoformat(kept["begins"]), time.fromisoformat(kept["ends"]), str(ZoneInfo(kept["timezone"])),
            kept.get("unless", "critical"),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OSError):
        raise Invalid(
            "Quiet hours have begins and ends (as 22:00) and a timezone (as Asia/Shanghai).", field="route.quiet_hours"
        ) from None
    if hours.unless not in SEVERITIES or hours.begins == hours.ends or hours.begins.tzinfo or hours.ends.tzinfo:
        raise Invalid(
            "Quiet hours begin and end at different local times; unless is one of {severities}.",
            severities=SEVERITIES,
            field="route.quiet_hours",
        )
    return hours
