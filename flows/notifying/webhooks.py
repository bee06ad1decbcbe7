"""Registers and disables webhooks: addresses that are told of what happens from then on."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, WarehouseRow, WebhookDeliveryRow, WebhookRow
from flows.errors import Invalid, Unknown
from flows.notifying.event_types import EVENT_TYPES
from flows.notifying.passing_on import pass_on_events
from flows.notifying.webhook_addresses import Refused, refuse_address


def register_webhook(
    session: Session,
    url: str,
    by: str,
    now: datetime,
    allow_private: bool,
    *,
    types: Sequence[str] | None = None,
    warehouse_ids: Sequence[str] | None = None,
) -> tuple[str, str]:
    """Registers an address that is told of events, of some types and warehouses or (None) of all; returns (webhook_id,
    secret `whsec_...`, shown once).

    Raises Invalid for types or warehouses that there are not; and (field `url`) for anything but http(s), for
    credentials in the address, for a host that no name server could be asked for and, unless `allow_private`, for
    loopback, private, link-local and metadata addresses."""
    try:
        refuse_address(url, allow_private)
    except Refused as refused:
        raise Invalid(str(refused), field="url") from None
    check_filters(session, types, warehouse_ids)
    pass_on_events(session, now)  # what happened before is for those who were there
    webhook_id = f"wh_{secrets.token_hex(8)}"
    secret = _new_secret()
    webhook = WebhookRow(webhook_id=webhook_id, url=url, secret=secret, created_at=now, created_by=by)
    webhook.types, webhook.warehouse_ids = _listed(types), _listed(warehouse_ids)
    session.add(webhook)
    session.flush()
    return webhook_id, secret


def rotate_secret(session: Session, webhook_id: str, now: datetime, both_for: timedelta) -> str:
    """Gives an address a new secret, which it returns; until `both_for` is over messages are signed with the old one
    too. Raises Unknown."""
    webhook = session.get(WebhookRow, webhook_id, with_for_update=True)
    if webhook is None:
        raise Unknown(f"Webhook {webhook_id!r} was not found.", field="webhook_id")
    webhook.previous_secret, webhook.previous_secret_until = webhook.secret, now + both_for
    webhook.secret = _new_secret()
    return webhook.secret


def _new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def change_filters(
    session: Session, webhook_id: str, types: Sequence[str] | None, warehouse_ids: Sequence[str] | None, now: datetime
) -> None:
    """Sets what an address is told of from now on. Raises Unknown, Invalid as `register_webhook` does."""
    webhook = session.get(WebhookRow, webhook_id, with_for_update=True)
    if webhook is None:
        raise Unknown(f"Webhook {webhook_id!r} was not found.", field="webhook_id")
    check_filters(session, types, warehouse_ids)
    pass_on_events(session, now)  # what happened before goes by what was wanted before
    webhook.types, webhook.warehouse_ids = _listed(types), _listed(warehouse_ids)


def check_filters(session: Session, types: Sequence[str] | None, warehouse_ids: Sequence[str] | None) -> None:
    """Raises Invalid for types or warehouses that there are not: nothing would ever be told of them."""
    if unknown := sorted({*(types or ())} - EVENT_TYPES.keys()):
        raise Invalid(f"There are no events of the type {', '.join(unknown)}.", field="types")
    wanted = {*(warehouse_ids or ())}
    there = set(session.scalars(select(WarehouseRow.warehouse_id).where(WarehouseRow.warehouse_id.in_(wanted))))
    if unknown := sorted(wanted - there):
        raise Invalid(f"Warehouse {', '.join(unknown)} was not found.", field="warehouse_ids")


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else sorted(set(values))


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
