"""A message to try a webhook with: it goes the way of every other, to this webhook only."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from data.tables import WebhookDeliveryRow
from flows.errors import NotNow
from flows.notifying.disabling import locked_webhook
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from flows.notifying.passing_on import pass_on_events
from flows.notifying.when_told import delivery_id_of


def send_test(session: Session, webhook_id: str, by: str, now: datetime) -> WebhookDeliveryRow:
    """Writes a test event and returns its delivery. Raises Unknown, and NotNow for a webhook that is disabled."""
    webhook = locked_webhook(session, webhook_id)
    if webhook.disabled_at is not None:
        raise NotNow(
            "Webhook {webhook_id} is told no more: enable it first.", webhook_id=webhook_id, field="webhook_id"
        )
    told = {"webhook_id": webhook_id, "url": webhook.url, "at": as_told(now), "by": by, "reason": None}
    event_id = f"{webhook_id}_test_{secrets.token_hex(6)}"
    write_events(session, [OutboxEvent(event_id, "webhook.test", told, now)], now)
    pass_on_events(session, now)
    session.flush()
    return session.get_one(WebhookDeliveryRow, delivery_id_of(webhook_id, event_id))
