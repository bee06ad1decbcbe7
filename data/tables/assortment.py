"""The range of each warehouse: from when until when it sells a product, how its products are classed, and what is
proposed to change."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class RangeKind(StrEnum):
    """Why a product is in a warehouse's range for some days only."""

    TRIAL = "trial"  # sold up to a day, unless it is kept
    RETIRED = "retired"
    MOVED = "moved"  # leaves for another warehouse, or comes from one
    ON_DEMAND = "on_demand"  # bought for orders ahead alone
    KEPT = "kept"  # sold without an end, whatever was said before


class ProposalKind(StrEnum):
    """What is proposed to do with a product of a warehouse."""

    RETIRE = "retire"
    TRY = "try"
    MOVE = "move"
    ON_DEMAND = "on_demand"


class ProposalStatus(StrEnum):
    """What became of a proposal."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"  # not decided on, and proposed no more


class ProductRangeRow(Base):
    """From which day to which a warehouse sells a product (null: no such day), as somebody has said. Rows are added and
    never changed: of a warehouse and product the last one known counts, and without one it sells what it sells.

    On demand, `sold_until` is the last day on which it is bought without an order ahead."""

    __tablename__ = "product_ranges"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[RangeKind]
    sold_from: Mapped[LocalDay | None]
    sold_until: Mapped[LocalDay | None]
    proposal_id: Mapped[Id | None]
    set_by: Mapped[str]

    __table_args__ = (CheckConstraint("kind <> 'kept' OR sold_until IS NULL", "what_is_kept_has_no_end"),)


class ProductClassRow(Base):
    """How a product stands in a warehouse's range, as worked out last: `abc` by money, `xyz` by how well it is
    forecast, `rank` 1 the one that earns least. `figures` are those of `warehouse.assortment`."""

    __tablename__ = "product_classes"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    worked_out_at: Mapped[datetime]
    abc: Mapped[str]
    xyz: Mapped[str]
    rank: Mapped[int]
    figures: Mapped[dict[str, Any]]


class AssortmentProposalRow(Base):
    """A change to a warehouse's range that is proposed, with what it is expected to come to over `horizon_days` in the
    warehouse's currency (positive: better), its interval, and in `details` why: evidence, siblings, baskets, what
    became of it on held-out weeks.

    `held_by_baskets`: whole baskets hang on it. `day`, once accepted: a retired or moved product's last day here, one
    that is tried its first. `decided_at` is also when it lapsed, which nobody decided. `version` counts changes."""

    __tablename__ = "assortment_proposals"

    proposal_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    to_warehouse_id: Mapped[Id | None] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    kind: Mapped[ProposalKind]
    proposed_at: Mapped[datetime]
    horizon_days: Mapped[int]
    money: Mapped[float]
    money_low: Mapped[float]
    money_high: Mapped[float]
    margin_lost: Mapped[float]
    margin_kept: Mapped[float]
    waste_saved: Mapped[float]
    waste_saved_money: Mapped[float]
    held_by_baskets: Mapped[bool]
    trial_until: Mapped[LocalDay | None]
    details: Mapped[dict[str, Any]]
    status: Mapped[ProposalStatus]
    version: Mapped[int]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    day: Mapped[LocalDay | None]

    __table_args__ = (Index(None, "warehouse_id", "status", "proposed_at"), Index(None, "product_id", "status"))
