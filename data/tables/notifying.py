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
        Index(None, "type", "happened_at"),
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


class ReceiverKind(StrEnum):
    """What a webhook leads to, and so the form in which it is told."""

    STANDARD = "standard"  # Standard Webhooks
    ALERTMANAGER = "alertmanager"  # what takes Alertmanager's webhook payload, version 4
    PAGERDUTY = "pagerduty"  # PagerDuty's Events API, version 2
    APPRISE = "apprise"  # chat or mail
    MQTT = "mqtt"  # a topic at the broker


class WebhookRow(Base):
    """An address that is told of events: of some `types` and `warehouse_ids`, null: of all, of alarms by its `route`.
    `secret` signs what is sent to it (PagerDuty: is the routing key; apprise: the address with its password) and is
    shown once, when it is made; after it was rotated the `previous_secret` signs too, until a moment. `disabled_by` is
    who ended it, null: its receiver, by 410."""

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
    kind: Mapped[ReceiverKind] = mapped_column(default=ReceiverKind.STANDARD)
    route: Mapped[dict[str, Any]] = mapped_column(default=dict)
    disabled_by: Mapped[str | None]


class DeliveryStatus(StrEnum):
    """Where a webhook message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    NOT_NEEDED = "not_needed"  # what it is about was over before it was to be told


class Held(StrEnum):
    """Why a message waits although nobody has tried to send it."""

    GROUP = "group"  # for others of its warehouse, to be told with them
    SILENCE = "silence"
    QUIET_HOURS = "quiet_hours"
    ESCALATION = "escalation"  # for somebody to acknowledge the alarm


class WebhookDeliveryRow(Base):
    """An event on its way to one webhook, since `created_at` and first `planned_at`. `told_with` is the delivery of
    whose message it is part, once that was tried; null: it has a message of its own. `about_alarm` is the alarm that it
    is about, `group_key` names what it is told with (null: nothing), `held` why it was not told at once."""

    __tablename__ = "webhook_deliveries"

    delivery_id: Mapped[Id] = mapped_column(primary_key=True)
    webhook_id: Mapped[Id] = mapped_column(ForeignKey("webhooks.webhook_id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("outbox_events.event_id"))
    status: Mapped[DeliveryStatus]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    last_status_code: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    about_alarm: Mapped[Id | None]
    group_key: Mapped[str | None]
    held: Mapped[Held | None]
    told_with: Mapped[Id | None]

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(None, "status", "next_attempt_at"),
        Index(None, "event_id"),
        Index(None, "webhook_id", "status", "next_attempt_at"),
        Index(None, "webhook_id", "created_at", "delivery_id"),
        Index(None, "about_alarm", "webhook_id"),
        Index(None, "told_with"),
    )


class DeliveryAttemptRow(Base):
    """One attempt to send a message: what came of it, and how the answer began. `status_code` null: no answer."""

    __tablename__ = "delivery_attempts"

    delivery_id: Mapped[Id] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    took_seconds: Mapped[float]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    answer: Mapped[str | None]

    __table_args__ = ({"sqlite_with_rowid": False},)


class SilenceRow(Base):
    """From `starts_at` to `ends_at` alarms of a warehouse, or only of a zone, a sensor, of some kinds, are kept and
    shown but not told. What still goes on then is told."""

    __tablename__ = "silences"

    silence_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    zone_id: Mapped[Id | None]
    sensor_id: Mapped[Id | None]
    kinds: Mapped[list[Any] | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (Index(None, "ends_at"), Index(None, "warehouse_id", "ends_at"))


class NotifierRow(Base):
    """When somebody last looked whether there is something to tell, one row."""

    __tablename__ = "notifier"

    only_row: Mapped[int] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
