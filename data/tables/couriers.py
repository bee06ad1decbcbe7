"""How orders are delivered: a warehouse's terms of couriers, and how each of its days is to be staffed."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.changing import Changing
from data.tables.declaration import Base, Id, LocalDay

WAREHOUSE: Final = "warehouse"  # itself, among the places that it delivers to


class CourierTermsRow(Changing, Base):
    """What a warehouse promises and on what terms couriers work there, as `warehouse.couriers.terms` names it; where
    there is no row its defaults hold."""

    __tablename__ = "courier_terms"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    set_by: Mapped[str]


class TravelTimeRow(Base):
    """How long couriers of a warehouse ride from a place to another when it is dry; `orders` of the way from
    `WAREHOUSE` is how many go there beside other places (null: 1). A way back that has no row takes as long."""

    __tablename__ = "travel_times"
    __table_args__ = ({"sqlite_with_rowid": False},)

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    from_place: Mapped[Id] = mapped_column(primary_key=True)
    to_place: Mapped[Id] = mapped_column(primary_key=True)
    minutes: Mapped[float]
    orders: Mapped[float | None]


class CourierDayRow(Base):
    """How a local day is to be staffed, as last worked out, from forecasts of orders made at `origin`.

    `share` of its orders is expected within `promise_minutes`, at `cost`; `held_minutes` is what can be promised with
    these couriers (null: nothing within three hours). `half_hours` holds a member for each, `shifts` how many begin
    and end together."""

    __tablename__ = "courier_days"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    origin: Mapped[datetime]
    planned_at: Mapped[datetime]
    promise_minutes: Mapped[int]
    promised_share: Mapped[float]
    share: Mapped[float]
    cost: Mapped[float]
    held_minutes: Mapped[int | None]
    rain: Mapped[bool]
    half_hours: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    shifts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
