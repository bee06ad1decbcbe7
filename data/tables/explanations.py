"""Why forecasts are what they are, kept with them, so that a page has not to work it out again."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class ForecastContributionRow(Base):
    """What each share adds to the mean of the forecast with the same key, in the product's unit; they add up to it.

    `level` is what the product sells here on a day with nothing about it. Kept for the first days of a forecast."""

    __tablename__ = "forecast_contributions"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    level: Mapped[float]
    weekday: Mapped[float]
    holiday: Mapped[float]
    event: Mapped[float] = mapped_column(default=0.0, server_default="0")
    season: Mapped[float] = mapped_column(default=0.0, server_default="0")
    weather: Mapped[float]
    promotion: Mapped[float]
    trend: Mapped[float]

    __table_args__ = ({"sqlite_with_rowid": False},)
