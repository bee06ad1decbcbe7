"""Rules of zones as the API is told and tells them, and what they would have raised over the past."""

from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.values import Moment
from flows.coldchain.alarms.trying_rules import Tried
from flows.coldchain.rules.kept_rules import RulesSince
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.replaying import PastAlarm, Replayed
from warehouse.coldchain.rules import LONGEST_CHANGE, MINUTE, MOST_MINUTES, Rules
from warehouse.coldchain.schedule import MOST_PARTS

MOST_TOLD = 500  # alarms of a replay; `cost` counts all of them
USUAL: Final = Rules().as_dict()
Minutes = Annotated[float, Field(ge=0, le=MOST_MINUTES, allow_inf_nan=False)]
Celsius = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Degrees = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Clock = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")]
SAID: dict[str, Any] = {
    "recovery_margin_c": 1.0,
    "recovered_for": 120,
    "changes_by_c": 6,
    "schedule": [{"from": "04:00", "until": "07:00", "weekdays": [1, 2, 3, 4, 5, 6], "rules": {"door_delay": 45}}],
}
ALARM: dict[str, Any] = {
    "sensor_id": "W01-L-T1",
    "kind": "too_warm",
    "began_at": "2026-11-21T06:00:00Z",
    "raised_at": "2026-11-21T06:30:00Z",
    "ended_at": "2026-11-21T08:10:00Z",
    "worst": 7.5,
}
COST: dict[str, Any] = {
    "alarms": 1, "temperature_alarms": 1, "alarms_by_limits_alone": 3, "hours_open": 1.67, "hours_outside": 1.5,
}  # fmt: skip


class HoursIn(BaseModel):
    """At which hours, by the clock of the zone's warehouse, and on which weekdays (1 is Monday) which rules differ."""

    begins: Clock = Field(alias="from")
    until: Clock
    weekdays: list[int] = Field([1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7)
    rules: dict[str, float | None] = Field(min_length=1)

    model_config = ConfigDict(
        extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class RulesIn(BaseModel):
    """A whole rule set, durations in minutes; what is left out is as usual, null is never or none."""

    high_delay: Minutes | None = Field(None, description="null: by the limit's own")
    low_delay: Minutes | None = Field(None, description="null: by the limit's own")
    recovery_margin_c: Degrees | None = Field(None, description="null: by the limit's own")
    recovered_for: Minutes = USUAL["recovered_for"]
    back_inside_for: Minutes | None = USUAL["back_inside_for"]
    outside_at_most: Minutes | None = USUAL["outside_at_most"]
    outside_within: Minutes = USUAL["outside_within"]
    degree_minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = USUAL["degree_minutes"]
    ceiling_c: Celsius | None = USUAL["ceiling_c"]
    floor_c: Celsius | None = USUAL["floor_c"]
    worse_by_c: Degrees | None = USUAL["worse_by_c"]
    changes_by_c: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | None = USUAL["changes_by_c"]
    changes_within: Annotated[float, Field(ge=1, le=LONGEST_CHANGE / MINUTE)] = USUAL["changes_within"]
    learn_defrosts: bool = USUAL["learn_defrosts"]
    defrost_every: Minutes | None = USUAL["defrost_every"]
    defrost_for: Minutes = USUAL["defrost_for"]
    defrost_up_to_c: Celsius | None = USUAL["defrost_up_to_c"]
    door_delay: Minutes = USUAL["door_delay"]
    door_open_for: Minutes | None = USUAL["door_open_for"]
    humid_percent: Percent | None = USUAL["humid_percent"]
    dry_percent: Percent | None = USUAL["dry_percent"]
    humidity_delay: Minutes = USUAL["humidity_delay"]
    battery_percent: Percent | None = USUAL["battery_percent"]
    stuck_after: Annotated[int, Field(ge=2, le=1_000_000)] | None = USUAL["stuck_after"]
    drift_c: Degrees | None = USUAL["drift_c"]
    interval: Minutes | None = Field(None, description="of sensors that have none of their own")
    missed_intervals: Annotated[int, Field(ge=1, le=1_000)] = USUAL["missed_intervals"]
    silent_after: Minutes = USUAL["silent_after"]
    offline_after: Minutes | None = USUAL["offline_after"]
    schedule: list[HoursIn] = Field([], max_length=MOST_PARTS, description="of two that hold the first counts")

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [SAID]})

    def said(self) -> dict[str, Any]:
        """As the rules take it."""
        return self.model_dump(mode="json", by_alias=True)


SHOWN: dict[str, Any] = RulesIn.model_validate(SAID).said()
RULES: dict[str, Any] = {
    "zone_id": "W01-L",
    "version": 1,
    "valid_from": "2026-11-22T08:00:00Z",
    "kept_by": "Wang",
    "rules": SHOWN,
}


class ZoneRulesOut(BaseModel):
    """The rules of a zone: which version, since when, by whom. Version 0 are the usual ones, which nobody kept."""

    zone_id: str
    version: int
    valid_from: datetime | None
    kept_by: str | None
    rules: RulesIn

    model_config = ConfigDict(json_schema_extra={"examples": [RULES]})

    @classmethod
    def of(cls, zone_id: str, version: int, kept: RulesSince | None, usual: Rules) -> Self:
        """A version that is kept, or the usual rules."""
        rules = RulesIn.model_validate((usual if kept is None else kept.rules).as_dict())
        since, by = (None, None) if kept is None else (kept.valid_from, kept.kept_by)
        return cls(zone_id=zone_id, version=version, valid_from=since, kept_by=by, rules=rules)


class TemplateOut(BaseModel):
    """A rule set to begin with for the goods of a band. Nothing applies it by itself."""

    band: str
    rules: RulesIn

    model_config = ConfigDict(json_schema_extra={"examples": [{"band": "leaf", "rules": SHOWN}]})


class TemplatesOut(BaseModel):
    """One for each band."""

    items: list[TemplateOut]

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"band": "leaf", "rules": SHOWN}]}]})


class ReplayIn(BaseModel):
    """The rules to try, and on which readings: those taken from a moment up to another, at most 31 days."""

    rules: RulesIn
    taken_since: Moment
    taken_before: Moment

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"rules": SAID, "taken_since": "2026-11-08T00:00:00Z", "taken_before": "2026-11-22T00:00:00Z"}]
        },
    )


class PastAlarmOut(BaseModel):
    """An alarm that there would have been; `ended_at` null: it went on at the end. `worst` is in C or percent."""

    sensor_id: str
    kind: AlarmKind
    began_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    worst: float

    @classmethod
    def of(cls, alarm: PastAlarm) -> Self:
        """What a replay found."""
        return cls.model_validate({name: getattr(alarm, name) for name in cls.model_fields})


class CostOut(BaseModel):
    """How many alarms, of those how many of temperature, and how many the limits alone would have told; for how many
    hours they were open and sensors outside."""

    alarms: int
    temperature_alarms: int
    alarms_by_limits_alone: int
    hours_open: float
    hours_outside: float


class ReplayedOut(BaseModel):
    """What a rule set makes of the readings."""

    alarms: list[PastAlarmOut]
    missed: list[PastAlarmOut]
    cost: CostOut

    @classmethod
    def of(cls, replayed: Replayed) -> Self:
        """The first of what a replay found, and its whole cost."""
        cost = replayed.cost
        return cls(
            alarms=[PastAlarmOut.of(alarm) for alarm in replayed.alarms[:MOST_TOLD]],
            missed=[PastAlarmOut.of(alarm) for alarm in replayed.missed[:MOST_TOLD]],
            cost=CostOut(
                alarms=cost.alarms,
                temperature_alarms=cost.temperature_alarms,
                alarms_by_limits_alone=cost.by_limits_alone,
                hours_open=round(cost.hours_open, 2),
                hours_outside=round(cost.hours_outside, 2),
            ),
        )


class ReplayOut(BaseModel):
    """What the proposed rules and those of now make of so many readings."""

    zone_id: str
    taken_since: datetime
    taken_before: datetime
    readings: int
    proposed: ReplayedOut
    now: ReplayedOut

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone_id": "W01-L",
                    "taken_since": "2026-11-08T00:00:00Z",
                    "taken_before": "2026-11-22T00:00:00Z",
                    "readings": 4032,
                    "proposed": {"alarms": [ALARM], "missed": [], "cost": COST},
                    "now": {"alarms": [ALARM], "missed": [], "cost": COST},
                }
            ]
        }
    )

    @classmethod
    def of(cls, zone_id: str, tried: Tried) -> Self:
        """What was tried."""
        return cls(
            zone_id=zone_id,
            taken_since=tried.since,
            taken_before=tried.until,
            readings=tried.readings,
            proposed=ReplayedOut.of(tried.proposed),
            now=ReplayedOut.of(tried.now),
        )
