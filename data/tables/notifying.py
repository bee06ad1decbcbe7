"""What is to be told and who is told: the outbox, webhooks and what was sent to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id


class OutboxEventRow(Base):
    """Something that is to be told, written in the transaction in which it happened, so that none is lost.
    `passed_on_at` is when it was handed to those who are told; null: not yet. `event_no` counts the events as they were
    passed on, one transaction after the other, so that none comes before one that somebody has read."""

    __tablename__ = "outbox_events"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    written_at: Mapped[datetime]
    passed_on_at: Mapped[datetime | None]
    event_no: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_outbox_events_event_no", "event_no", unique=True),
        Index(None, "type", "event_no"),
        # of the events not yet passed on only: looking for them costs the same however many there ever were
        Index(
            "ix_outbox_events_not_passed_on",
            "happened_at",
            "event_id",
            sqlite_where=text("passed_on_at IS NULL"),
            postgresql_where=text("passed_on_at IS NULL"),
        ),
    )


class OutboxEventWarehouseRow(Base):
    """A warehouse that an event passed on is about. An event without any is about no warehouse."""

    __tablename__ = "outbox_event_warehouses"

    warehouse_id: Mapped[Id] = mapped_column(primary_key=True)
    event_no: Mapped[int] = mapped_column(BigInteger, primary_key=True)

    __table_args__ = (Index(None, "event_no"), {"sqlite_with_rowid": False})


class EventNumbersRow(Base):
    """The numbers of events passed on, one row: the events up to `pruned_up_to` are gone, and the next one's is above
    `given_up_to`."""

    __tablename__ = "event_numbers"

    only_row: Mapped[int] = mapped_column(primary_key=True)
    pruned_up_to: Mapped[int] = mapped_column(BigInteger)
    given_up_to: Mapped[int] = mapped_column(BigInteger)


class WebhookRow(Base):
    """An address that is told of events: of some `types` and `warehouse_ids`, null: of all. `secret` signs what is sent
    and is shown once, when it is made; after it was rotated the `previous_secret` signs too, until a moment."""

    __tablename__ = "webhooks"

    webhook_id: Mapped[Id] = mapped_column(primary_key=True)
    url: Mapped[str]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    types: Mapped[list[Any] | None]
    warehouse_ids: Mapped[list[Any] | None]


class DeliveryStatus(StrEnum):
    """Where a webhook message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookDeliveryRow(Base):
    """An event on its way to one webhook."""

    __tablename__ = "webhook_deliveries"

    delivery_id: Mapped[Id] = mapped_column(primary_key=True)
    webhook_id: Mapped[Id] = mapped_column(ForeignKey("webhooks.webhook_id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("outbox_events.event_id"))
    status: Mapped[DeliveryStatus]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    last_status_code: Mapped[int | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(None, "status", "next_attempt_at"),
        Index(None, "event_id"),
    )
