"""Where things are: front warehouses, their temperature zones, slots and sensors, and the limits in force."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.changing import Changing
from data.tables.coldchain import OnlineStateRow
from data.tables.declaration import LONGEST_ID, Band, Base, Id, LocalDay, Quantity
from data.tables.floors import Routing
from data.tables.names import Named, NameKind


class WarehouseRow(Named, Changing, Base):
    """A front warehouse. Its local days follow `timezone` (an IANA name); it keeps the holidays of `country` and
    `subdivision` (ISO 3166; null: of the whole country); its money is in `currency` (ISO 4217); `closed_on` is its last
    day, null: none is known. Its pickers are led by `routing`."""

    __tablename__ = "warehouses"
    NAMES_OF, ID = NameKind.WAREHOUSES, "warehouse_id"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(index=True)
    timezone: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    opened_on: Mapped[LocalDay | None]
    closed_on: Mapped[LocalDay | None]
    address: Mapped[str | None]
    contact: Mapped[str | None]
    country: Mapped[str] = mapped_column(String(2), default="CN", server_default="CN")
    subdivision: Mapped[str | None] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3), default="CNY", server_default="CNY")
    routing: Mapped[Routing] = mapped_column(default=Routing.COMBINED, server_default=Routing.COMBINED.value)


class ZoneRow(Named, Changing, Base):
    """A part of a warehouse kept at one condition; a rectangle on the floor plan, in metres. The relative humidity that
    it keeps lies between two bounds, null: not known."""

    __tablename__ = "zones"
    NAMES_OF, ID = NameKind.ZONES, "zone_id"

    zone_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), index=True)
    band: Mapped[Band]
    x_m: Mapped[float]
    y_m: Mapped[float]
    width_m: Mapped[float]
    depth_m: Mapped[float]
    humidity_low_pct: Mapped[float | None]
    humidity_high_pct: Mapped[float | None]


class LimitRow(Changing, Base):
    """The temperatures a zone must keep from `valid_from` on, and how long it may be outside them. An alarm ends when
    the zone is back inside by `recovery_margin_c`."""

    __tablename__ = "limits"

    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"), primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    low_c: Mapped[float | None]
    high_c: Mapped[float | None]
    low_delay_minutes: Mapped[int] = mapped_column(default=30)
    high_delay_minutes: Mapped[int] = mapped_column(default=30)
    recovery_margin_c: Mapped[float] = mapped_column(default=0.0, server_default="0")


class SlotRow(Base):
    """A place for one product; `product_id` is what lies there now, `distance_m` the walk from the bench. Into a slot
    that is `unusable_because` of something nothing is to be carried.

    It is reached from an `aisle`, which runs along y between two cross-aisles, at a `bay`, counted along the aisle on
    both sides of it, on a `level`, 0 the lowest. Where it is no `pick_face` it holds reserve."""

    __tablename__ = "slots"

    slot_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    x_m: Mapped[float]
    y_m: Mapped[float]
    distance_m: Mapped[float]
    volume_l: Mapped[Quantity]
    product_id: Mapped[Id | None] = mapped_column(ForeignKey("products.product_id"))
    unusable_because: Mapped[str | None]
    aisle: Mapped[str | None] = mapped_column(String(LONGEST_ID))
    bay: Mapped[int | None]
    level: Mapped[int | None]
    max_weight_kg: Mapped[Quantity | None]
    pick_face: Mapped[bool] = mapped_column(default=True, server_default=true())

    __table_args__ = (Index(None, "warehouse_id", "zone_id"),)


class SensorRow(Named, Changing, Base):
    """A thermometer in a zone, that in which it hangs now. It sends every `interval_minutes` (null: as the settings
    say), through a `gateway` (null: by itself). A sensor that was retired tells nothing any more, `replaced_by` is the
    one in its place."""

    __tablename__ = "sensors"
    NAMES_OF, ID = NameKind.SENSORS, "sensor_id"

    sensor_id: Mapped[Id] = mapped_column(primary_key=True)
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"), index=True)
    interval_minutes: Mapped[float | None]
    gateway: Mapped[Id | None]
    retired_at: Mapped[datetime | None]
    retired_because: Mapped[str | None]
    replaced_by: Mapped[Id | None]
    said: Mapped[list[OnlineStateRow]] = relationship(viewonly=True, lazy="selectin")


class SensorPlaceRow(Base):
    """A zone in which a sensor hung before: up to `until`, from the `until` of the row before it. Where it has hung
    since the last of them is the zone of the sensor itself."""

    __tablename__ = "sensor_places"

    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(primary_key=True)
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"), index=True)
