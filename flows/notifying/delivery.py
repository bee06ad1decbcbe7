"""Tells others of alarms by webhook, as standardwebhooks.com describes it: signed, retried for three days.

A message is written in the transaction that changes the alarm and sent afterwards, so none is lost; a receiver may
get one twice and drops it by its `webhook-id`.
"""

import asyncio
import json
import logging
import secrets
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import uniform
from time import monotonic
from typing import Any

import httpx
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Signer

from data.database import reading, writing
from data.tables import AlarmRow, DeliveryStatus, WarehouseRow, WebhookDeliveryRow, WebhookRow, ZoneRow
from flows.errors import Invalid, Unknown
from flows.notifying.webhook_addresses import Refused, checked_address, encoded_host, refuse_address

RETRY_AFTER = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]  # the first attempt is made at once; these are the pauses before the nine that follow
JITTER = 0.1  # so that messages which failed together do not come back together
LONGEST_RETRY_AFTER = timedelta(hours=24)
ATTEMPT_TAKES_AT_MOST = 15.0  # seconds, name lookup to the end of the answer
CLAIMED_FOR = timedelta(seconds=60)  # longer than an attempt: another process leaves the message alone
ROUND_TAKES_AT_MOST = 10.0  # seconds; what is still due is taken by the next round, and an end is not held up
AT_ONCE = 8  # webhooks served side by side, so that a slow one does not hold up the others
LARGEST_ANSWER = 64 * 1024
GONE = 410

log = logging.getLogger(__name__)


def register_webhook(session: Session, url: str, by: str, now: datetime, allow_private: bool) -> tuple[str, str]:
    """Registers an address that is told of alarms; returns (webhook_id, secret `whsec_...`, shown once).

    Raises Invalid (field `url`) for anything but http(s), for credentials in the address, for a host that no name
    server could be asked for and, unless `allow_private`, for loopback, private, link-local and metadata addresses."""
    try:
        refuse_address(url, allow_private)
    except Refused as refused:
        raise Invalid(str(refused), field="url") from None
    webhook_id = f"wh_{secrets.token_hex(8)}"
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    session.add(WebhookRow(webhook_id=webhook_id, url=url, secret=secret, created_at=now, created_by=by))
    session.flush()
    return webhook_id, secret


def disable_webhook(session: Session, webhook_id: str, reason: str, now: datetime) -> None:
    """Stops telling an address; what waited for it is given up. Safe to repeat. Raises Unknown."""
    webhook = session.get(WebhookRow, webhook_id)
    if webhook is None:
        raise Unknown(f"There is no webhook {webhook_id!r}.", field="webhook_id")
    if webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_reason = now, reason
    session.execute(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.webhook_id == webhook_id, WebhookDeliveryRow.status == DeliveryStatus.WAITING)
        .values(status=DeliveryStatus.GIVEN_UP, last_error=reason)
    )


def tell_webhooks(session: Session, event: str, alarm: AlarmRow, happened_at: datetime, now: datetime) -> None:
    """Writes the message of an event (`alarm.raised`, ...) for every webhook, in the transaction of the event."""
    webhook_ids = session.scalars(select(WebhookRow.webhook_id).where(WebhookRow.disabled_at.is_(None))).all()
    if not webhook_ids:
        return
    event_id = f"{alarm.alarm_id}_{event.removeprefix('alarm.')}"  # once in an alarm's life: names the message for ever
    payload = {"type": event, "timestamp": _iso(happened_at), "data": _as_data(session, alarm)}
    for webhook_id in webhook_ids:
        delivery_id = f"{webhook_id}_{event_id}"
        if session.get(WebhookDeliveryRow, delivery_id) is None:
            session.add(
                WebhookDeliveryRow(
                    delivery_id=delivery_id,
                    webhook_id=webhook_id,
                    event_id=event_id,
                    payload=payload,
                    status=DeliveryStatus.WAITING,
                    attempts=0,
                    next_attempt_at=now,
                )
            )


def deliver_due(engine: Engine, now: datetime, allow_private: bool = False) -> int:
    """Tries every message that is due; returns how many were tried. Several processes may do so at once.

    What goes wrong with one webhook is that one's failed attempt. Raises SQLAlchemy's errors where the database is
    away."""
    due: dict[str, list[str]] = defaultdict(list)
    with reading(engine) as session:
        for webhook_id, delivery_id in session.execute(
            select(WebhookDeliveryRow.webhook_id, WebhookDeliveryRow.delivery_id)
            .where(WebhookDeliveryRow.status == DeliveryStatus.WAITING, WebhookDeliveryRow.next_attempt_at <= now)
            .order_by(WebhookDeliveryRow.payload["timestamp"].as_string(), WebhookDeliveryRow.delivery_id)
        ):
            due[webhook_id].append(delivery_id)
    return asyncio.run(_Round(engine, now, allow_private).deliver(due)) if due else 0


@dataclass(frozen=True)
class _Message:
    """A message that this process may send now."""

    delivery_id: str
    webhook_id: str
    event_id: str
    url: str
    secret: str
    payload: dict[str, Any]
    attempt: int


@dataclass(frozen=True)
class _Outcome:
    """What came of an attempt. `status_code` None: there was no answer."""

    status_code: int | None
    error: str | None
    retry_after: timedelta | None = None

    @property
    def arrived(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


class _Round:
    """One pass over what is due: webhooks side by side, the messages of one in the order of their time."""

    def __init__(self, engine: Engine, now: datetime, allow_private: bool) -> None:
        self._engine, self._began_at, self._allow_private = engine, now, allow_private
        self._began = monotonic()

    async def deliver(self, due: dict[str, list[str]]) -> int:
        free = asyncio.Semaphore(AT_ONCE)
        limits = httpx.Limits(max_connections=AT_ONCE)
        trusted = httpx.create_ssl_context()  # certifi's authorities, or those of SSL_CERT_FILE
        # no proxy and no .netrc from the environment: they would see or redirect what is meant for the receiver
        async with httpx.AsyncClient(verify=trusted, trust_env=False, follow_redirects=False, limits=limits) as client:
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

    async def _serve(self, client: httpx.AsyncClient, free: asyncio.Semaphore, delivery_ids: list[str]) -> int:
        tried = 0
        async with free:
            for delivery_id in delivery_ids:
                if monotonic() - self._began > ROUND_TAKES_AT_MOST:
                    break
                message = await asyncio.to_thread(self._claim, delivery_id)
                if message is None:
                    continue
                outcome = await self._attempt(client, message)
                await asyncio.to_thread(self._record, message, outcome)
                tried += 1
                if outcome.status_code is None or outcome.status_code == GONE:
                    break  # nobody there: the rest is tried in a later round instead of one timeout after the other
        return tried

    def _now(self) -> datetime:
        return self._began_at + timedelta(seconds=monotonic() - self._began)

    def _claim(self, delivery_id: str) -> _Message | None:
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
            delivery, webhook = session.execute(
                select(WebhookDeliveryRow, WebhookRow)
                .join(WebhookRow, WebhookRow.webhook_id == WebhookDeliveryRow.webhook_id)
                .where(WebhookDeliveryRow.delivery_id == delivery_id)
            ).one()
            if webhook.disabled_at is not None:
                delivery.status, delivery.last_error = DeliveryStatus.GIVEN_UP, webhook.disabled_reason
                return None
            told = (webhook.url, webhook.secret, delivery.payload, delivery.attempts)
            return _Message(delivery_id, webhook.webhook_id, delivery.event_id, *told)

    async def _attempt(self, client: httpx.AsyncClient, message: _Message) -> _Outcome:
        try:
            async with asyncio.timeout(ATTEMPT_TAKES_AT_MOST):
                return await self._send(client, message)
        except TimeoutError:
            return _Outcome(None, f"no answer within {ATTEMPT_TAKES_AT_MOST:.0f} s")
        except (Refused, OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as error:
            return _Outcome(None, _in_words(error))
        except Exception as error:  # whatever one webhook makes of us, the others are told of alarms
            log.exception("message %s failed unexpectedly", message.delivery_id)
            return _Outcome(None, _in_words(error))

    async def _send(self, client: httpx.AsyncClient, message: _Message) -> _Outcome:
        url = httpx.URL(message.url)
        host = encoded_host(url)
        address = await checked_address(host, url.port or (443 if url.scheme == "https" else 80), self._allow_private)
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
        sent_at = datetime.now(UTC)  # receivers compare it with their own clock
        request = client.build_request(
            "POST",
            url.copy_with(host=address),  # the address that was checked: a second lookup could give another
            content=body.encode(),
            headers={
                "Host": url.netloc.decode(),
                "Content-Type": "application/json",
                "User-Agent": "Freshfront",
                "webhook-id": message.event_id,
                "webhook-timestamp": str(int(sent_at.timestamp())),
                "webhook-signature": Signer(message.secret).sign(message.event_id, sent_at, body),
            },
            extensions={"sni_hostname": host},
        )
        response = await client.send(request, stream=True)
        try:
            seen = 0
            async for chunk in response.aiter_raw():
                seen += len(chunk)
                if seen > LARGEST_ANSWER:
                    break
        finally:
            await response.aclose()
        status = response.status_code
        error = None if 200 <= status < 300 else f"the receiver answered {status}"
        return _Outcome(status, error, _retry_after(response.headers.get("retry-after"), self._now()))

    def _record(self, message: _Message, outcome: _Outcome) -> None:
        now = self._now()
        with writing(self._engine) as session:
            delivery = session.get_one(WebhookDeliveryRow, message.delivery_id, with_for_update=True)
            delivery.last_status_code, delivery.last_error = outcome.status_code, outcome.error
            if outcome.arrived:
                delivery.status = DeliveryStatus.DELIVERED
            elif outcome.status_code == GONE:
                delivery.status = DeliveryStatus.GIVEN_UP
                disable_webhook(session, message.webhook_id, "the receiver answered 410 Gone", now)
            elif message.attempt > len(RETRY_AFTER):
                delivery.status = DeliveryStatus.GIVEN_UP
            else:
                pause = RETRY_AFTER[message.attempt - 1] * uniform(1, 1 + JITTER)  # noqa: S311 - no secret
                delivery.next_attempt_at = now + max(pause, outcome.retry_after or pause)


def _in_words(error: Exception) -> str:
    """What is kept of an error: neither database keeps half characters, PostgreSQL no NUL."""
    words = f"{type(error).__name__}: {error}"[:500]
    return words.encode(errors="replace").decode().replace("\0", "?")


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The pause a receiver asks for, in seconds or as a date; None where it asks for none that can be read."""
    if header is None:
        return None
    try:
        pause = timedelta(seconds=int(header)) if header.strip().isdecimal() else parsedate_to_datetime(header) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(pause, LONGEST_RETRY_AFTER)


def _as_data(session: Session, alarm: AlarmRow) -> dict[str, Any]:
    zone = session.get_one(ZoneRow, alarm.zone_id)
    return {
        "alarm_id": alarm.alarm_id,
        "kind": alarm.kind,
        "warehouse_id": alarm.warehouse_id,
        "warehouse": session.get_one(WarehouseRow, alarm.warehouse_id).name,
        "zone_id": alarm.zone_id,
        "zone": zone.name,
        "sensor_id": alarm.sensor_id,
        "limit_c": alarm.limit_c,
        "worst_c": alarm.worst_c,
        "began_at": _iso(alarm.began_at),
        "raised_at": _iso(alarm.raised_at),
        "ended_at": _iso(alarm.ended_at),
        "acknowledged_at": _iso(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by,
        "acknowledgement_note": alarm.acknowledgement_note,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
