"""Webhooks: addresses that are told of what happens, of some types and warehouses or of all."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from api.notifying.delivery_routes import DeliveryOut, delivery_out
from api.notifying.event_routes import EventTypeName
from api.pagination import Page, PageQuery, page_of
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Identifier, PathId
from data.tables import ReceiverKind, WebhookRow
from flows.notifying.disabling import disable_webhook, enable_webhook
from flows.notifying.routes import LONGEST_MINUTES, SEVERITIES
from flows.notifying.trying import send_test
from flows.notifying.webhooks import change_filters, register_webhook, rotate_secret

router = Router(prefix="/webhooks", tags=["webhooks"])
Integration = Annotated[Principal, requires(Scope.WEBHOOKS_WRITE)]
FILTERS: dict[str, Any] = {
    "types": ["alarm.raised", "alarm.ended"],
    "warehouse_ids": None,
    "route": {
        "min_severity": "warning",
        "kinds": None,
        "quiet_hours": {"begins": "22:00", "ends": "06:00", "timezone": "Asia/Shanghai", "unless": "critical"},
        "after_minutes": 0,
        "repeat_minutes": 30,
        "grouped": True,
    },
}
EXAMPLE: dict[str, Any] = {
    "webhook_id": "wh_5b1c2d3e4f60718293a4",
    "url": "https://alerts.example.com/freshfront",
    "created_at": "2026-11-22T01:00:00Z",
    "created_by": "alerting",
    "disabled_at": None,
    "disabled_reason": None,
    "kind": "standard",
} | FILTERS
if TYPE_CHECKING:
    Severity = str
else:
    Severity = Literal[SEVERITIES]
ADDRESS = r"^[a-zA-Z][a-zA-Z0-9+]*:[\x21-\x7e]+$"
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class QuietHoursIO(BaseModel):
    """From `begins` to `ends` by the clock of `timezone`, over midnight too, alarms below `unless` wait for the end;
    those that are over by then are not told at all."""

    begins: Annotated[str, StringConstraints(pattern=TIME)]
    ends: Annotated[str, StringConstraints(pattern=TIME)]
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    unless: Severity = "critical"

    model_config = ConfigDict(extra="forbid")


class RouteIO(BaseModel):
    """Which alarms, when and how often."""

    min_severity: Severity | None = Field(None, description="alarms at least as severe; null: all")
    kinds: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = Field(
        None, description="alarms of these kinds, as too_warm; null: of all"
    )
    quiet_hours: QuietHoursIO | None = None
    after_minutes: Annotated[float, Field(ge=0, le=LONGEST_MINUTES)] = Field(
        0, description="only what nobody has acknowledged so long after it was raised: a step of an escalation"
    )
    repeat_minutes: Annotated[float, Field(ge=1, le=LONGEST_MINUTES)] | None = Field(
        None, description="how often again (`alarm.reminder`) while nobody acknowledges it; null: never"
    )
    grouped: bool = Field(True, description="what comes in a burst in one message (`alarms.grouped`)")

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    def kept(self) -> dict[str, Any]:
        """What is kept of it: what differs from what is usual."""
        return self.model_dump(exclude_defaults=True)


class FiltersIn(BaseModel):
    """What to tell of. A webhook for some warehouses is not told of what is about none."""

    types: Annotated[list[EventTypeName], Field(min_length=1, max_length=100)] | None = Field(
        None, description="of events of these types (`GET /v1/event-types`); null: of all, those of later versions too"
    )
    warehouse_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="of events about these warehouses; null: of all"
    )
    route: RouteIO = Field(default_factory=RouteIO, description="by which alarms come to it")

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FILTERS]})


class WebhookIn(FiltersIn):
    """Where to send, what and in which form (docs/integrations.md). Private addresses are refused unless the operator
    allows them. Of a chat or mail (`apprise`) the address is the secret, and shown no more."""

    url: Annotated[str, StringConstraints(min_length=6, max_length=2000, pattern=ADDRESS)]
    kind: ReceiverKind = ReceiverKind.STANDARD
    routing_key: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] | None = (
        Field(None, description="PagerDuty's integration key")
    )

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"url": EXAMPLE["url"]} | FILTERS]})


class WebhookOut(BaseModel):
    """An address that is told of events of these types and warehouses (null: of all), or was until `disabled_at`."""

    webhook_id: str
    url: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_reason: str | None
    kind: ReceiverKind
    types: list[str] | None
    warehouse_ids: list[str] | None
    route: RouteIO

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})


class NewWebhook(WebhookOut):
    """With the secret that signs its messages, which is shown this once."""

    secret: str = Field(description="verify messages with it as standardwebhooks.com describes")

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]}
    )


@router.post("", status_code=201, responses=responses(TooLarge, WrongMediaType), openapi_extra=body_up_to(LISTS))
def add_webhook(request: Request, session: WriteSession, now: Now, who: Integration, webhook: WebhookIn) -> NewWebhook:
    """Registers an address; the answer is the only one that shows its secret."""
    allow_private = request.app.state.settings.webhooks_to_private_addresses
    webhook_id, secret = register_webhook(
        session,
        webhook.url,
        who.name,
        now,
        allow_private,
        types=webhook.types,
        warehouse_ids=webhook.warehouse_ids,
        kind=webhook.kind,
        route=webhook.route.kept(),
        routing_key=webhook.routing_key,
    )
    session.flush()
    kept = WebhookOut.model_validate(session.get_one(WebhookRow, webhook_id))
    return NewWebhook(**kept.model_dump(), secret=secret)


@router.get("", responses=responses())
def list_webhooks(session: ReadSession, who: Integration, asked: Annotated[PageQuery, Query()]) -> Page[WebhookOut]:
    """Webhooks, also those that are not told any more."""
    return page_of(
        session,
        select(WebhookRow),
        [WebhookRow.webhook_id],
        asked,
        lambda row: WebhookOut.model_validate(row.WebhookRow),
    )


@router.get("/{webhook_id}", responses=responses(NotFound))
def read_webhook(session: ReadSession, who: Integration, webhook_id: PathId) -> WebhookOut:
    """One webhook."""
    webhook = session.get(WebhookRow, webhook_id)
    if webhook is None:
        raise not_found("Webhook", webhook_id)
    return WebhookOut.model_validate(webhook)


@router.patch("/{webhook_id}", responses=responses(NotFound, TooLarge, WrongMediaType), openapi_extra=body_up_to(LISTS))
def change_webhook(
    session: WriteSession, now: Now, who: Integration, webhook_id: PathId, filters: FiltersIn
) -> WebhookOut:
    """Sets what the address is told of from now on. Safe to repeat."""
    change_filters(session, webhook_id, filters.types, filters.warehouse_ids, now, filters.route.kept())
    session.flush()
    return WebhookOut.model_validate(session.get_one(WebhookRow, webhook_id))


@router.delete("/{webhook_id}", status_code=204, responses=responses(NotFound))
def remove_webhook(session: WriteSession, now: Now, who: Integration, webhook_id: PathId) -> None:
    """Stops telling the address. What it was told stays on record."""
    disable_webhook(session, webhook_id, f"removed by {who.name}", now, who.name)


class RotationIn(BaseModel):
    """For how long messages are signed with the old secret too."""

    both_for_hours: Annotated[float, Field(ge=0, le=720)] = 24

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"both_for_hours": 24}]})


@router.post("/{webhook_id}/rotate-secret", responses=responses(NotFound, TooLarge, WrongMediaType))
def rotate_webhook_secret(
    session: WriteSession, now: Now, who: Integration, webhook_id: PathId, rotation: RotationIn
) -> NewWebhook:
    """Gives the address a new secret, shown here only; for a while messages are signed with both. Once more, and what
    counted before counts no more."""
    secret = rotate_secret(session, webhook_id, now, timedelta(hours=rotation.both_for_hours))
    session.flush()
    kept = WebhookOut.model_validate(session.get_one(WebhookRow, webhook_id))
    return NewWebhook(**kept.model_dump(), secret=secret)


@router.post("/{webhook_id}/enable", responses=responses(NotFound))
def enable_webhook_again(session: WriteSession, now: Now, who: Integration, webhook_id: PathId) -> WebhookOut:
    """Tells an address again that is told no more, because its receiver answered 410 or it was removed: what
    waited for it then, what has happened since to alarms that it knew of, and the alarms that go on. Safe to repeat."""
    enable_webhook(session, webhook_id, now)
    session.flush()
    return WebhookOut.model_validate(session.get_one(WebhookRow, webhook_id))


@router.post("/{webhook_id}/test", status_code=202, responses=responses(NotFound, Conflict))
def test_webhook(session: WriteSession, now: Now, who: Integration, webhook_id: PathId) -> DeliveryOut:
    """Sends a `webhook.test` to this address only; the delivery that is answered tells what becomes of it."""
    return delivery_out(session, send_test(session, webhook_id, who.name, now))
