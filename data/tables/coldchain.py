"""How cold it was kept: readings, sensor states, alarms."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.declaration import Base, Id

# what a room may have; a probe that is broken says other things, or that of its reset (warehouse/coldchain/faults.py)
COLDEST_C, WARMEST_C = -90.0, 90.0
RESET_CODE_C = 85.0
# what sensors measure beside temperature (warehouse/coldchain/quantities.py)
MEASURED = ("humidity", "door", "power", "defrost", "battery")


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


class MeasurementRow(Base):
    """What a sensor measured beside temperature (`Quantity`): humidity and battery in percent, as 1 or 0 whether a door
    is open or power is there."""

    __tablename__ = "measurements"

    sensor_id: Mapped[Id] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(String(24), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    known_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class PayloadMappingRow(Base):
    """How payloads of devices are read that are neither in our form nor SenML (`PayloadMapping` as JSON)."""

    __tablename__ = "payload_mappings"

    name: Mapped[Id] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
    kept_by: Mapped[str]


class SensorStateRow(Base):
    """The alarm engine's memory of a sensor (`SensorState` as JSON), so that a running delay survives a restart, and
    when a new reading of it came last."""

    __tablename__ = "sensor_states"

    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"), primary_key=True)
    state: Mapped[dict[str, Any]]
    heard_at: Mapped[datetime | None]


class OnlineStateRow(Base):
    """What was said of a sensor on a status topic, by itself or by the gateway that sends for it (`said_by`): whether
    it is online, since when, and when that was said last, all as we heard it."""

    __tablename__ = "online_states"

    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"), primary_key=True)
    said_by: Mapped[Id] = mapped_column(primary_key=True)
    online: Mapped[bool]
    since: Mapped[datetime]
    said_at: Mapped[datetime]


class AlarmRow(Base):
    """An alarm of a zone, of one kind: it goes on while one of its excursions does, and has the id, the beginning and
    the limit of the first. `worst_c` is the worst of all.

    `past`: it had ended before anybody was told. `told_c` is how bad it was when somebody was told or acknowledged it
    last, `times_worse` how often it was told again. `at_risk` is what lay in the zone then, `severity` follows from it.
    Why an alarm was raised is null where a reading or the clock alone raised it; why it ended, and who closed it by
    hand, for one that ended by a reading."""

    __tablename__ = "alarms"

    alarm_id: Mapped[Id] = mapped_column(primary_key=True)
    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"))
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    kind: Mapped[str]
    began_at: Mapped[datetime]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    limit_c: Mapped[float | None]
    worst_c: Mapped[float | None]
    ended_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    acknowledgement_note: Mapped[str | None]
    severity: Mapped[str | None]
    at_risk: Mapped[dict[str, Any] | None]
    past: Mapped[bool] = mapped_column(default=False, server_default=false())
    told_c: Mapped[float | None]
    times_worse: Mapped[int] = mapped_column(default=0, server_default="0")
    raised_because: Mapped[str | None]
    ended_because: Mapped[str | None]
    ended_by: Mapped[str | None]
    end_note: Mapped[str | None]
    excursions: Mapped[list["ExcursionRow"]] = relationship(
        viewonly=True, order_by="ExcursionRow.began_at, ExcursionRow.sensor_id"
    )

    @property
    def sensor_ids(self) -> list[str]:
        """The sensors that are in it or have been, the first of them first."""
        return list(dict.fromkeys(excursion.sensor_id for excursion in self.excursions))

    __table_args__ = (
        UniqueConstraint("sensor_id", "kind", "began_at"),
        Index(None, "warehouse_id", "ended_at"),
        Index(
            "ix_alarms_not_ended",
            "zone_id",
            "kind",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class ExcursionRow(Base):
    """What a sensor had to say for longer than a delay: outside its limits, or nothing at all. `zone_id` is where it
    hung then, `alarm_id` the zone's alarm that it is part of. `ended_because` is null where a reading ended it."""

    __tablename__ = "excursions"

    sensor_id: Mapped[Id] = mapped_column(ForeignKey("sensors.sensor_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    alarm_id: Mapped[Id] = mapped_column(ForeignKey("alarms.alarm_id"), index=True)
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    limit_c: Mapped[float | None]
    worst_c: Mapped[float | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        Index(None, "sensor_id", "began_at"),
        Index(None, "zone_id", "ended_at"),
        Index(
            "ix_excursions_not_ended",
            "sensor_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class AlarmChangeRow(Base):
    """Something that happened to an alarm, in the order in which it did: raised, joined, worse, acknowledged, ended,
    closed. `by` is who did it, where somebody did; the `note` of one that was joined is the sensor that joined it."""

    __tablename__ = "alarm_changes"

    alarm_id: Mapped[Id] = mapped_column(ForeignKey("alarms.alarm_id"), primary_key=True)
    change_no: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str | None]
    note: Mapped[str | None]
    worst_c: Mapped[float | None]


class ContradictingReadingRow(Base):
    """Another temperature of a sensor at a moment of which it had said one before; the alarms go by the first."""

    __tablename__ = "contradicting_readings"

    sensor_id: Mapped[Id] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    temperature_c: Mapped[float] = mapped_column(primary_key=True)
    known_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class ZoneRulesRow(Base):
    """The rule set of a zone from `valid_from` on (`Rules` as JSON), and who kept it. None is ever changed: another one
    from a later moment takes its place."""

    __tablename__ = "zone_rules"

    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"), primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    rules: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
    kept_by: Mapped[str]


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
