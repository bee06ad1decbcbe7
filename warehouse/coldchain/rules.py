"""What of a zone's readings becomes an alarm, as data: the rule set of a zone, beside its limits and their delays.

Rule sets are kept as JSON and given to `freshfront coldchain replay` as a file; `as_dict` and `from_dict` are that
JSON. Durations are minutes there. What a rule set leaves out is as it is in `Rules()`. At some hours it may say
something else (`schedule.py`): of what is decided reading by reading, not of the ceiling that nothing suppresses, nor
of what takes longer than hours to tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import Any, Self, get_args

from warehouse.coldchain.schedule import MOST_PARTS, Hours, Part, Schedule

MINUTE = timedelta(minutes=1)
TEMPERATURES = ("ceiling_c", "floor_c", "defrost_up_to_c")  # may lie below zero
LONGEST_CHANGE = timedelta(hours=4)
MOST_MINUTES = 60 * 24 * 31
SAME_AT_ALL_HOURS = Schedule()
BY_HOURS = (
    "recovery_margin_c", "recovered_for", "back_inside_for", "high_delay", "low_delay", "outside_at_most",
    "degree_minutes", "worse_by_c", "changes_by_c", "door_delay", "door_open_for", "humid_percent", "dry_percent",
    "humidity_delay",
)  # fmt: skip  # what a schedule may say


class WrongRule(ValueError):
    """A rule that cannot be: `field` names it, as `door_delay` or `schedule[0].rules.door_delay`. What is wrong is said
    with {names} for `values`, so that it can be said in another language."""

    def __init__(self, field: str, problem: str, **values: object) -> None:
        super().__init__(f"rules: {field} {problem.format(**values) if values else problem}")
        self.field, self.problem, self.values = field, problem, values

    def below(self, place: str) -> "WrongRule":
        """The same of a rule that stands at a place, as `schedule[0].rules`."""
        return WrongRule(f"{place}.{self.field}", self.problem, **self.values)


@dataclass(frozen=True)
class Rules:
    """The rule set of a zone. Raises WrongRule for a negative number and a window shorter than what it must hold.

    high_delay, low_delay  for how long the zone may be outside; None: by the limit's own delays
    recovery_margin_c    an alarm ends when the zone is back inside by so much; None: by the limit's own margin
    recovered_for        ... and has been for so long
    back_inside_for      it ends as well when the zone has been inside at all for so long; None: only as above
    outside_at_most      so much time outside within `outside_within` is an alarm, however often it was interrupted;
                         None: only one stay in a row is. Never less than the limit's delay
    degree_minutes       so many degrees times minutes outside within `outside_within` are an alarm; None: never
    ceiling_c, floor_c   beyond these an alarm is raised at once: no delay, no defrost and no door suppresses it
    worse_by_c           an alarm is told again when it has become worse by so much; None: never
    changes_by_c         so much warmer or colder within `changes_within` is an alarm of its own; None: never
    learn_defrosts       whether a stay is excused that keeps the rhythm of those before (`defrosts.py`)
    defrost_every        a defrost as its controller is set: how often, for how long at most (`defrost_for`), and up to
                         what temperature (`defrost_up_to_c`)
    door_delay           so much longer a delay while a door is open or has just been closed
    door_open_for        a door that is open for so long is an alarm; None: never
    humid_percent, dry_percent   humidity above and below which there is an alarm after `humidity_delay`
    battery_percent      below which a sensor's battery is told as low; None: never
    stuck_after          so many readings exactly the same, while neighbours move, are a sensor that may be stuck
    drift_c              so much away from the neighbours, more than before, is a sensor that drifts
    interval             how often the sensor sends; it is silent when `missed_intervals` of them and
                         `silent_after` at least have gone by without a reading
    offline_after        a sensor whose last will, or its gateway's, says that it is gone is silent after so long
                         already; None: only as above
    schedule             what it says otherwise at some hours, of BY_HOURS
    """

    high_delay: timedelta | None = None
    low_delay: timedelta | None = None
    recovery_margin_c: float | None = None
    recovered_for: timedelta = timedelta(0)
    back_inside_for: timedelta | None = None
    outside_at_most: timedelta | None = timedelta(hours=2.5)
    outside_within: timedelta = timedelta(hours=4)
    degree_minutes: float | None = None
    ceiling_c: float | None = None
    floor_c: float | None = None
    worse_by_c: float | None = 5.0
    changes_by_c: float | None = None
    changes_within: timedelta = timedelta(minutes=30)
    learn_defrosts: bool = True
    defrost_every: timedelta | None = None
    defrost_for: timedelta = timedelta(minutes=40)
    defrost_up_to_c: float | None = None
    door_delay: timedelta = timedelta(minutes=15)
    door_open_for: timedelta | None = timedelta(minutes=30)
    humid_percent: float | None = None
    dry_percent: float | None = None
    humidity_delay: timedelta = timedelta(hours=1)
    battery_percent: float | None = 15.0
    stuck_after: int | None = 240
    drift_c: float | None = 2.0
    interval: timedelta | None = None
    missed_intervals: int = 3
    silent_after: timedelta = timedelta(minutes=15)
    offline_after: timedelta | None = timedelta(minutes=3)
    schedule: Schedule = SAME_AT_ALL_HOURS

    def __post_init__(self) -> None:
        for name in (one.name for one in fields(self) if one.name != "schedule"):
            value = getattr(self, name)
            if value is not None and name not in TEMPERATURES and value < type(value)(0):
                raise WrongRule(name, "is below zero")
        if self.outside_at_most is not None and self.outside_at_most > self.outside_within:
            raise WrongRule("outside_at_most", "is longer than outside_within")
        if (self.defrost_every is None) is not (self.defrost_up_to_c is None):
            raise WrongRule("defrost_up_to_c", "and defrost_every are told together")
        if self.changes_by_c == 0:
            raise WrongRule("changes_by_c", "is zero; leave it out, so that no change is an alarm")
        if not MINUTE <= self.changes_within <= LONGEST_CHANGE:
            raise WrongRule("changes_within", "is not between 1 and {most:.0f} minutes", most=LONGEST_CHANGE / MINUTE)
        for number, part in enumerate(self.schedule.parts):
            try:
                replace(self, schedule=SAME_AT_ALL_HOURS, **dict(part.says))
            except WrongRule as wrong:
                raise wrong.below(f"schedule[{number}].rules") from None

    def at(self, moment: datetime) -> "Rules":
        """The rules as they hold at a moment."""
        return _with(self, self.schedule.said_at(moment)) if self.schedule.parts else self

    @property
    def silent_for(self) -> timedelta:
        """For how long a sensor may say nothing."""
        return max(self.silent_after, self.missed_intervals * (self.interval or timedelta(0)))

    def is_gone(self, offline_since: datetime | None, at: datetime) -> bool:
        """Whether a sensor that has been offline since a moment (None: it is not) has been so for too long."""
        return offline_since is not None and self.offline_after is not None and at - offline_since > self.offline_after

    @property
    def least_change_c(self) -> float | None:
        """The least change that is an alarm at any hour; None: none ever is."""
        said = (self.changes_by_c, *self.schedule.values_of("changes_by_c"))
        return min((change for change in said if change is not None), default=None)

    def is_beyond(self, temperature_c: float) -> bool:
        """Whether a temperature is beyond the ceiling or floor that nothing suppresses."""
        above = self.ceiling_c is not None and temperature_c > self.ceiling_c
        return above or (self.floor_c is not None and temperature_c < self.floor_c)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: minutes for durations."""
        said = {one.name: _as_json(getattr(self, one.name)) for one in fields(self)}
        parts = self.schedule.parts
        said["schedule"] = [
            part.hours.as_dict() | {"rules": {name: _as_json(value) for name, value in part.says}} for part in parts
        ]
        return said

    @classmethod
    def from_dict(cls, said: Mapping[str, Any], timezone: str = "UTC") -> Self:
        """The rules that JSON tells of, for a zone in this time zone. Raises WrongRule, which names what is unknown or
        not a number."""
        values = _values(said, [one.name for one in fields(cls)])
        return cls(**values, schedule=_schedule(said.get("schedule", []), timezone))


@lru_cache(maxsize=1024)
def _with(rules: Rules, said: tuple[tuple[str, Any], ...]) -> Rules:
    return replace(rules, **dict(said))


def _schedule(said: Any, timezone: str) -> Schedule:
    """A schedule from its JSON, a list of `from`, `until`, `weekdays` and `rules`."""
    if not isinstance(said, list) or len(said) > MOST_PARTS or not all(isinstance(one, dict) for one in said):
        raise WrongRule(
            "schedule", "is no list of at most {most} parts, each with from, until and rules", most=MOST_PARTS
        )
    return Schedule(tuple(_part(f"schedule[{number}]", one) for number, one in enumerate(said)), timezone)


def _part(field: str, said: Mapping[str, Any]) -> Part:
    rules = said.get("rules")
    if not isinstance(rules, dict) or not rules:
        raise WrongRule(f"{field}.rules", "is missing: say which rules are otherwise at these hours")
    if unknown := sorted(set(said) - {"from", "until", "weekdays", "rules"}):
        raise WrongRule(
            field, "has an unknown {unknown}; there are from, until, weekdays, rules", unknown=", ".join(unknown)
        )
    if always := sorted(set(rules) & ({one.name for one in fields(Rules)} - set(BY_HOURS))):
        raise WrongRule(
            f"{field}.rules.{always[0]}", "is the same at all hours; {known} may differ", known=", ".join(BY_HOURS)
        )
    try:
        values = _values(rules, BY_HOURS)
        return Part(Hours.from_dict(said), tuple(sorted(values.items())))
    except WrongRule as wrong:
        raise wrong.below(f"{field}.rules") from None
    except ValueError as wrong:
        name, problem = str(wrong).split(" ", 1)
        raise WrongRule(f"{field}.{name}", problem) from None


def _values(said: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """The values of rules from their JSON, without the schedule."""
    kinds = {one.name: one.type for one in fields(Rules)}
    if unknown := sorted(set(said) - set(known)):
        raise WrongRule(unknown[0], "is unknown; there are {known}", known=", ".join(known))
    return {name: _from_json(name, kinds[name], value) for name, value in said.items() if name != "schedule"}


def _as_json(value: Any) -> Any:
    return value / MINUTE if isinstance(value, timedelta) else value


def _from_json(name: str, kind: Any, value: Any) -> Any:
    """A field's value from its JSON; `kind` is the field's type."""
    kinds = get_args(kind) or (kind,)
    if value is None and NoneType in kinds:
        return None
    if bool in kinds:
        if not isinstance(value, bool):
            raise WrongRule(name, "is {value}; true or false is needed", value=repr(value))
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise WrongRule(name, "is {value}; a number is needed", value=repr(value))
    if timedelta in kinds:
        if abs(value) > MOST_MINUTES:
            raise WrongRule(name, "is {value}; at most {most} minutes", value=repr(value), most=MOST_MINUTES)
        return value * MINUTE
    if float in kinds:
        return float(value)
    if value != int(value):
        raise WrongRule(name, "is {value}; a whole number is needed", value=repr(value))
    return int(value)
