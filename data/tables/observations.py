"""What was seen, each with the moment it became known: orders, sales, availability, promotions, weather.

A corrected observation is a further row with a later `known_at`; a reader as of some moment takes the latest row
known by then. These tables are large and have no foreign keys: the importers check the references once a file.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, false, text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.changing import Changing
from data.tables.declaration import Base, Id, LocalDay, Money, Quantity

HOURS = 24


class OrderLineRow(Base):
    """One product of one customer order; warehouses number their orders each for itself.

    A return has a quantity below zero, a cancelled line one of zero. A corrected line replaces the one before.
    `wanted_on` is the local day for which it was ordered ahead; null: the day of the order."""

    __tablename__ = "order_lines"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    order_id: Mapped[Id] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[Id]
    ordered_at: Mapped[datetime]
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money | None]
    known_at: Mapped[datetime]
    wanted_on: Mapped[LocalDay | None]

    __table_args__ = (
        Index(None, "warehouse_id", "ordered_at"),
        Index(  # none of it where nobody orders ahead
            "ix_order_lines_ahead",
            "warehouse_id",
            "wanted_on",
            postgresql_where=text("wanted_on IS NOT NULL"),
            sqlite_where=text("wanted_on IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )


class HandoverRow(Changing, Base):
    """When a customer's order was at the door; of one that is corrected the last that was said."""

    __tablename__ = "handovers"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    order_id: Mapped[Id] = mapped_column(primary_key=True)
    delivered_at: Mapped[datetime]
    known_at: Mapped[datetime]

    __table_args__ = (Index(None, "warehouse_id", "delivered_at"), {"sqlite_with_rowid": False})


class DayToBookRow(Base):
    """A local day whose sales are to be booked from order lines, for the first time or again: its lines, or those of
    the weeks before it, changed last at `changed_at`."""

    __tablename__ = "days_to_book"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    changed_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class DailySalesRow(Changing, Base):
    """Units sold of a product on a warehouse's local day.

    `hourly_sales` holds 24 little-endian 32-bit floats, hour 0 first: one row a day instead of 24 keeps
    82 million product-hours within 3.4 million rows. Null where only the day is known. Rows are as they were imported,
    or `booked_from_orders`."""

    __tablename__ = "daily_sales"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    sales: Mapped[float]
    hourly_sales: Mapped[bytes | None] = mapped_column(LargeBinary)
    booked_from_orders: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index(  # none of it where nothing is booked
            "ix_daily_sales_booked",
            "warehouse_id",
            "date",
            postgresql_where=text("booked_from_orders"),
            sqlite_where=text("booked_from_orders"),
        ),
        Index(None, "warehouse_id", "date", "product_id"),
        Index(None, "updated_at", "warehouse_id", "date", "product_id"),
        {"sqlite_with_rowid": False},
    )


class DailyAvailabilityRow(Base):
    """In which hours of a local day a product was in stock: bit h of `in_stock_hours` is set for hour h."""

    __tablename__ = "daily_availability"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    in_stock_hours: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)


class PromotionRow(Changing, Base):
    """A price below list or an activity planned for a product, on all local days from `starts_on` to `ends_on`.

    `discount` is price / list price (1 is full price). Days without a row are at full price."""

    __tablename__ = "promotions"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    starts_on: Mapped[LocalDay] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_on: Mapped[LocalDay]
    discount: Mapped[float]
    promoted: Mapped[bool]

    __table_args__ = (
        Index(None, "updated_at", "warehouse_id", "product_id", "starts_on"),
        Index(None, "warehouse_id", "starts_on"),
        {"sqlite_with_rowid": False},
    )


class EventRow(Changing, Base):
    """Something that makes local days other than usual, from `first_day` to `last_day`: a fair, school holidays, a
    strike, or, where `closed`, days without business.

    Of one warehouse, of a city's, or, where both are null, of all. A row known later with the same `event_id` replaces
    the one before from then on; `cancelled`: it does not take place."""

    __tablename__ = "events"

    event_id: Mapped[Id] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    first_day: Mapped[LocalDay]
    last_day: Mapped[LocalDay]
    warehouse_id: Mapped[Id | None] = mapped_column(ForeignKey("warehouses.warehouse_id"), index=True)
    city: Mapped[str | None]
    closed: Mapped[bool] = mapped_column(default=False, server_default=false())
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = ({"sqlite_with_rowid": False},)


class WeatherRow(Base):
    """A local day's weather at a warehouse, observed, or forecast with the moment the forecast was issued.

    An observation's `issued_at` is the moment it became known, at the end of its day or later.
    `wind_level` is a mean Beaufort number. `source` says where a row comes from that is not what it seems: a forecast
    that was made from the observation, since none was archived."""

    __tablename__ = "weather"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    issued_at: Mapped[datetime] = mapped_column(primary_key=True)
    observed: Mapped[bool]
    temperature_c: Mapped[float | None]
    precipitation_mm: Mapped[float | None]
    humidity_pct: Mapped[float | None]
    wind_level: Mapped[float | None]
    source: Mapped[str | None]

    __table_args__ = ({"sqlite_with_rowid": False},)


class TrueDemandRow(Base):
    """What would have sold in the sample region. Only the simulator writes it and only scoring reads it."""

    __tablename__ = "true_demand"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    demand: Mapped[float]

    __table_args__ = ({"sqlite_with_rowid": False},)
