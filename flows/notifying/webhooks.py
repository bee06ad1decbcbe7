"""Registers and disables webhooks: addresses that are told of what happens from then on."""

import secrets
from base64 import b64encode
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, WebhookDeliveryRow, WebhookRow
from flows.errors import Invalid, Unknown
from flows.notifying.passing_on import pass_on_events
from flows.notifying.webhook_addresses import Refused, refuse_address


def register_webhook(session: Session, url: str, by: str, now: datetime, allow_private: bool) -> tuple[str, str]:
    """Registers an address that is told of events; returns (webhook_id, secret `whsec_...`, shown once).

    Raises Invalid (field `url`) for anything but http(s), for credentials in the address, for a host that no name
    server could be asked for and, unless `allow_private`, for loopback, private, link-local and metadata addresses."""
    try:
        refuse_address(url, allow_private)
    except Refused as refused:
        raise Invalid(str(refused), field="url") from None
    pass_on_events(session, now)  # what happened before is for those who were there
    webhook_id = f"wh_{secrets.token_hex(8)}"
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    session.add(WebhookRow(webhook_id=webhook_id, url=url, secret=secret, created_at=now, created_by=by))
    session.flush()
    return webhook_id, secret


def disable_webhook(session: Session, webhook_id: str, reason: str, now: datetime) -> None:
    """Stops telling an address; what waited for it is given up. Safe to repeat. Raises Unknown."""
    webhook = session.get(WebhookRow, webhook_id)
    if webhook is None:
        raise Unknown(f"Webhook {webhook_id!r} was not found.", field="webhook_id")
    if webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_reason = now, reason
    session.execute(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.webhook_id == webhook_id, WebhookDeliveryRow.status == DeliveryStatus.WAITING)
        .values(status=DeliveryStatus.GIVEN_UP, last_error=reason)
    )
