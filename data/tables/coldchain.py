"""How cold it was kept: readings, sensor states, alarms."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
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


class ReadingHourRow(Base):
    """What the readings of a sensor in an hour came to, which begins at `hour` (UTC): what is left of readings that are
    older than they are kept. The hours around an alarm have all their readings and no row here."""

    __tablename__ = "reading_hours"

    sensor_id: Mapped[Id] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    lowest_c: Mapped[float]
    mean_c: Mapped[float]
    highest_c: Mapped[float]
    readings: Mapped[int]

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


class QuarantineCause(StrEnum):
    """Why a message could not be kept."""

    NOT_A_READING = "not_a_reading"
    REFUSED = "refused"  # an unknown sensor, a reading that cannot be true
    FAILED = "failed"  # it alone failed, while others passed


class QuarantinedMessageRow(Base):
    """A message that was acknowledged and could not be kept, for what is wrong with itself. `payload` holds at most so
    much as a message may have, `payload_bytes` is how much it had."""

    __tablename__ = "quarantined_messages"

    message_id: Mapped[Id] = mapped_column(primary_key=True)
    topic: Mapped[str]
    payload: Mapped[bytes]
    payload_bytes: Mapped[int]
    cause: Mapped[QuarantineCause]
    reason: Mapped[str]
    received_at: Mapped[datetime]
    attempts: Mapped[int]
    last_tried_at: Mapped[datetime]

    __table_args__ = (Index(None, "received_at", "message_id"),)


class ClockDifferenceRow(Base):
    """Clocks that differ, from when to when: `whose` is wrong, the server's (`sensor_id` is null), a sensor's, or of a
    sensor and the server nobody knows which. `ahead_seconds` is by how much the sensors' clocks are ahead."""

    __tablename__ = "clock_differences"

    clock_difference_id: Mapped[Id] = mapped_column(primary_key=True)
    whose: Mapped[str]
    sensor_id: Mapped[Id | None] = mapped_column(ForeignKey("sensors.sensor_id"))
    ahead_seconds: Mapped[float]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def ahead(self) -> timedelta:
        """By how much the sensors' clocks are ahead."""
        return timedelta(seconds=self.ahead_seconds)

    __table_args__ = (
        Index(
            "ix_clock_differences_not_ended",
            "clock_difference_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
