"""What of a zone's readings becomes an alarm, as data: the rule set of a zone, beside its limits and their delays.

Rule sets are kept as JSON and given to `freshfront coldchain replay` as a file; `as_dict` and `from_dict` are that
JSON. Durations are minutes there. What a rule set leaves out is as it is in `Rules()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from types import NoneType
from typing import Any, Self, get_args

MINUTE = timedelta(minutes=1)
TEMPERATURES = ("ceiling_c", "floor_c", "defrost_up_to_c")  # may lie below zero


@dataclass(frozen=True)
class Rules:
    """The rule set of a zone. Raises ValueError for a negative number and a window shorter than what it must hold.

    recovery_margin_c    an alarm ends when the zone is back inside by so much; None: by the limit's own margin
    recovered_for        ... and has been for so long
    back_inside_for      it ends as well when the zone has been inside at all for so long; None: only as above
    outside_at_most      so much time outside within `outside_within` is an alarm, however often it was interrupted;
                         None: only one stay in a row is. Never less than the limit's delay
    degree_minutes       so many degrees times minutes outside within `outside_within` are an alarm; None: never
    ceiling_c, floor_c   beyond these an alarm is raised at once: no delay, no defrost and no door suppresses it
    worse_by_c           an alarm is told again when it has become worse by so much; None: never
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
    """

    recovery_margin_c: float | None = None
    recovered_for: timedelta = timedelta(0)
    back_inside_for: timedelta | None = None
    outside_at_most: timedelta | None = timedelta(hours=2.5)
    outside_within: timedelta = timedelta(hours=4)
    degree_minutes: float | None = None
    ceiling_c: float | None = None
    floor_c: float | None = None
    worse_by_c: float | None = 5.0
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

    def __post_init__(self) -> None:
        for name in (one.name for one in fields(self)):
            value = getattr(self, name)
            if value is not None and name not in TEMPERATURES and value < type(value)(0):
                raise ValueError(f"rules: {name} is below zero")
        if self.outside_at_most is not None and self.outside_at_most > self.outside_within:
            raise ValueError("rules: outside_at_most is longer than outside_within")
        if (self.defrost_every is None) is not (self.defrost_up_to_c is None):
            raise ValueError("rules: defrost_every and defrost_up_to_c are told together")

    @property
    def silent_for(self) -> timedelta:
        """For how long a sensor may say nothing."""
        return max(self.silent_after, self.missed_intervals * (self.interval or timedelta(0)))

    def is_beyond(self, temperature_c: float) -> bool:
        """Whether a temperature is beyond the ceiling or floor that nothing suppresses."""
        above = self.ceiling_c is not None and temperature_c > self.ceiling_c
        return above or (self.floor_c is not None and temperature_c < self.floor_c)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: minutes for durations."""
        return {one.name: _as_json(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The rules that JSON tells of. Raises ValueError, which names what is unknown or not a number."""
        usual = {one.name: one for one in fields(cls)}
        if unknown := sorted(set(said) - set(usual)):
            raise ValueError(f"rules: unknown {', '.join(unknown)}; there are {', '.join(usual)}")
        return cls(**{name: _from_json(name, usual[name].type, value) for name, value in said.items()})


def _as_json(value: Any) -> Any:
    return value / MINUTE if isinstance(value, timedelta) else value


def _from_json(name: str, kind: Any, value: Any) -> Any:
    """A field's value from its JSON; `kind` is the field's type."""
    kinds = get_args(kind) or (kind,)
    if value is None and NoneType in kinds:
        return None
    if bool in kinds:
        if not isinstance(value, bool):
            raise ValueError(f"rules: {name} is {value!r}; true or false is needed")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"rules: {name} is {value!r}; a number is needed")
    if timedelta in kinds:
        return value * MINUTE
    if float in kinds:
        return float(value)
    if value != int(value):
        raise ValueError(f"rules: {name} is {value!r}; a whole number is needed")
    return int(value)
