"""Webhooks: addresses that are told of what happens, of some types and warehouses or of all."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from api import texts
from api.notifying.event_routes import EventTypeName
from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Identifier, PathId
from data.tables import WebhookRow
from flows.notifying.webhooks import change_filters, disable_webhook, register_webhook, rotate_secret

router = Router(prefix="/webhooks", tags=["webhooks"])
Integration = Annotated[Principal, requires(Scope.WEBHOOKS_WRITE)]
FILTERS: dict[str, Any] = {"types": ["alarm.raised", "alarm.ended"], "warehouse_ids": None}
EXAMPLE: dict[str, Any] = {
    "webhook_id": "wh_5b1c2d3e4f60718293a4",
    "url": "https://alerts.example.com/freshfront",
    "created_at": "2026-11-22T01:00:00Z",
    "created_by": "alerting",
    "disabled_at": None,
    "disabled_reason": None,
} | FILTERS


class FiltersIn(BaseModel):
    """What to tell of. A webhook for some warehouses is not told of what is about none."""

    types: Annotated[list[EventTypeName], Field(min_length=1, max_length=100)] | None = Field(
        None, description="of events of these types (`GET /v1/event-types`); null: of all, those of later versions too"
    )
    warehouse_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="of events about these warehouses; null: of all"
    )

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FILTERS]})


class WebhookIn(FiltersIn):
    """Where to send, and what. Private addresses are refused unless the operator allows them."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"url": EXAMPLE["url"]} | FILTERS]})


class WebhookOut(BaseModel):
    """An address that is told of events of these types and warehouses (null: of all), or was until `disabled_at`."""

    webhook_id: str
    url: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_reason: str | None
    types: list[str] | None
    warehouse_ids: list[str] | None

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
    wanted = {"types": webhook.types, "warehouse_ids": webhook.warehouse_ids}
    webhook_id, secret = register_webhook(session, webhook.url, who.name, now, allow_private, **wanted)
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
        raise NotFound(texts.NOT_FOUND.format(kind="Webhook", id=webhook_id))
    return WebhookOut.model_validate(webhook)


@router.patch("/{webhook_id}", responses=responses(NotFound, TooLarge, WrongMediaType), openapi_extra=body_up_to(LISTS))
def change_webhook(
    session: WriteSession, now: Now, who: Integration, webhook_id: PathId, filters: FiltersIn
) -> WebhookOut:
    """Sets what the address is told of from now on. Safe to repeat."""
    change_filters(session, webhook_id, filters.types, filters.warehouse_ids, now)
    session.flush()
    return WebhookOut.model_validate(session.get_one(WebhookRow, webhook_id))


@router.delete("/{webhook_id}", status_code=204, responses=responses(NotFound))
def remove_webhook(session: WriteSession, now: Now, who: Integration, webhook_id: PathId) -> None:
    """Stops telling the address. What it was told stays on record."""
    disable_webhook(session, webhook_id, f"removed by {who.name}", now)


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
