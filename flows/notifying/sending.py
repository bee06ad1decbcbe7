"""Sends a message to a webhook once: by HTTP as standardwebhooks.com describes it, signed, to an address that was
checked; to a chat or mail by apprise; to a topic of the broker by whoever knows MQTT."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
from standardwebhooks import Webhook as Signer

from data.tables import ReceiverKind
from flows.notifying.by_apprise import send_by_apprise
from flows.notifying.own_thread import on_its_own_thread
from flows.notifying.webhook_addresses import Refused, checked_address, encoded_host

REACHED_WITHIN = 5.0  # seconds, name lookup to the last byte of the request
ANSWERS_WITHIN = 15.0  # seconds from then to the answer's status; docs/alerting.md promises it to receivers
LARGEST_ANSWER = 64 * 1024
KEPT_OF_ANSWER = 500  # characters
GONE = 410

log = logging.getLogger(__name__)


Publish = Callable[[str, bytes], Awaitable[None]]  # to a topic of the broker, done when the broker has it


@dataclass(frozen=True)
class Message:
    """A message that this process may send now; `attempt` counts from 1, `message_id` names it to its receiver."""

    delivery_id: str
    webhook_id: str
    message_id: str
    kind: ReceiverKind
    url: str
    secret: str
    payload: dict[str, Any]
    attempt: int
    previous_secret: str | None = None  # signs too, for receivers that know no other yet


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt. `status_code` None: there was no answer, or there is none in its way. `retry_after` is
    the answer's header, `answer` how it began."""

    status_code: int | None
    error: str | None
    retry_after: str | None = None
    answer: str | None = None

    @property
    def arrived(self) -> bool:
        return self.error is None

    @property
    def is_anyone_there(self) -> bool:
        """Whether further messages may arrive where this one did not."""
        return self.arrived or (self.status_code is not None and self.status_code != GONE)


def webhook_client() -> httpx.AsyncClient:
    """A client that knows no proxy and no .netrc of the environment: they would see or redirect what is meant for the
    receiver. Its own timeouts are off: how long an attempt may take is one figure, whatever the receiver does in it."""
    return httpx.AsyncClient(
        verify=httpx.create_ssl_context(),  # certifi's authorities, or those of SSL_CERT_FILE
        trust_env=False,
        follow_redirects=False,
        timeout=None,  # noqa: S113 - `attempt` ends it
        limits=httpx.Limits(max_connections=None),
    )


async def attempt(
    client: httpx.AsyncClient, message: Message, allow_private: bool, publish: Publish | None = None
) -> Outcome:
    """Sends a message once. Whatever goes wrong is the outcome, never an error: others are to be told too."""
    try:
        async with asyncio.timeout(REACHED_WITHIN) as clock:
            if message.kind is ReceiverKind.APPRISE:
                clock.reschedule(_in(ANSWERS_WITHIN))
                return await _by_apprise(message)
            if message.kind is ReceiverKind.MQTT:
                return await _by_mqtt(message, publish)
            return await _by_http(client, message, allow_private, clock)
    except TimeoutError:
        return Outcome(None, f"no answer within {ANSWERS_WITHIN:.0f} s, or not reached within {REACHED_WITHIN:.0f} s")
    except (Refused, OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(None, in_words(error))
    except Exception as error:
        log.exception("message %s failed unexpectedly", message.delivery_id)
        return Outcome(None, in_words(error))


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def _by_http(client: httpx.AsyncClient, message: Message, allow_private: bool, clock: asyncio.Timeout) -> Outcome:
    url = httpx.URL(message.url)
    host = encoded_host(url)
    address = await checked_address(host, url.port or (443 if url.scheme == "https" else 80), allow_private)
    body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
    sent_at = datetime.now(UTC)  # receivers compare it with their own clock

    async def answers_from_now(what: str, _: Mapping[str, Any]) -> None:
        if what.endswith("send_request_body.complete"):
            clock.reschedule(_in(ANSWERS_WITHIN))

    request = client.build_request(
        "POST",
        url.copy_with(host=address),  # the address that was checked: a second lookup could give another
        content=body.encode(),
        headers={
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": "Freshfront",
            "webhook-id": message.message_id,
        }
        | _signed(message, sent_at, body),
        extensions={"sni_hostname": host, "trace": answers_from_now},
    )
    response = await client.send(request, stream=True)
    clock.reschedule(None)
    try:
        answer = await _beginning_of(response)
    finally:
        await response.aclose()
    status = response.status_code
    error = None if 200 <= status < 300 else f"the receiver answered {status}"
    return Outcome(status, error, response.headers.get("retry-after"), answer)


async def _beginning_of(response: httpx.Response) -> str:
    """How an answer begins. Its status is what counts: a body that does not come, or does not end, changes nothing."""
    seen = bytearray()
    try:
        async with asyncio.timeout(REACHED_WITHIN):
            async for chunk in response.aiter_raw():
                seen += chunk
                if len(seen) > LARGEST_ANSWER:
                    break
    except (TimeoutError, httpx.HTTPError) as error:
        log.debug("an answer broke off: %s", error)
    return seen[: 4 * KEPT_OF_ANSWER].decode(errors="replace").replace("\0", "?")[:KEPT_OF_ANSWER]


def _signed(message: Message, sent_at: datetime, body: str) -> dict[str, str]:
    """What proves that it is ours; PagerDuty knows by the routing key in the body."""
    if message.kind is ReceiverKind.PAGERDUTY:
        return {}
    signature = _signatures(message, sent_at, body)
    return {"webhook-timestamp": str(int(sent_at.timestamp())), "webhook-signature": signature}


async def _by_apprise(message: Message) -> Outcome:
    sent = partial(send_by_apprise, message.secret, message.payload["title"], message.payload["body"])
    return Outcome(None, await on_its_own_thread(sent))


async def _by_mqtt(message: Message, publish: Publish | None) -> Outcome:
    if publish is None:
        return Outcome(None, "no broker is there: the watcher (freshfront watch) sends by MQTT")
    told = {"id": message.message_id} | message.payload
    await publish(message.url.removeprefix("mqtt:"), json.dumps(told, ensure_ascii=False).encode())
    return Outcome(None, None)


def _signatures(message: Message, sent_at: datetime, body: str) -> str:
    """By each secret that counts, as Standard Webhooks has it while one is rotated."""
    secrets = filter(None, (message.secret, message.previous_secret))
    return " ".join(Signer(secret).sign(message.message_id, sent_at, body) for secret in secrets)


def in_words(error: Exception) -> str:
    """What is kept of an error: neither database keeps half characters, PostgreSQL no NUL."""
    words = f"{type(error).__name__}: {error}"[:500]
    return words.encode(errors="replace").decode().replace("\0", "?")
