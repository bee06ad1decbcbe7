"""What promotions that are over did in each warehouse, worked out by `flows/reports/promotions/` and kept.

The columns from `days` on are `REVIEWED` of `warehouse.worth.promotions.reviewing`, which says what each is; a test
holds both to each other. Null: not known.
"""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class PromotionReviewRow(Base):
    """A promotion of a product in a warehouse, as it was on until the day on which it ended."""

    __tablename__ = "promotion_reviews"

    product_id: Mapped[Id] = mapped_column(primary_key=True)
    starts_on: Mapped[LocalDay] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    ends_on: Mapped[LocalDay]
    discount: Mapped[float]
    promoted: Mapped[bool]
    days: Mapped[float]
    known_days: Mapped[float]
    days_after: Mapped[float]
    demand: Mapped[float]
    sold: Mapped[float]
    usual: Mapped[float | None]
    usual_error: Mapped[float | None]
    alike: Mapped[float]
    planned_days: Mapped[float]
    planned: Mapped[float | None]
    planned_usual: Mapped[float | None]
    ahead: Mapped[float | None]
    ahead_error: Mapped[float | None]
    siblings: Mapped[float | None]
    siblings_error: Mapped[float | None]
    wasted: Mapped[float | None]
    margin: Mapped[float | None]
    usual_margin: Mapped[float | None]
    ahead_money: Mapped[float | None]
    own_error: Mapped[float | None]
    sibling_money: Mapped[float | None]
    sibling_money_error: Mapped[float | None]
    waste_money: Mapped[float | None]
    waste_error: Mapped[float | None]

    __table_args__ = (Index(None, "ends_on"), {"sqlite_with_rowid": False})
