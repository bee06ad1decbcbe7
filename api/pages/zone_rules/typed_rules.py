"""The form of a zone's rules: as it shows a rule set, and the rule set that was typed into it.

A rule that is left empty is null where it may be, else as usual. A row of the schedule says one rule at some hours;
rows of the same hours that follow each other are one part of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from api.pages.texts import say
from api.pages.texts.formats import weekdays as names_of_weekdays
from api.pages.typed_numbers import as_number
from flows.errors import Invalid
from warehouse.coldchain.rules import BY_HOURS, Rules

GROUPS: Mapping[str, Sequence[str]] = {
    "temperature": (
        "high_delay", "low_delay", "recovery_margin_c", "recovered_for", "back_inside_for", "outside_at_most",
        "outside_within", "degree_minutes", "ceiling_c", "floor_c", "worse_by_c",
    ),
    "change": ("changes_by_c", "changes_within"),
    "doors": ("door_delay", "door_open_for", "defrost_every", "defrost_for", "defrost_up_to_c"),
    "humidity": ("humid_percent", "dry_percent", "humidity_delay"),
    "sensors": (
        "battery_percent", "stuck_after", "drift_c", "interval", "missed_intervals", "silent_after", "offline_after",
    ),
}  # fmt: skip
MAY_BE_EMPTY = frozenset(name for name, value in Rules().as_dict().items() if value is None) | {
    "outside_at_most", "worse_by_c", "door_open_for", "battery_percent", "stuck_after", "drift_c", "offline_after",
}  # fmt: skip
EMPTY_ROWS = 2  # below those that say something
END_OF_DAY, MIDNIGHT = "24:00", "00:00"  # a field of a browser knows the second only
DAYS = ("1,2,3,4,5,6,7", "1,2,3,4,5", "1,2,3,4,5,6", "6,7", *map(str, range(1, 8)))


@dataclass(frozen=True)
class HoursRow:
    """A row of the schedule as it stands in the form."""

    begins: str = ""
    until: str = ""
    weekdays: str = DAYS[0]
    rule: str = BY_HOURS[0]
    value: str = ""

    @property
    def hours(self) -> tuple[str, str, str]:
        """What a part of the schedule has in common."""
        return self.begins, self.until, self.weekdays

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.begins or self.until or self.value.strip())


@dataclass(frozen=True)
class TypedRules:
    """What stands in the form, as text: by rule, and the rows of the schedule."""

    values: Mapping[str, str]
    learn_defrosts: bool
    rows: Sequence[HoursRow]

    @classmethod
    def showing(cls, rules: Rules) -> Self:
        """The form as it shows a rule set."""
        said = rules.as_dict()
        values = {name: _text(said[name]) for names in GROUPS.values() for name in names}
        rows = [
            HoursRow(
                part["from"],
                part["until"].replace(END_OF_DAY, MIDNIGHT),
                ",".join(map(str, part["weekdays"])),
                rule,
                _text(value),
            )
            for part in said["schedule"]
            for rule, value in part["rules"].items()
        ]
        return cls(values, rules.learn_defrosts, rows)

    @property
    def shown_rows(self) -> Sequence[HoursRow]:
        """The rows that say something, and some to fill in."""
        return [*(row for row in self.rows if not row.is_empty), *([HoursRow()] * EMPTY_ROWS)]

    def said(self) -> dict[str, Any]:
        """The rule set as JSON. Raises Invalid, naming the field, for what is no number."""
        said: dict[str, Any] = {"learn_defrosts": self.learn_defrosts}
        for name, text in self.values.items():
            if text.strip() or name in MAY_BE_EMPTY:
                said[name] = _number(name, text)
        rows = [row for row in self.rows if not row.is_empty]
        said["schedule"] = [
            {
                "from": begins,
                "until": until,
                "weekdays": [int(day) for day in weekdays.split(",") if day.isdecimal()],
                "rules": {row.rule: _number(row.rule, row.value) for row in same},
            }
            for (begins, until, weekdays), same in groupby(rows, key=lambda row: row.hours)
        ]
        return said


def days_words(weekdays: str) -> str:
    """Weekdays as they are chosen: every day, Mon-Fri, Sun."""
    names = names_of_weekdays()
    days = [int(day) for day in weekdays.split(",") if day.isdecimal() and 1 <= int(day) <= len(names)]
    if len(days) == len(names):
        return say("rules.every_day")
    if len(days) > 1 and days == list(range(days[0], days[-1] + 1)):
        return f"{names[days[0] - 1]}\u2013{names[days[-1] - 1]}"
    return say("mark.listed").join(names[day - 1] for day in days)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _number(name: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(as_number(text))
    except ValueError as wrong:
        label = say(f"rule.{name}") if name in BY_HOURS or name in Rules().as_dict() else name
        raise Invalid(
            "{label}: {typed!r} is {wrong}.", label=label, typed=text[:40], wrong=wrong, field=name
        ) from wrong
