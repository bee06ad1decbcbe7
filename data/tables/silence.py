"""Which products may be sold no more, kept with the forecasts for plans and pages to read."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class SilentProductRow(Base):
    """A product of which it is in doubt, at the origin of a forecast, whether its warehouse still sells it.

    `silent_days` are days of business since `last_sold_on` on which it was not known to be out of stock, `probability`
    (0..1) is that it still sells, by which its forecast has faded; `ended`: it is taken as ended."""

    __tablename__ = "silent_products"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    last_sold_on: Mapped[LocalDay]
    silent_days: Mapped[float]
    probability: Mapped[float]
    ended: Mapped[bool]

    __table_args__ = ({"sqlite_with_rowid": False},)
