"""What buyers judge: what will be wanted instead of the forecast, and what a shortage and waste cost."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay, Money, Quantity

OF_ALL_CATEGORIES: Final = ""
HIGHEST_FLOOR: Final = 0.999  # of demand


class DemandJudgementRow(Base):
    """How much of a product a buyer expects to be wanted a day from `first_day` to `last_day`, and why. It holds from
    `judged_at` on until it is withdrawn; of two for one day the later counts."""

    __tablename__ = "demand_judgements"

    judgement_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    first_day: Mapped[LocalDay]
    last_day: Mapped[LocalDay]
    quantity: Mapped[Quantity]
    reason: Mapped[str]
    judged_by: Mapped[str]
    judged_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (Index(None, "warehouse_id", "last_day"), Index(None, "product_id"))


class CategoryTermsRow(Base):
    """What a unit short costs beyond its margin (`goodwill`) and a unit thrown away beyond its price (`disposal`), the
    least share of demand that a plan is to meet over a category's lines, how much of each product is to lie on display,
    and the share of units that customers take freshest first. Rows are added and never changed: of a
    category the last one known counts. What is null is as for OF_ALL_CATEGORIES, whose floor is of the whole plan."""

    __tablename__ = "category_terms"

    category: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    goodwill: Mapped[Money | None]
    disposal: Mapped[Money | None]
    fill_rate_floor: Mapped[float | None]
    display_minimum: Mapped[Quantity | None]
    freshest_first: Mapped[float | None]
    set_by: Mapped[str]

    __table_args__ = (
        CheckConstraint("goodwill >= 0", "goodwill_is_not_negative"),
        CheckConstraint("disposal >= 0", "disposal_is_not_negative"),
        CheckConstraint(f"fill_rate_floor BETWEEN 0 AND {HIGHEST_FLOOR}", "floor_is_a_share"),
        CheckConstraint("display_minimum >= 0", "display_minimum_is_not_negative"),
        CheckConstraint("freshest_first BETWEEN 0 AND 1", "freshest_first_is_a_share"),
    )
