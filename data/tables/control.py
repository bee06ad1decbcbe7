"""What cools and ventilates: actuators with their rules, what is remembered of each, and what each was told."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id
from data.tables.names import Named, NameKind


class ActuatorKind(StrEnum):
    """What is switched."""

    FAN = "fan"
    COOLER = "cooler"


class ActuatorRow(Named, Base):
    """A fan or cooler of a zone. It is told on `topic`/set and tells on `topic`/state what it is; `rule` is a
    `ControlRule` as JSON. `override_to` is what somebody says it is to be until `override_until`, whatever the rule
    says. `retired_at`: it is told nothing any more."""

    __tablename__ = "actuators"
    NAMES_OF, ID = NameKind.ACTUATORS, "actuator_id"

    actuator_id: Mapped[Id] = mapped_column(primary_key=True)
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    kind: Mapped[ActuatorKind]
    topic: Mapped[str]
    rule: Mapped[dict[str, Any]]
    override_to: Mapped[str | None]
    override_until: Mapped[datetime | None]
    override_by: Mapped[str | None]
    override_note: Mapped[str | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("topic"), Index(None, "zone_id"))


class ActuatorStateRow(Base):
    """The memory of the rule about an actuator (`ActuatorState` as JSON), what it was told last and what it says it is.
    `look_at` is when something comes due that no reading moves; null: nothing does."""

    __tablename__ = "actuator_states"

    actuator_id: Mapped[Id] = mapped_column(ForeignKey("actuators.actuator_id"), primary_key=True)
    state: Mapped[dict[str, Any]]
    look_at: Mapped[datetime | None] = mapped_column(index=True)
    desired: Mapped[str | None]
    command_id: Mapped[Id | None]
    reported: Mapped[str | None]
    reported_at: Mapped[datetime | None]


class CommandStatus(StrEnum):
    """Where a command stands, or what its result is."""

    WAITING = "waiting"  # decided, not yet sent
    SENT = "sent"  # the broker has it
    CONFIRMED = "confirmed"  # the actuator says that it is so
    EXPIRED = "expired"  # the actuator did not say so in time, or it could not be sent in time
    SUPERSEDED = "superseded"  # another one was sent before this one was confirmed


class CommandRow(Base):
    """An actuator is to be `desired`, for a `reason`, which `said` gives in words. `decided_at` is the moment of the
    measurement that it follows from, `written_at` when that came; `decided_by` is who said so, null: the rule.
    `ended_at` is when its result was known."""

    __tablename__ = "commands"

    command_id: Mapped[Id] = mapped_column(primary_key=True)
    command_no: Mapped[int]  # of its actuator
    actuator_id: Mapped[Id] = mapped_column(ForeignKey("actuators.actuator_id"))
    zone_id: Mapped[Id] = mapped_column(ForeignKey("zones.zone_id"))
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    desired: Mapped[str]
    reason: Mapped[str]
    said: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime]
    written_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[CommandStatus]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("actuator_id", "command_no"),
        Index(None, "warehouse_id", "decided_at", "command_id"),
        Index(None, "decided_at", "command_id"),
        # of the commands whose result is not known only: looking for them costs the same however many there ever were
        Index(
            "ix_commands_not_ended",
            "actuator_id",
            "command_no",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
