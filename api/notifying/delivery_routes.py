"""What webhooks were told: each message with its attempts, which can be sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pagination import Page, PageQuery, rows_of_page
from api.problems import NotFound, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import (
    DeliveryAttemptRow,
    DeliveryStatus,
    Held,
    OutboxEventRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from flows.notifying.disabling import send_again

router = Router(prefix="/webhooks", tags=["webhooks"])
Integration = Annotated[Principal, requires(Scope.WEBHOOKS_WRITE)]
EXAMPLE: dict[str, Any] = {
    "delivery_id": "wh_5b1c2d3e4f60718293a4_al_3f0c9a6b2d1e84f7c5aa_raised",
    "status": "delivered",
    "held": None,
    "created_at": "2026-11-27T01:00:00Z",
    "next_attempt_at": None,
    "events": [{"event_id": "al_3f0c9a6b2d1e84f7c5aa_raised", "type": "alarm.raised"}],
    "attempts": [
        {
            "attempt": 1,
            "began_at": "2026-11-27T01:00:00Z",
            "took_seconds": 0.2,
            "status_code": 204,
            "error": None,
            "answer": "",
        }
    ],
}


class AttemptOut(BaseModel):
    """One attempt; `status_code` is null where no answer came, `answer` how it began."""

    attempt: int
    began_at: datetime
    took_seconds: float
    status_code: int | None
    error: str | None
    answer: str | None

    model_config = ConfigDict(from_attributes=True)


class DeliveredEvent(BaseModel):
    """An event that a message tells of."""

    event_id: str
    type: str


class DeliveryOut(BaseModel):
    """A message to a webhook. `held`: what it waits for, or waited for, before it was first sent. `next_attempt_at` is
    null once it is settled."""

    delivery_id: str
    status: DeliveryStatus
    held: Held | None
    created_at: datetime
    next_attempt_at: datetime | None
    events: list[DeliveredEvent]
    attempts: list[AttemptOut]

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class DeliveriesQuery(PageQuery):
    """Which messages."""

    status: DeliveryStatus | None = Field(None, description="those that stand so; without it all")


@router.get("/{webhook_id}/deliveries", responses=responses(NotFound))
def list_deliveries(
    session: ReadSession, who: Integration, webhook_id: PathId, asked: Annotated[DeliveriesQuery, Query()]
) -> Page[DeliveryOut]:
    """What a webhook was told and is to be told, the newest first, with every attempt."""
    if session.get(WebhookRow, webhook_id) is None:
        raise not_found("Webhook", webhook_id)
    row = WebhookDeliveryRow
    query = select(row).where(row.webhook_id == webhook_id, row.told_with.is_(None))
    if asked.status is not None:
        query = query.where(row.status == asked.status)
    found, following = rows_of_page(session, query, [row.created_at, row.delivery_id], asked, newest_first=True)
    return Page(items=_shown(session, [one[0] for one in found]), next=following)


@router.post("/{webhook_id}/deliveries/{delivery_id}/send-again", status_code=202, responses=responses(NotFound))
def send_delivery_again(
    session: WriteSession, now: Now, who: Integration, webhook_id: PathId, delivery_id: PathId
) -> DeliveryOut:
    """Sends a message again, under the same id, whatever became of it: its receiver may have lost it."""
    return delivery_out(session, send_again(session, webhook_id, delivery_id, now))


def delivery_out(session: Session, row: WebhookDeliveryRow) -> DeliveryOut:
    """A delivery as it is shown."""
    return _shown(session, [row])[0]


def _shown(session: Session, rows: Sequence[WebhookDeliveryRow]) -> list[DeliveryOut]:
    ids = [row.delivery_id for row in rows]
    attempts: dict[str, list[AttemptOut]] = {id: [] for id in ids}
    tried = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id.in_(ids))
    for attempt in session.scalars(tried.order_by(DeliveryAttemptRow.attempt)):
        attempts[attempt.delivery_id].append(AttemptOut.model_validate(attempt))
    events: dict[str, list[DeliveredEvent]] = {id: [] for id in ids}
    part = WebhookDeliveryRow
    told = (
        select(part.delivery_id, part.told_with, OutboxEventRow.event_id, OutboxEventRow.type)
        .join(OutboxEventRow, OutboxEventRow.event_id == part.event_id)
        .where(part.delivery_id.in_(ids) | part.told_with.in_(ids))
        .order_by(OutboxEventRow.event_no)
    )
    for delivery_id, told_with, event_id, event_type in session.execute(told).tuples():
        events[told_with or delivery_id].append(DeliveredEvent(event_id=event_id, type=event_type))
    return [
        DeliveryOut(
            delivery_id=row.delivery_id,
            status=row.status,
            held=row.held,
            created_at=row.created_at,
            next_attempt_at=row.next_attempt_at if row.status == DeliveryStatus.WAITING else None,
            events=events[row.delivery_id],
            attempts=attempts[row.delivery_id],
        )
        for row in rows
    ]
