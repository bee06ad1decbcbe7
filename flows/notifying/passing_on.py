"""Passes events of the outbox on: each becomes a delivery to every webhook there is, in one transaction with the mark
that it was passed on. Whoever is killed half-way has passed nothing on, and the next one does."""

from datetime import datetime
from itertools import product
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import DeliveryStatus, OutboxEventRow, WebhookDeliveryRow, WebhookRow

DELIVERIES = cast(Table, WebhookDeliveryRow.__table__)
COLUMNS = ["delivery_id", "webhook_id", "event_id", "status", "attempts", "next_attempt_at"]
NOT_PASSED_ON = (
    select(OutboxEventRow.event_id)
    .where(OutboxEventRow.passed_on_at.is_(None))
    .order_by(OutboxEventRow.happened_at, OutboxEventRow.event_id)
)


def pass_on_events(session: Session, now: datetime) -> int:
    """Passes on every event that was not yet; returns how many. Of two processes that try, one does it."""
    event_ids = session.scalars(NOT_PASSED_ON.with_for_update()).all()
    webhook_ids = session.scalars(select(WebhookRow.webhook_id).where(WebhookRow.disabled_at.is_(None))).all()
    rows = (
        (f"{webhook_id}_{event_id}", webhook_id, event_id, DeliveryStatus.WAITING, 0, now)
        for event_id, webhook_id in product(event_ids, webhook_ids)
    )
    write_rows(session.connection(), DELIVERIES, COLUMNS, rows, "ignore")
    if event_ids:
        session.execute(update(OutboxEventRow), [{"event_id": event_id, "passed_on_at": now} for event_id in event_ids])
    return len(event_ids)


def are_events_waiting(session: Session) -> bool:
    """Whether there is an event that was not passed on; costs the same however many were."""
    return session.scalar(NOT_PASSED_ON.limit(1)) is not None
