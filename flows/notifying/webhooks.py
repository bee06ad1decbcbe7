"""Registers webhooks: addresses that are told of what happens from then on, and of the alarms that go on."""

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ReceiverKind, WarehouseRow, WebhookRow
from flows.errors import Invalid, NotNow
from flows.notifying.by_apprise import check_apprise_address
from flows.notifying.disabling import locked_webhook
from flows.notifying.event_types import EVENT_TYPES
from flows.notifying.going_on import tell_of_alarms_going_on
from flows.notifying.passing_on import pass_on_events
from flows.notifying.routes import Route
from flows.notifying.webhook_addresses import Refused, refuse_address

SIGNED = frozenset({ReceiverKind.STANDARD, ReceiverKind.ALERTMANAGER})


def register_webhook(
    session: Session,
    url: str,
    by: str,
    now: datetime,
    allow_private: bool,
    *,
    types: Sequence[str] | None = None,
    warehouse_ids: Sequence[str] | None = None,
    kind: ReceiverKind = ReceiverKind.STANDARD,
    route: Mapping[str, Any] | None = None,
    routing_key: str | None = None,
) -> tuple[str, str]:
    """Registers an address that is told of events, of some types and warehouses or (None) of all, of alarms by its
    route, and at once of the alarms that go on; returns (webhook_id, secret). The secret signs messages (`whsec_...`,
    shown once); PagerDuty's is its `routing_key`, that of apprise its address.

    Raises Invalid for types, warehouses or routes that there are not; and (field `url`) for anything but http(s), for
    credentials in the address, for a host that no name server could be asked for and, unless `allow_private`, for
    loopback, private, link-local and metadata addresses."""
    kept_url = _checked(kind, url, allow_private)
    check_filters(session, types, warehouse_ids)
    Route.of(route or {})
    if (routing_key is not None) != (kind is ReceiverKind.PAGERDUTY):
        raise Invalid("A routing key belongs to a webhook of the kind pagerduty.", field="routing_key")
    pass_on_events(session, now)  # what happened before is for those who were there
    webhook_id = f"wh_{secrets.token_hex(8)}"
    secret = routing_key or (url if kind is ReceiverKind.APPRISE else _new_secret())
    webhook = WebhookRow(webhook_id=webhook_id, url=kept_url, secret=secret, created_at=now, created_by=by)
    webhook.types, webhook.warehouse_ids = _listed(types), _listed(warehouse_ids)
    webhook.kind, webhook.route = kind, dict(route or {})
    session.add(webhook)
    session.flush()
    tell_of_alarms_going_on(session, webhook, now)
    return webhook_id, secret


def _checked(kind: ReceiverKind, url: str, allow_private: bool) -> str:
    """What is kept and shown of an address. Raises Invalid for one that messages of this kind cannot go to."""
    if kind is ReceiverKind.APPRISE:
        check_apprise_address(url, allow_private)
        return f"{url.partition('://')[0]}://..."
    if kind is ReceiverKind.MQTT:
        topic = url.removeprefix("mqtt:")
        if not url.startswith("mqtt:") or not topic or not topic.isprintable() or set("+#") & set(topic):
            raise Invalid("A topic to tell is written as mqtt:freshfront/alarms, without + or #.", field="url")
        return url
    try:
        refuse_address(url, allow_private)
    except Refused as refused:
        raise Invalid(refused.sentence, field="url") from None
    return url


def rotate_secret(session: Session, webhook_id: str, now: datetime, both_for: timedelta) -> str:
    """Gives an address a new secret, which it returns; until `both_for` is over messages are signed with the old one
    too. Raises Unknown, and NotNow for one whose secret is not ours to make."""
    webhook = locked_webhook(session, webhook_id)
    if webhook.kind not in SIGNED:
        raise NotNow("Messages to a webhook of the kind {kind} are not signed: register it anew.", kind=webhook.kind)
    webhook.previous_secret, webhook.previous_secret_until = webhook.secret, now + both_for
    webhook.secret = _new_secret()
    return webhook.secret


def _new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def change_filters(
    session: Session,
    webhook_id: str,
    types: Sequence[str] | None,
    warehouse_ids: Sequence[str] | None,
    now: datetime,
    route: Mapping[str, Any] | None = None,
) -> None:
    """Sets what an address is told of from now on. Raises Unknown, Invalid as `register_webhook` does."""
    webhook = locked_webhook(session, webhook_id)
    check_filters(session, types, warehouse_ids)
    Route.of(route or {})
    pass_on_events(session, now)  # what happened before goes by what was wanted before
    webhook.types, webhook.warehouse_ids = _listed(types), _listed(warehouse_ids)
    webhook.route = dict(route or {})


def check_filters(session: Session, types: Sequence[str] | None, warehouse_ids: Sequence[str] | None) -> None:
    """Raises Invalid for types or warehouses that there are not: nothing would ever be told of them."""
    if unknown := sorted({*(types or ())} - EVENT_TYPES.keys()):
        raise Invalid("There are no events of the type {unknown}.", unknown=unknown, field="types")
    wanted = {*(warehouse_ids or ())}
    there = set(session.scalars(select(WarehouseRow.warehouse_id).where(WarehouseRow.warehouse_id.in_(wanted))))
    if unknown := sorted(wanted - there):
        raise Invalid("Warehouse {unknown} was not found.", unknown=unknown, field="warehouse_ids")


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else sorted(set(values))
