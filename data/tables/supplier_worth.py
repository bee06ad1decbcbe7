"""What suppliers' days and weeks were worth, added up for their scorecards and for the morning report by supplier.

The columns of sums are those of `warehouse.worth.suppliers.supplier_sums`, which says what each is; a test holds both
to each other. `supplier_id` is empty where nobody said who brought it. They are worked out by `flows/reports/morning/`.
"""

from typing import Final

from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay

FIRST: Final = -1  # among the columns: see the migration


class SumsOfSuppliers:
    """Sums of supplier-days: units of the products, money of the warehouse."""

    lines: Mapped[float]
    lines_come: Mapped[float]
    lines_on_time: Mapped[float]
    lines_in_full: Mapped[float]
    lines_otif: Mapped[float]
    wanted: Mapped[float]
    arrived: Mapped[float]
    late: Mapped[float]
    declined: Mapped[float]
    bought_money: Mapped[float]
    priced_money: Mapped[float]
    tier_money: Mapped[float]
    best_money: Mapped[float]
    missing_money: Mapped[float]
    late_money: Mapped[float]
    rejected_money: Mapped[float]
    origin_inspected: Mapped[float]
    origin_accepted: Mapped[float]
    receipt_inspected: Mapped[float]
    dispatch_inspected: Mapped[float]
    yields: Mapped[float]
    yield_sum: Mapped[float]
    yield_squares: Mapped[float]
    dated: Mapped[float]
    life: Mapped[float]
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


class SupplierDayRow(SumsOfSuppliers, Base):
    """A supplier's day in a warehouse."""

    __tablename__ = "supplier_days"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    warehouse_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)
    supplier_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)

    __table_args__ = ({"sqlite_with_rowid": False},)


class SupplierWeekRow(SumsOfSuppliers, Base):
    """A supplier's week in a warehouse; `date` is its Monday."""

    __tablename__ = "supplier_weeks"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    warehouse_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)
    supplier_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)

    __table_args__ = ({"sqlite_with_rowid": False},)


class SupplierWeekTogetherRow(SumsOfSuppliers, Base):
    """A supplier's week over all warehouses of a currency; of no currency: what was inspected at the farm for no
    warehouse. Who sees some warehouses only does not read it."""

    __tablename__ = "supplier_weeks_together"

    date: Mapped[LocalDay] = mapped_column(primary_key=True, sort_order=FIRST)
    supplier_id: Mapped[Id] = mapped_column(primary_key=True, sort_order=FIRST)
    currency: Mapped[str] = mapped_column(primary_key=True, sort_order=FIRST)

    __table_args__ = ({"sqlite_with_rowid": False},)
