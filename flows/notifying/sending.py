"""Sends a message to a webhook once, as standardwebhooks.com describes it: signed, to an address that was checked."""

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook as Signer

from flows.notifying.webhook_addresses import Refused, checked_address, encoded_host

ATTEMPT_TAKES_AT_MOST = 15.0  # seconds, name lookup to the end of the answer; docs/alerting.md promises it to receivers
LARGEST_ANSWER = 64 * 1024
GONE = 410

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """A message that this process may send now; `attempt` counts from 1."""

    delivery_id: str
    webhook_id: str
    event_id: str
    url: str
    secret: str
    payload: dict[str, Any]
    attempt: int
    previous_secret: str | None = None  # signs too, for receivers that know no other yet


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt. `status_code` None: there was no answer. `retry_after` is the answer's header."""

    status_code: int | None
    error: str | None
    retry_after: str | None = None

    @property
    def arrived(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_anyone_there(self) -> bool:
        """Whether further messages may arrive where this one did not."""
        return self.status_code is not None and self.status_code != GONE


def webhook_client(connections: int) -> httpx.AsyncClient:
    """A client that knows no proxy and no .netrc of the environment: they would see or redirect what is meant for the
    receiver. Its own timeouts are off: how long an attempt may take is one figure, whatever the receiver does in it."""
    return httpx.AsyncClient(
        verify=httpx.create_ssl_context(),  # certifi's authorities, or those of SSL_CERT_FILE
        trust_env=False,
        follow_redirects=False,
        timeout=None,  # noqa: S113 - `attempt` ends it
        limits=httpx.Limits(max_connections=connections),
    )


async def attempt(client: httpx.AsyncClient, message: Message, allow_private: bool) -> Outcome:
    """Sends a message once. Whatever goes wrong is the outcome, never an error: others are to be told too."""
    try:
        async with asyncio.timeout(ATTEMPT_TAKES_AT_MOST):
            return await _send(client, message, allow_private)
    except TimeoutError:
        return Outcome(None, f"no answer within {ATTEMPT_TAKES_AT_MOST:.0f} s")
    except (Refused, OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(None, in_words(error))
    except Exception as error:
        log.exception("message %s failed unexpectedly", message.delivery_id)
        return Outcome(None, in_words(error))


async def _send(client: httpx.AsyncClient, message: Message, allow_private: bool) -> Outcome:
    url = httpx.URL(message.url)
    host = encoded_host(url)
    address = await checked_address(host, url.port or (443 if url.scheme == "https" else 80), allow_private)
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
            "webhook-signature": _signatures(message, sent_at, body),
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
    return Outcome(status, error, response.headers.get("retry-after"))


def _signatures(message: Message, sent_at: datetime, body: str) -> str:
    """By each secret that counts, as Standard Webhooks has it while one is rotated."""
    secrets = filter(None, (message.secret, message.previous_secret))
    return " ".join(Signer(secret).sign(message.event_id, sent_at, body) for secret in secrets)


def in_words(error: Exception) -> str:
    """What is kept of an error: neither database keeps half characters, PostgreSQL no NUL."""
    words = f"{type(error).__name__}: {error}"[:500]
    return words.encode(errors="replace").decode().replace("\0", "?")
