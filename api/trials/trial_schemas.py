"""How a trial is asked for, and how it is told."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.values import PRINTABLE, Identifier, Money, Quantity
from data.tables import Compared, TrialState
from flows.reports.trials.showing import TrialTold
from flows.reports.trials.starting import LONGEST_NAME, NewTrial
from warehouse.worth.trials.design import Arm, Kind

Because = Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)]
TERMS: dict[str, Any] = {"fill_rate_floor": 0.97}
LOOK: dict[str, Any] = {
    **{"period": 1, "last_day": "2026-12-11", "periods": 4, "effect": 0.031, "lowest": 0.004, "highest": 0.058},
    "decided": True,
}
TRIAL: dict[str, Any] = {
    **{"trial_id": "T1", "name": "a higher floor", "compares": "terms", "category": "fruit", "challenger": TERMS},
    **{"champion": {"fill_rate_floor": 0.95}, "figure": "earned", "effect": 0.03, "kind": "switchback"},
    **{"block_days": 7, "washout_days": 2, "periods": 4, "pairs": [["W01", "W02"]], "seed": 7},
    **{"periods_needed": 4, "periods_at_most": 8, "latest": "2027-03-19"},
    **{"first": "2026-11-28", "last": "2027-01-22", "state": "decided", "winner": "challenger"},
    **{"started_at": "2026-11-27T01:00:00Z", "started_by": "ann", "ended_at": "2026-12-12T16:20:00Z"},
    **{"because": None, "promoted_at": None, "arms_today": {}, "champion_set_anew": [], "looks": [LOOK]},
}


class TriedTerms(BaseModel):
    """The terms of a category that the challenger has; what is null stays as it is."""

    goodwill: Money | None = None
    disposal: Money | None = None
    fill_rate_floor: float | None = None
    display_minimum: Quantity | None = None
    freshest_first: float | None = None

    model_config = ConfigDict(extra="forbid")


class TrialIn(BaseModel):
    """What is to be tried: `terms` of a `category` (null: of all that have none of their own), or `model_id`, a set of
    models. `figure` is what is to get better: earned, fill_rate, waste or wape. The design is the one that finds
    `effect`, a share of what is usual, soonest."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=PRINTABLE)]
    figure: Annotated[str, Field(max_length=64)] = "earned"
    terms: TriedTerms | None = None
    category: Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)] | None = None
    model_id: Identifier | None = None
    warehouse_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)] | None = None
    washout_days: int = 2
    effect: float = 0.03
    seed: int | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "a higher floor", "figure": "earned", "terms": TERMS,
                                         "warehouse_ids": ["W1", "W2"]}]},
    )  # fmt: skip

    def asked(self) -> NewTrial:
        """The same for the step."""
        terms = None if self.terms is None else self.terms.model_dump(exclude_none=True)
        return NewTrial(
            self.name,
            self.figure,
            terms,
            self.category or "",
            self.model_id,
            self.warehouse_ids,
            self.washout_days,
            self.effect,
            self.seed,
        )


class BecauseIn(BaseModel):
    """Why."""

    because: Because

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"because": "the summer range begins"}]})


class PromoteIn(BaseModel):
    """Why, where the challenger is not shown to be better."""

    because: Because | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"because": None}]})


class LookOut(BaseModel):
    """What was seen when a period had ended: how many periods the trial needed by then, the effect up to then as a
    share of what is usual, and the interval in which it lies (95%, whenever one stops). Null: nothing is known, or no
    end of the interval."""

    period: int
    last_day: date
    periods: int
    effect: float | None
    lowest: float | None
    highest: float | None
    decided: bool


class TrialOut(BaseModel):
    """A trial with what it has shown. `challenger` and `champion` are terms or a `model_id`; of a pair that has but one
    warehouse the other is null. `periods` are those that were stated; `periods_needed` up to `last` by what was seen so
    far, which are more where its days scatter more than those before it, or are missing, and `periods_at_most` up to
    `latest`. `arms_today` is empty unless it runs; `champion_set_anew`: when the champion's terms
    were set anew while it ran, so that the effect is one beside several."""

    trial_id: str
    name: str
    compares: Compared
    category: str | None
    challenger: dict[str, Any]
    champion: dict[str, Any]
    figure: str
    effect: float
    kind: Kind
    block_days: int
    washout_days: int
    periods: int
    periods_needed: int
    periods_at_most: int
    pairs: list[tuple[str, str | None]]
    seed: int
    first: date
    last: date
    latest: date
    state: TrialState
    winner: Arm | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    because: str | None
    promoted_at: datetime | None
    arms_today: dict[str, Arm]
    champion_set_anew: list[datetime]
    looks: list[LookOut]

    model_config = ConfigDict(json_schema_extra={"examples": [TRIAL]})

    @classmethod
    def of(cls, told: TrialTold) -> Self:
        """As it is told."""
        of_row = ("trial_id", "name", "compares", "category", "challenger", "champion", "figure", "effect", "seed",
                  "first", "last", "state", "winner", "started_at", "started_by", "ended_at", "because",
                  "promoted_at")  # fmt: skip
        design = ("kind", "block_days", "washout_days", "periods", "pairs")
        return cls(
            **{name: getattr(told.trial, name) for name in of_row},
            **{name: getattr(told.design, name) for name in design},
            periods_needed=told.periods,
            periods_at_most=told.design.most,
            latest=told.design.latest,
            arms_today=told.arms_today,
            champion_set_anew=list(told.champion_set_anew),
            looks=[LookOut(**{name: getattr(look, name) for name in LookOut.model_fields}) for look in told.looks],
        )


class TrialsOut(BaseModel):
    """All trials, the one begun last first."""

    items: list[TrialOut]
