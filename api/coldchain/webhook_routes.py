"""Webhooks: addresses that are told when an alarm begins, is acknowledged or ends."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from api import texts
from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import WebhookRow
from flows.notifying.webhooks import disable_webhook, register_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
Integration = Annotated[Principal, requires(Scope.WEBHOOKS_WRITE)]
EXAMPLE: dict[str, Any] = {
    "webhook_id": "wh_5b1c2d3e4f60718293a4",
    "url": "https://alerts.example.com/freshfront",
    "created_at": "2026-11-22T01:00:00Z",
    "created_by": "alerting",
    "disabled_at": None,
    "disabled_reason": None,
}


class WebhookIn(BaseModel):
    """Where to send. Private addresses are refused unless the operator allows them."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"url": EXAMPLE["url"]}]})


class WebhookOut(BaseModel):
    """An address that is told of alarms, or was until `disabled_at`."""

    webhook_id: str
    url: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_reason: str | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})


class NewWebhook(WebhookOut):
    """With the secret that signs its messages, which is shown this once."""

    secret: str = Field(description="verify messages with it as standardwebhooks.com describes")

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]}
    )


@router.post("", status_code=201, responses=responses(TooLarge, WrongMediaType))
def add_webhook(request: Request, session: WriteSession, now: Now, who: Integration, webhook: WebhookIn) -> NewWebhook:
    """Registers an address; the answer is the only one that shows its secret."""
    allow_private = request.app.state.settings.webhooks_to_private_addresses
    webhook_id, secret = register_webhook(session, webhook.url, who.name, now, allow_private)
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


@router.delete("/{webhook_id}", status_code=204, responses=responses(NotFound))
def remove_webhook(session: WriteSession, now: Now, who: Integration, webhook_id: PathId) -> None:
    """Stops telling the address. What it was told stays on record."""
    disable_webhook(session, webhook_id, f"removed by {who.name}", now)
