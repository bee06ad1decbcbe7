"""Takes a message to send it, and records what came of it, each in a transaction of its own: none is lost when a
process is killed in between, and of two processes that try one sends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from data.tables import (
    DeliveryAttemptRow,
    DeliveryStatus,
    OutboxEventRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from flows.notifying.disabling import disable_webhook
from flows.notifying.event_types import of_these_warehouses
from flows.notifying.forms import FORMS
from flows.notifying.forms.told_event import ToldEvent, message_id
from flows.notifying.places import places_called
from flows.notifying.retrying import next_attempt_at
from flows.notifying.sending import GONE, Message, Outcome
from flows.notifying.silences import silences_now
from flows.notifying.when_told import still_held

GONE_REASON = "the receiver answered 410 Gone"
CLAIMED_FOR = timedelta(seconds=60)  # longer than an attempt: another process leaves the message alone
Rows = Sequence[tuple[WebhookDeliveryRow, OutboxEventRow]]


@dataclass(frozen=True)
class Claimed:
    """A message that this process may send now, and the deliveries that it settles."""

    message: Message
    began_at: datetime


def claim_message(session: Session, delivery_ids: Sequence[str], now: datetime) -> Claimed | None:
    """Takes the message of these deliveries by moving its next attempt; None: another has taken it, or it is to wait
    or not to be sent any more."""
    webhook, rows = _still_due(session, delivery_ids, now)
    if webhook is None or not rows:
        return None
    if webhook.disabled_at is not None:
        for delivery, _ in rows:
            delivery.status, delivery.last_error = DeliveryStatus.GIVEN_UP, webhook.disabled_reason
        return None
    lead = rows[0][0]
    if lead.attempts == 0:
        rows = _not_held(session, webhook, rows, now)
        if not rows:
            return None
        lead = rows[0][0]
        for delivery, _ in rows[1:]:
            delivery.told_with = lead.delivery_id
    else:
        rows = _with_what_is_told_with_it(session, rows[0])
    lead.attempts += 1
    lead.next_attempt_at = now + CLAIMED_FOR
    return Claimed(_message(session, webhook, lead, [event for _, event in rows], now), now)


def record_outcome(
    session: Session, claimed: Claimed, outcome: Outcome, pauses: Sequence[timedelta], now: datetime
) -> None:
    """Keeps what came of an attempt, and when the message is tried again."""
    message = claimed.message
    if outcome.status_code == GONE:  # before its messages are locked, as whoever removes it does
        disable_webhook(session, message.webhook_id, GONE_REASON, now, by=None)
    deliveries = session.scalars(
        select(WebhookDeliveryRow)
        .where(
            (WebhookDeliveryRow.delivery_id == message.delivery_id)
            | (WebhookDeliveryRow.told_with == message.delivery_id)
        )
        .with_for_update()
    ).all()
    lead = next(one for one in deliveries if one.told_with is None)
    status = DeliveryStatus.WAITING
    if outcome.arrived:
        status = DeliveryStatus.DELIVERED
    elif outcome.status_code == GONE:
        status = DeliveryStatus.GIVEN_UP
    elif again_at := next_attempt_at(message.attempt, pauses, outcome.retry_after, now):
        lead.next_attempt_at = again_at
    else:
        status = DeliveryStatus.GIVEN_UP
    for one in deliveries:
        one.status, one.last_status_code, one.last_error = status, outcome.status_code, outcome.error
        if status is not DeliveryStatus.WAITING:
            one.next_attempt_at = now  # there is none: when it was settled
    session.add(_attempt(claimed, outcome, now, _number(session, message.delivery_id)))


def _still_due(session: Session, delivery_ids: Sequence[str], now: datetime) -> tuple[WebhookRow | None, Rows]:
    row = WebhookDeliveryRow
    locked = session.execute(
        # written first, so that a second process waits here and then finds them taken
        update(row)
        .where(row.delivery_id.in_(delivery_ids), row.status == DeliveryStatus.WAITING, row.next_attempt_at <= now)
        .where(row.told_with.is_(None))
        .values(attempts=row.attempts)
        .returning(row.delivery_id)
    ).scalars()
    ids = set(locked)
    if not ids:
        return None, []
    rows = _rows(session, row.delivery_id.in_(ids))
    webhook = session.get_one(WebhookRow, rows[0][0].webhook_id)
    return webhook, rows


def _rows(session: Session, where: Any) -> Rows:
    query = select(WebhookDeliveryRow, OutboxEventRow)
    query = query.join(OutboxEventRow, OutboxEventRow.event_id == WebhookDeliveryRow.event_id).where(where)
    in_order = query.order_by(OutboxEventRow.event_no, WebhookDeliveryRow.delivery_id)
    return session.execute(in_order.execution_options(populate_existing=True)).tuples().all()


def _not_held(session: Session, webhook: WebhookRow, rows: Rows, now: datetime) -> Rows:
    """Those that nothing holds back by now, as a silence that was made meanwhile; the others wait on, with what follows
    of their alarms."""
    silences = silences_now(session, now)
    told, waits = [], set[str | None]()
    for delivery, event in rows:
        held = still_held(webhook, event.type, event.payload, silences, now) if delivery.held is not None else None
        if held is not None:
            delivery.next_attempt_at, delivery.held = held
            waits.add(delivery.about_alarm)
        elif delivery.about_alarm not in waits:
            told.append((delivery, event))
    return told


def _with_what_is_told_with_it(session: Session, lead: tuple[WebhookDeliveryRow, OutboxEventRow]) -> Rows:
    return [lead, *_rows(session, WebhookDeliveryRow.told_with == lead[0].delivery_id)]


def _message(
    session: Session, webhook: WebhookRow, lead: WebhookDeliveryRow, events: Sequence[OutboxEventRow], now: datetime
) -> Message:
    called = places_called(session, [event.payload for event in events])
    told = [
        ToldEvent(event.event_id, event.type, event.happened_at, _seen(event, webhook), called(event.payload))
        for event in events
    ]
    until = webhook.previous_secret_until
    return Message(
        delivery_id=lead.delivery_id,
        webhook_id=webhook.webhook_id,
        message_id=message_id(told),
        kind=webhook.kind,
        url=webhook.url,
        secret=webhook.secret,
        payload=FORMS[webhook.kind](told, webhook.secret),
        attempt=lead.attempts,
        previous_secret=webhook.previous_secret if until is not None and now < until else None,
    )


def _seen(event: OutboxEventRow, webhook: WebhookRow) -> Mapping[str, Any]:
    some = webhook.warehouse_ids
    return event.payload if some is None else of_these_warehouses(event.payload, frozenset(some))


def _number(session: Session, delivery_id: str) -> int:
    row = DeliveryAttemptRow
    return 1 + (session.scalar(select(func.max(row.attempt)).where(row.delivery_id == delivery_id)) or 0)


def _attempt(claimed: Claimed, outcome: Outcome, now: datetime, number: int) -> DeliveryAttemptRow:
    return DeliveryAttemptRow(
        delivery_id=claimed.message.delivery_id,
        attempt=number,
        began_at=claimed.began_at,
        took_seconds=max((now - claimed.began_at).total_seconds(), 0.0),
        status_code=outcome.status_code,
        error=outcome.error,
        answer=outcome.answer,
    )
