"""How cold it was kept: readings, sensor states, alarms."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id


class ReadingRow(Base):
    """A sensor's temperature at a moment; `known_at` is when it reached us."""

    __tablename__ = "readings"

    sensor_id: Mapped[Id] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    temperature_c: Mapped[float]
    known_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class SensorStateRow(Base):
    """The alarm engine's memory of a sensor (`SensorState` as JSON), so that a running delay survives a restart."""

    __tablename__ = "sensor_states"

    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"), primary_key=True)
    state: Mapped[dict[str, Any]]


class AlarmRow(Base):
    """A zone outside its limits for longer than its delay. `began_at` is the first reading outside,
    `raised_at` the reading at which the delay was over, `ended_at` the first reading back inside."""

    __tablename__ = "alarms"

    alarm_id: Mapped[Id] = mapped_column(primary_key=True)
    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"))
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    kind: Mapped[str]
    began_at: Mapped[datetime]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    limit_c: Mapped[float]
    worst_c: Mapped[float]
    ended_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    acknowledgement_note: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("sensor_id", "kind", "began_at"),
        Index(None, "warehouse_id", "ended_at"),
    )
