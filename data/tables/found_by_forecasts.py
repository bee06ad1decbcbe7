"""What a forecast found of the sales behind it and the days ahead, for plans and pages to tell: products that may be
sold no more, bulk orders, and what makes a day other than usual. The key begins with the forecast, whose rows are read
together."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class SilentProductRow(Base):
    """A product of which it is in doubt, at the origin of a forecast, whether its warehouse still sells it.

    `silent_days` are days of business since `last_sold_on` on which it was not known to be out of stock, `probability`
    (0..1) is that it still sells, by which its forecast has faded; `ended`: it is taken as ended."""

    __tablename__ = "silent_products"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    last_sold_on: Mapped[LocalDay]
    silent_days: Mapped[float]
    probability: Mapped[float]
    ended: Mapped[bool]

    __table_args__ = ({"sqlite_with_rowid": False},)


class BulkOrderRow(Base):
    """A day of the last weeks whose `sales` (units) were out of all proportion, so that the forecast made at the origin
    has left it out."""

    __tablename__ = "bulk_orders"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    sales: Mapped[float]

    __table_args__ = ({"sqlite_with_rowid": False},)


class OccasionRow(Base):
    """A holiday or event (`name`, `kind`) that a day of a forecast is (`away` 0), is the day before (-1) or the day
    after (1), as known at the origin.

    `closed`: the warehouse does no business on it; `seen`: how many times it has passed in the sales known."""

    __tablename__ = "occasions"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    closed: Mapped[bool]
    away: Mapped[int]
    seen: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)
