"""Demand behind the latest sales, kept with the forecasts for the pages and the purchase plan to read."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay

RECOVERED_DAYS = 28


class RecoveredDemandRow(Base):
    """What would have sold of a product on the RECOVERED_DAYS days up to `last_day`, as it was known at `origin`, and
    up to which quantile its history has shown demand at all. Only those of a warehouse's latest origin are kept.

    `demand` holds a little-endian 32-bit float a day, the oldest first, in the product's unit (NaN: nothing is known of
    the day); `how` a letter a day: s(een), r(ecovered: hours are known to be hidden), g(uessed: nobody knows whether it
    ran out) or - (nothing is known)."""

    __tablename__ = "recovered_demand"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime]
    last_day: Mapped[LocalDay]
    demand: Mapped[bytes] = mapped_column(LargeBinary)
    how: Mapped[str]
    days_seen_whole: Mapped[int]
    highest_seen_quantile: Mapped[float]  # 0..1; a product ordered at a higher one is ordered beyond what was seen
