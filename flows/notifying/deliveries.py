"""Delivers what is due to webhooks: takes each message, sends it and records what came of it, each in a transaction of
its own, so that none is lost when a process is killed; a receiver may then get one twice and drops it by its
`webhook-id`."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import httpx
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from data.database import reading, writing
from data.tables import DeliveryStatus, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.event_types import of_these_warehouses
from flows.notifying.outbox import as_told
from flows.notifying.passing_on import are_events_waiting, pass_on_events
from flows.notifying.retrying import next_attempt_at
from flows.notifying.sending import GONE, Message, Outcome, attempt, webhook_client
from flows.notifying.webhooks import disable_webhook
from flows.settings import Settings

CLAIMED_FOR = timedelta(seconds=60)  # longer than an attempt: another process leaves the message alone
ROUND_TAKES_AT_MOST = 10.0  # seconds; what is still due is taken by the next round, and an end is not held up
AT_ONCE = 8  # webhooks served side by side, so that a slow one does not hold up the others

log = logging.getLogger(__name__)


def deliver_due(engine: Engine, now: datetime, settings: Settings) -> int:
    """Passes on new events and tries every message that is due; returns how many were tried. Several processes may
    do so at once.

    What goes wrong with one webhook is that one's failed attempt. Raises SQLAlchemy's errors where the database is
    away."""
    with reading(engine) as session:
        waiting = are_events_waiting(session)
    if waiting:
        with writing(engine) as session:
            pass_on_events(session, now)
    due = _due(engine, now)
    return asyncio.run(_Round(engine, now, settings).deliver(due)) if due else 0


def _due(engine: Engine, now: datetime) -> Mapping[str, Sequence[str]]:
    """The messages to try now by webhook, in the order in which their events happened."""
    due: defaultdict[str, list[str]] = defaultdict(list)
    with reading(engine) as session:
        for webhook_id, delivery_id in session.execute(
            select(WebhookDeliveryRow.webhook_id, WebhookDeliveryRow.delivery_id)
            .join(OutboxEventRow, OutboxEventRow.event_id == WebhookDeliveryRow.event_id)
            .where(WebhookDeliveryRow.status == DeliveryStatus.WAITING, WebhookDeliveryRow.next_attempt_at <= now)
            .order_by(OutboxEventRow.happened_at, WebhookDeliveryRow.delivery_id)
        ):
            due[webhook_id].append(delivery_id)
    return due


class _Round:
    """One pass over what is due: webhooks side by side, the messages of one in the order of their events."""

    def __init__(self, engine: Engine, now: datetime, settings: Settings) -> None:
        self._engine, self._began_at = engine, now
        self._allow_private = settings.webhooks_to_private_addresses
        self._pauses = settings.webhook_retry_after
        self._began = monotonic()

    async def deliver(self, due: Mapping[str, Sequence[str]]) -> int:
        free = asyncio.Semaphore(AT_ONCE)
        async with webhook_client(AT_ONCE) as client:
            serving = (self._serve(client, free, messages) for messages in due.values())
            served = await asyncio.gather(*serving, return_exceptions=True)
        away: BaseException | None = None
        for webhook_id, result in zip(due, served, strict=True):
            if isinstance(result, OperationalError | InterfaceError):
                away = result
            elif isinstance(result, BaseException):  # its message stays claimed and comes again
                log.error("webhook %s: what came of an attempt could not be kept", webhook_id, exc_info=result)
        if away is not None:
            raise away
        return sum(tried for tried in served if isinstance(tried, int))

    async def _serve(self, client: httpx.AsyncClient, free: asyncio.Semaphore, delivery_ids: Sequence[str]) -> int:
        tried = 0
        async with free:
            for delivery_id in delivery_ids:
                if monotonic() - self._began > ROUND_TAKES_AT_MOST:
                    break
                message = await asyncio.to_thread(self._claim, delivery_id)
                if message is None:
                    continue
                outcome = await attempt(client, message, self._allow_private)
                await asyncio.to_thread(self._record, message, outcome)
                tried += 1
                if not outcome.is_anyone_there:
                    break  # the rest is tried in a later round instead of one timeout after the other
        return tried

    def _now(self) -> datetime:
        return self._began_at + timedelta(seconds=monotonic() - self._began)

    def _claim(self, delivery_id: str) -> Message | None:
        """Takes a message by moving its next attempt: of two processes that try, one finds it still due."""
        now = self._now()
        with writing(self._engine) as session:
            claimed = session.execute(
                update(WebhookDeliveryRow)
                .where(
                    WebhookDeliveryRow.delivery_id == delivery_id,
                    WebhookDeliveryRow.status == DeliveryStatus.WAITING,
                    WebhookDeliveryRow.next_attempt_at <= now,
                )
                .values(next_attempt_at=now + CLAIMED_FOR, attempts=WebhookDeliveryRow.attempts + 1)
                .returning(WebhookDeliveryRow.delivery_id)
            ).all()
            if not claimed:
                return None
            delivery, webhook, event = session.execute(
                select(WebhookDeliveryRow, WebhookRow, OutboxEventRow)
                .join(WebhookRow, WebhookRow.webhook_id == WebhookDeliveryRow.webhook_id)
                .join(OutboxEventRow, OutboxEventRow.event_id == WebhookDeliveryRow.event_id)
                .where(WebhookDeliveryRow.delivery_id == delivery_id)
            ).one()
            if webhook.disabled_at is not None:
                delivery.status, delivery.last_error = DeliveryStatus.GIVEN_UP, webhook.disabled_reason
                return None
            to = (delivery_id, webhook.webhook_id, event.event_id, webhook.url, webhook.secret)
            until = webhook.previous_secret_until
            previous = webhook.previous_secret if until is not None and now < until else None
            return Message(*to, _payload(event, webhook), delivery.attempts, previous)

    def _record(self, message: Message, outcome: Outcome) -> None:
        now = self._now()
        with writing(self._engine) as session:
            delivery = session.get_one(WebhookDeliveryRow, message.delivery_id, with_for_update=True)
            delivery.last_status_code, delivery.last_error = outcome.status_code, outcome.error
            if outcome.arrived:
                delivery.status = DeliveryStatus.DELIVERED
            elif outcome.status_code == GONE:
                delivery.status = DeliveryStatus.GIVEN_UP
                disable_webhook(session, message.webhook_id, "the receiver answered 410 Gone", now)
            elif again_at := next_attempt_at(message.attempt, self._pauses, outcome.retry_after, now):
                delivery.next_attempt_at = again_at
            else:
                delivery.status = DeliveryStatus.GIVEN_UP


def _payload(event: OutboxEventRow, webhook: WebhookRow) -> dict[str, Any]:
    """The message of an event, as Standard Webhooks has it."""
    some = webhook.warehouse_ids
    data = event.payload if some is None else of_these_warehouses(event.payload, frozenset(some))
    return {"type": event.type, "timestamp": as_told(event.happened_at), "data": data}
