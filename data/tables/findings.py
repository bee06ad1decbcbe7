"""What is found wrong with what a warehouse is told: days of data that are broken, forecasts that have drifted."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class FindingEnd(StrEnum):
    """Why a finding is none any more."""

    CORRECTED = "corrected"  # what was missing came, or what was wrong was sent again
    STEADY = "steady"  # forecasts err as before again, or what was new has become what is usual
    PAST = "past"  # it lies so far back, or nothing came for so long, that it is looked at no more


class FindingRow(Base):
    """Local days `first_day` to `last_day` of a `feed` that are not as its past lets expect: `what` is wrong.
    What is of the forecasts of one `category` names it.
    `seen` is what was found, `usual` what was to be expected (null: nothing came);
    `chance` is how often a whole feed is so. It goes on while `ended_at` is null."""

    __tablename__ = "findings"

    finding_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    feed: Mapped[str]
    category: Mapped[str | None]
    what: Mapped[str]
    first_day: Mapped[LocalDay]
    last_day: Mapped[LocalDay]
    seen: Mapped[float | None]
    usual: Mapped[float | None]
    chance: Mapped[float]
    found_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[FindingEnd | None]

    __table_args__ = (
        Index(None, "warehouse_id", "ended_at"),
        Index(None, "found_at", "finding_id"),
    )
