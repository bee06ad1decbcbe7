"""Days that a forecast has left out, for plans to name them."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay


class BulkOrderRow(Base):
    """A day of the last weeks whose `sales` (units) were out of all proportion, so that the forecast made at the origin
    has left it out."""

    __tablename__ = "bulk_orders"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    origin: Mapped[datetime] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    sales: Mapped[float]

    __table_args__ = ({"sqlite_with_rowid": False},)
