"""Ranges and proposals as the API shows and takes them."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.values import Day, Identifier, Remark
from data.tables import AssortmentProposalRow, ProposalKind, ProposalStatus, RangeKind

PROPOSAL: dict[str, Any] = {
    "proposal_id": "5a0c2e4f6b8d4a1c9e3f7b5d1a2c4e6f", "warehouse_id": "W01", "product_id": "P0142",
    "to_warehouse_id": None, "kind": "retire", "status": "waiting", "proposed_at": "2026-11-23T16:40:00Z",
    "horizon_days": 28, "money": 214.6, "money_low": 96.2, "money_high": 333.0, "margin_lost": 88.1,
    "margin_kept": 61.4, "waste_saved": 52.0, "waste_saved_money": 248.3, "held_by_baskets": False,
    "trial_until": None, "evidence": [{"code": "days_without_sale", "days": 31, "of": 84}],
    "siblings": [{"product_id": "P0139", "share": 0.41}],
    "baskets": {"share": 0.03, "orders": 22.0, "margin": 9.8, "margin_high": 21.5, "times_chance": 1.1,
                "comes_back": None, "holds": False},
    "held_out": None, "decided_at": None, "decided_by": None, "reason": None, "day": None, "version": 1,
}  # fmt: skip
RANGED: dict[str, Any] = {
    "warehouse_id": "W01", "product_id": "P0142", "product_name": "Chervil 50 g", "category": "leaf vegetables",
    "abc": "C", "xyz": "Z", "rank": 3, "worked_out_at": "2026-11-23T16:40:00Z",
    "figures": {"sold_a_day": 0.6, "sell_through": 0.31, "margin": -4.2, "days_without_sale": 31, "of_days": 84},
    "kind": None, "sold_from": None, "sold_until": None,
}  # fmt: skip


class SiblingOut(BaseModel):
    """A product that `share` of another's customers take instead."""

    product_id: str
    share: float


class ProposalOut(BaseModel):
    """A change to a warehouse's range: `money` is expected over `horizon_days` in its currency (positive: better), with
    95% between `money_low` and `money_high`. `evidence` says why, in codes with their values. `held_by_baskets`: whole
    baskets hang on the product, as `baskets` says. `day`, once accepted, is the last on which it is sold as before, or
    the first on which it is tried; `decided_at` is also when it lapsed; `version` is its `ETag`."""

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
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    day: date | None
    version: int

    model_config = ConfigDict(json_schema_extra={"examples": [PROPOSAL]})

    @classmethod
    def of(cls, row: AssortmentProposalRow) -> Self:
        known = row.details
        members = {name: getattr(row, name) for name in cls.model_fields if name not in known}
        return cls(**members, **known)


class ProposalsQuery(PageQuery):
    """Which proposals; those with most money first."""

    status: ProposalStatus | None = None
    kind: ProposalKind | None = None
    warehouse_id: Identifier | None = None
    product_id: Identifier | None = None


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
