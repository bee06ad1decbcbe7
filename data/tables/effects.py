"""What promotions did, kept so that nobody waits for it to be worked out."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base


class PromotionEffectRow(Base):
    """One ratio of what promotions did in a category (null: in all together), from what was known at `origin`; the
    latest origin's stand in place of all before.

    `effect`: the uplift on a day of a run, what is left on a day after it, what siblings sell meanwhile, or which share
    of what promotions added they lost (taken). Depth is 1 - price / list price; null, and day 0, where it does not
    matter."""

    __tablename__ = "promotion_effects"

    row_no: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[datetime]
    category: Mapped[str | None]
    effect: Mapped[str]
    depth_from: Mapped[float | None]
    depth_to: Mapped[float | None]
    day: Mapped[int]  # of the run, the last stands for all later ones; or after it
    ratio: Mapped[float]
    low: Mapped[float | None]  # 90% interval
    high: Mapped[float | None]
    products: Mapped[int]  # that it was seen on
    days: Mapped[int]  # warehouse-product-days that it was seen on
