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


@dataclass(frozen=True)
class Rules:
    """The rule set of a zone. Raises ValueError for a negative number and a window shorter than what it must hold.

    recovery_margin_c    an alarm ends when the zone is back inside by so much; None: by the limit's own margin
    recovered_for        ... and has been for so long
    back_inside_for      it ends as well when the zone has been inside at all for so long; None: only as above
    outside_at_most      so much time outside within `outside_within` is an alarm, however often it was interrupted;
                         None: only one stay in a row is. Never less than the limit's delay
    degree_minutes       so many degrees times minutes outside within `outside_within` are an alarm; None: never
    worse_by_c           an alarm is told again when it has become worse by so much; None: never
    interval             how often the sensor sends; it is silent when `missed_intervals` of them and
                         `silent_after` at least have gone by without a reading
    """

    recovery_margin_c: float | None = None
    recovered_for: timedelta = timedelta(0)
    back_inside_for: timedelta | None = None
    outside_at_most: timedelta | None = timedelta(hours=2.5)
    outside_within: timedelta = timedelta(hours=4)
    degree_minutes: float | None = None
    worse_by_c: float | None = 5.0
    interval: timedelta | None = None
    missed_intervals: int = 3
    silent_after: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        for name in (one.name for one in fields(self)):
            value = getattr(self, name)
            if value is not None and value < type(value)(0):
                raise ValueError(f"rules: {name} is below zero")
        if self.outside_at_most is not None and self.outside_at_most > self.outside_within:
            raise ValueError("rules: outside_at_most is longer than outside_within")

    @property
    def silent_for(self) -> timedelta:
        """For how long a sensor may say nothing."""
        return max(self.silent_after, self.missed_intervals * (self.interval or timedelta(0)))

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
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"rules: {name} is {value!r}; a number is needed")
    if timedelta in kinds:
        return value * MINUTE
    if float in kinds:
        return float(value)
    if value != int(value):
        raise ValueError(f"rules: {name} is {value!r}; a whole number is needed")
    return int(value)
