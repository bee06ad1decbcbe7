"""What the days were worth, added up for the morning report, and the targets that operators set.

The columns of sums are those of `warehouse.worth.measures`, which says what each is; a test holds both to each other.
They are worked out by `flows/reports/morning/` from all other tables.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay

FIRST: Final = -1  # among the columns: see the migration


class SumsOfProducts:
    """Sums of product-days: units of the product, money of the warehouse."""

    days: Mapped[float]
    known_days: Mapped[float]
    demand: Mapped[float]
    met: Mapped[float]
    sold: Mapped[float]
    short_money: Mapped[float]
    wanted_money: Mapped[float] = mapped_column(server_default="0")  # in days added up before it was known
    forecast_demand: Mapped[float]
    forecast_mean: Mapped[float]
    forecast_off: Mapped[float]
    bought: Mapped[float]
    demanded: Mapped[float]
    bought_off: Mapped[float]
    came: Mapped[float]
    rejected_receipt: Mapped[float]
    rejected_dispatch: Mapped[float]
    complained: Mapped[float]
    expired: Mapped[float]
    damaged: Mapped[float]
    thrown_otherwise: Mapped[float]
    marked_down: Mapped[float]
    given_away: Mapped[float]
    waste_money: Mapped[float]
    suggested: Mapped[float]
    edited: Mapped[float]
    edits_judged: Mapped[float]
    edits_nearer: Mapped[float]
    units_nearer: Mapped[float]
    stock_days: Mapped[float]
    stock: Mapped[float]
    stock_money: Mapped[float]
    stock_sold_money: Mapped[float]


class LineDayRow(SumsOfProducts, Base):
    """A product's day in a warehouse: the line that every figure can be followed down to."""

    __tablename__ = "line_days"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    warehouse_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)
    product_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)

    __table_args__ = (Index(None, "product_id", "date"), {"sqlite_with_rowid": False})


class ProductDayRow(SumsOfProducts, Base):
    """A product's day over all warehouses of a currency; `bought_off` is what all of them together bought too much or
    too little. Who sees some warehouses only does not read it: see `data.frames.worth`."""

    __tablename__ = "product_days"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    product_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)
    currency: Mapped[str] = mapped_column(primary_key=True, sort_order=FIRST)

    __table_args__ = ({"sqlite_with_rowid": False},)


class WarehouseDayRow(SumsOfProducts, Base):
    """A warehouse's day over all its products, and what belongs to no product; worked out from what was known when it
    was `read_at`."""

    __tablename__ = "warehouse_days"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True, sort_order=FIRST)
    read_at: Mapped[datetime]
    alarms: Mapped[float]
    minutes_outside: Mapped[float]
    metres_promised: Mapped[float]
    metres_saved: Mapped[float]
    orders_due: Mapped[float] = mapped_column(server_default="0")  # as are those below in days added up before
    orders_told: Mapped[float] = mapped_column(server_default="0")
    orders_in_time: Mapped[float] = mapped_column(server_default="0")
    minutes_waited: Mapped[float] = mapped_column(server_default="0")
    orders_planned: Mapped[float] = mapped_column(server_default="0")
    planned_in_time: Mapped[float] = mapped_column(server_default="0")

    __table_args__ = (Index(None, "warehouse_id", "date"), {"sqlite_with_rowid": False})


class TargetRow(Base):
    """What a figure of the morning report should come to (a share is 0..1), as an operator has set it; null: nothing
    any more. Rows are added and never changed: the last one known counts."""

    __tablename__ = "figure_targets"

    figure: Mapped[Id] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    target: Mapped[float | None]
    set_by: Mapped[str]
