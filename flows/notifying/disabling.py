"""Ends and begins again to tell a webhook: its receiver says 410, or somebody decides."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, WebhookDeliveryRow, WebhookRow
from flows.errors import Unknown
from flows.notifying.going_on import tell_of_alarms_going_on, tell_what_was_missed
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from flows.notifying.passing_on import pass_on_events
from flows.notifying.sending import GONE
from flows.notifying.when_told import KEYS_A_QUERY


def locked_webhook(session: Session, webhook_id: str) -> WebhookRow:
    """A webhook that is to be changed; whoever passes events on meanwhile may refer to it. Raises Unknown."""
    webhook = session.get(WebhookRow, webhook_id, with_for_update={"key_share": True})
    if webhook is None:
        raise Unknown("Webhook {webhook_id!r} was not found.", webhook_id=webhook_id, field="webhook_id")
    return webhook


def disable_webhook(session: Session, webhook_id: str, reason: str, now: datetime, by: str | None) -> None:
    """Stops telling an address; what waited for it is given up. Where its receiver ended it (`by` None), the others
    are told. Safe to repeat. Raises Unknown."""
    webhook = locked_webhook(session, webhook_id)
    if webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_reason, webhook.disabled_by = now, reason, by
        if by is None:
            told = {"webhook_id": webhook_id, "url": webhook.url, "at": as_told(now), "by": None, "reason": reason}
            event_id = f"{webhook_id}_disabled_{int(now.timestamp())}"
            write_events(session, [OutboxEvent(event_id, "webhook.disabled", told, now)], now)
    elif by is not None:
        webhook.disabled_by = by
    session.execute(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.webhook_id == webhook_id, WebhookDeliveryRow.status == DeliveryStatus.WAITING)
        .values(status=DeliveryStatus.GIVEN_UP, last_error=reason)
    )


def enable_webhook(session: Session, webhook_id: str, now: datetime) -> None:
    """Tells an address again: what was given up when it was disabled, what has happened since to alarms that it knows,
    and the alarms that go on. Safe to repeat. Raises Unknown."""
    webhook = locked_webhook(session, webhook_id)
    if webhook.disabled_at is None:
        return
    row = WebhookDeliveryRow
    with_it = (row.last_error == webhook.disabled_reason) | (row.last_status_code == GONE)
    lost = select(row.delivery_id).where(row.webhook_id == webhook_id, row.status == DeliveryStatus.GIVEN_UP)
    _send_again(session, session.scalars(lost.where(with_it)).all(), now)
    pass_on_events(session, now)  # while it is still told nothing: below it is told what it missed of it
    since = webhook.disabled_at
    webhook.disabled_at = webhook.disabled_reason = webhook.disabled_by = None
    session.flush()
    tell_what_was_missed(session, webhook, since, now)
    tell_of_alarms_going_on(session, webhook, now)


def webhooks_that_are_gone(session: Session) -> Sequence[WebhookRow]:
    """The webhooks that their receivers ended, and nobody has enabled again or removed: for pages to show."""
    ended = WebhookRow.disabled_at.is_not(None) & WebhookRow.disabled_by.is_(None)
    by_receiver = WebhookRow.disabled_reason.like("the receiver answered%")
    return session.scalars(select(WebhookRow).where(ended, by_receiver).order_by(WebhookRow.disabled_at)).all()


def send_again(session: Session, webhook_id: str, delivery_id: str, now: datetime) -> WebhookDeliveryRow:
    """Sends a message again under its id, with what was told with it, whatever became of it. Raises Unknown."""
    locked_webhook(session, webhook_id)
    row = session.get(WebhookDeliveryRow, delivery_id)
    if row is None or row.webhook_id != webhook_id:
        raise Unknown("Delivery {delivery_id!r} was not found.", delivery_id=delivery_id, field="delivery_id")
    _send_again(session, [row.told_with or row.delivery_id], now)
    session.flush()
    session.refresh(row)
    return row


def _send_again(session: Session, delivery_ids: Sequence[str], now: datetime) -> None:
    """As if they were tried for the first time, a group still as one message."""
    row = WebhookDeliveryRow
    for start in range(0, len(delivery_ids), KEYS_A_QUERY):
        some = delivery_ids[start : start + KEYS_A_QUERY]
        session.execute(
            update(row).where(row.delivery_id.in_(some) | row.told_with.in_(some)).values(
                status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=now, held=None, last_error=None
            )
        )  # fmt: skip
