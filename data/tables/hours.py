"""Forecasts of the next hours, of demand and of orders. They are for acting now, so only those of a warehouse's latest
origin are kept."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class HourlyForecastRow(Base):
    """The distribution of demand in each hour of a local day, in the product's unit, made with what was known at
    `origin`; one row a day instead of 24, as the hours of sales are kept.

    `mean` holds 24 little-endian 64-bit floats, hour 0 first, which add up to the mean of the day's forecast;
    `quantiles` 24 times 7 little-endian 32-bit floats: q05 .. q95 of hour 0, then of hour 1, ..."""

    __tablename__ = "hourly_forecasts"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    origin: Mapped[datetime]
    mean: Mapped[bytes] = mapped_column(LargeBinary)
    quantiles: Mapped[bytes] = mapped_column(LargeBinary)


class OrderForecastRow(Base):
    """How many customers' orders a warehouse will get in the half hour that begins at `half_hour`, on its local day
    `date`, made with what was known at `origin`; only those of its latest origin are kept.

    A count has the variance mean + dispersion * mean^2; `day_dispersion` of the dispersion is shared by the half hours
    of the day."""

    __tablename__ = "order_forecasts"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    half_hour: Mapped[datetime] = mapped_column(primary_key=True)
    date: Mapped[LocalDay]
    origin: Mapped[datetime]
    mean: Mapped[float]
    dispersion: Mapped[float]
    day_dispersion: Mapped[float]
