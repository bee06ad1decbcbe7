"""Ranges and proposals as the API shows and takes them."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.values import Day, Identifier, Remark
from data.tables import AssortmentProposalRow, ProposalKind, ProposalStatus, RangeKind
from flows.assortment.outcomes import Outcome, Outcomes, Together, outcome_of
from flows.assortment.reviewing import NotTold

PROPOSAL: dict[str, Any] = {
    "proposal_id": "5a0c2e4f6b8d4a1c9e3f7b5d1a2c4e6f", "warehouse_id": "W01", "product_id": "P0142",
    "to_warehouse_id": None, "kind": "retire", "status": "waiting", "proposed_at": "2026-11-23T16:40:00Z",
    "horizon_days": 28, "money": 214.6, "money_low": 96.2, "money_high": 333.0, "margin_lost": 88.1,
    "margin_kept": 61.4, "waste_saved": 52.0, "waste_saved_money": 248.3, "held_by_baskets": False,
    "trial_until": None, "evidence": [{"code": "days_without_sale", "days": 31, "of": 84}],
    "siblings": [{"product_id": "P0139", "share": 0.41}],
    "baskets": {"share": 0.03, "orders": 22.0, "margin": 9.8, "margin_high": 21.5, "times_chance": 1.1,
                "comes_back": None, "holds": False},
    "held_out": None, "came": None, "decided_at": None, "decided_by": None, "reason": None, "day": None, "version": 1,
}  # fmt: skip
RANGED: dict[str, Any] = {
    "warehouse_id": "W01", "product_id": "P0142", "product_name": "Chervil 50 g", "category": "leaf vegetables",
    "abc": "C", "xyz": "Z", "rank": 3, "worked_out_at": "2026-11-23T16:40:00Z",
    "figures": {"sold_a_day": 0.6, "sell_through": 0.31, "margin": -4.2, "days_without_sale": 31, "of_days": 84},
    "kind": None, "sold_from": None, "sold_until": None,
}  # fmt: skip


TOGETHER: dict[str, Any] = {
    "currency": "CNY", "decisions": 12, "money_promised": 2140.5, "waste_saved_promised": 2410.0, "money": 1985.2,
    "money_low": 1210.4, "money_high": 2760.0, "margin": -240.3, "waste_saved": 2225.5,
}  # fmt: skip


class SiblingOut(BaseModel):
    """A product that `share` of another's customers take instead."""

    product_id: str
    share: float


class CameOut(BaseModel):
    """What an accepted proposal came to from `first` to `last`, in money of the warehouse's currency beyond the usual:
    with 95% between `money_low` and `money_high`, of it `margin` gained and `waste_saved`, its siblings' counted. All
    null where `not_told` says why: the range was `changed` again, or `too_little` is known."""

    first: date
    last: date
    money: float | None
    money_low: float | None
    money_high: float | None
    margin: float | None
    waste_saved: float | None
    not_told: NotTold | None

    @classmethod
    def of(cls, told: Outcome) -> Self:
        came = told.came
        return cls(
            first=told.first,
            last=told.last,
            money=None if came is None else came.money,
            money_low=None if came is None else came.low,
            money_high=None if came is None else came.high,
            margin=None if came is None else came.margin,
            waste_saved=None if came is None else came.waste_saved,
            not_told=told.not_told,
        )


class ProposalOut(BaseModel):
    """A change to a warehouse's range: `money` is expected over `horizon_days` in its currency (positive: better), with
    95% between `money_low` and `money_high`. `evidence` says why, in codes with their values. `held_by_baskets`: whole
    baskets hang on the product, as `baskets` says. `day`, once accepted, is the last on which it is sold as before, or
    the first on which it is tried; `decided_at` is also when it lapsed; `version` begins its `ETag`. `came`: what it
    came to, once its weeks are over."""

    proposal_id: str
    warehouse_id: str
    product_id: str
    to_warehouse_id: str | None
    kind: ProposalKind
    status: ProposalStatus
    proposed_at: datetime
    horizon_days: int
    money: float
    money_low: float
    money_high: float
    margin_lost: float
    margin_kept: float
    waste_saved: float
    waste_saved_money: float
    held_by_baskets: bool
    trial_until: date | None
    evidence: list[dict[str, Any]]
    siblings: list[SiblingOut]
    baskets: dict[str, Any] | None
    held_out: dict[str, Any] | None
    came: CameOut | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    day: date | None
    version: int

    model_config = ConfigDict(json_schema_extra={"examples": [PROPOSAL]})

    @classmethod
    def of(cls, row: AssortmentProposalRow) -> Self:
        told = outcome_of(row)
        known = row.details | {"came": None if told is None else CameOut.of(told)}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in known}
        return cls(**members, **known)


class WhichProposals(BaseModel):
    """Which proposals."""

    status: ProposalStatus | None = None
    kind: ProposalKind | None = None
    warehouse_id: Identifier | None = None
    product_id: Identifier | None = None

    model_config = ConfigDict(extra="forbid")


class ProposalsQuery(PageQuery, WhichProposals):
    """Which proposals; those with most money first."""


class OutcomesQuery(BaseModel):
    """Of which decisions: those of a warehouse (left out: of all) whose day was `since` or later (left out: of the last
    52 weeks)."""

    warehouse_id: Identifier | None = None
    since: Day | None = None

    model_config = ConfigDict(extra="forbid")


class TogetherOut(BaseModel):
    """What decisions of a currency were promised to come to, and came to: `money`, with 95% between `money_low` and
    `money_high`, of it `margin` gained and `waste_saved`."""

    currency: str
    decisions: int
    money_promised: float
    waste_saved_promised: float
    money: float
    money_low: float
    money_high: float
    margin: float
    waste_saved: float

    model_config = ConfigDict(json_schema_extra={"examples": [TOGETHER]})

    @classmethod
    def of(cls, told: Together) -> Self:
        came = told.came
        return cls(
            currency=told.currency,
            decisions=told.decisions,
            money_promised=told.money,
            waste_saved_promised=told.waste_saved,
            money=came.money,
            money_low=came.low,
            money_high=came.high,
            margin=came.margin,
            waste_saved=came.waste_saved,
        )


class OutcomesOut(BaseModel):
    """What decisions came to whose day was `since` or later, by currency; `running` are not over yet, and of `not_told`
    nothing is told."""

    since: date
    sums: list[TogetherOut]
    running: int
    not_told: int

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"since": "2025-11-29", "sums": [TOGETHER], "running": 3, "not_told": 1}]}
    )

    @classmethod
    def of(cls, found: Outcomes) -> Self:
        return cls(
            since=found.since,
            sums=[TogetherOut.of(one) for one in found.sums],
            running=found.running,
            not_told=found.not_told,
        )


class AcceptIn(BaseModel):
    """From when it holds: `day` is the last on which the product is sold as before, or the first on which it is tried;
    left out, some days ahead. `despite_baskets` says that it is known that whole baskets hang on the product."""

    day: Day | None = None
    reason: Remark | None = None
    despite_baskets: bool = False

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"day": "2026-12-06", "reason": "the season is over"}]}
    )


class RefuseIn(BaseModel):
    """Why not."""

    reason: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "regulars ask for it"}]})


class RangedOut(BaseModel):
    """A product in a warehouse's range: `abc` by money, `xyz` by how well it is forecast, `rank` 1 what earns least;
    figures are money and units a day. `kind`, `sold_from`, `sold_until`: what is said of its days there, null: nothing.
    """

    warehouse_id: str
    product_id: str
    product_name: str
    category: str
    abc: str
    xyz: str
    rank: int
    worked_out_at: datetime
    figures: dict[str, Any]
    kind: RangeKind | None
    sold_from: date | None
    sold_until: date | None

    model_config = ConfigDict(json_schema_extra={"examples": [RANGED]})


class RangeQuery(PageQuery):
    """Which products of a range; what earns least first."""

    abc: str | None = Field(None, pattern="^[ABC]$")
    xyz: str | None = Field(None, pattern="^[XYZ]$")


class RangeIn(BaseModel):
    """From when until when a warehouse sells a product; `kept`: without an end."""

    kind: RangeKind
    sold_from: Day | None = None
    sold_until: Day | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "kept"}]})


class RangeOut(BaseModel):
    """What is said of a product's days in a warehouse now."""

    warehouse_id: str
    product_id: str
    kind: RangeKind
    sold_from: date | None
    sold_until: date | None
    known_at: datetime
    set_by: str

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01", "product_id": "P0142", "kind": "kept", "sold_from": None, "sold_until": None,
                    "known_at": "2026-11-29T02:10:00Z", "set_by": "Li Na",
                }
            ]
        },
    )  # fmt: skip
