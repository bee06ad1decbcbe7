"""Which bodies are read: up to `max_body_bytes`, and below /v1 JSON only, or CSV of what is imported. Also without a
Content-Length.

Nothing beyond the limit is kept. The refusal is sent at once; then what the client is still sending is thrown away
for a moment, because a connection closed in the middle of a send may lose the answer before the client has read it.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import texts
from api.problems import Malformed, Problem, TooLarge, WrongMediaType, answer

THROWN_AWAY_BYTES = 64_000_000
THROWN_AWAY_SECONDS = 10
JSON, CSV = "application/json", "text/csv"


def media_type_of(headers: Headers) -> str:
    """What a body says it is."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class _TooMuchRead(Exception):
    """Stops whoever reads the body; never seen outside."""


class BodiesChecked:
    """Refuses a body by its announced size and type, then by what really comes."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if problem := self._announced(scope):
            await self._refuse(problem, scope, receive, send)
            return
        read, started, exceeded = 0, False, False

        async def receive_counted() -> Message:
            nonlocal read, exceeded
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.max_bytes:
                exceeded = True
                raise _TooMuchRead
            return message

        async def send_unless_exceeded(message: Message) -> None:
            nonlocal started
            if exceeded and not started:
                return  # the app's answer to a body that it could not read
            started = True
            await send(message)

        with suppress(_TooMuchRead):
            await self.app(scope, receive_counted, send_unless_exceeded)
        if exceeded and not started:
            await self._refuse(self._too_large(), scope, receive, send)

    def _too_large(self) -> Problem:
        return TooLarge(texts.TOO_LARGE.format(limit=self.max_bytes))

    def _announced(self, scope: Scope) -> Problem | None:
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return Malformed(texts.NUL_IN_ADDRESS)  # PostgreSQL keeps none, so nothing here is named with one
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self.max_bytes:
            return self._too_large()
        has_body = length != "0" or "transfer-encoding" in headers
        media_type = media_type_of(headers)
        if not has_body or not scope["path"].startswith("/v1/") or media_type == JSON:
            return None
        if not scope["path"].startswith("/v1/imports/"):
            return WrongMediaType()
        return None if media_type == CSV else WrongMediaType(texts.NEEDS_ROWS)

    async def _refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        response = answer(Request(scope), problem)
        response.headers["Connection"] = "close"

        async def send_then_throw_away(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await send({**message, "more_body": True})
                await _throw_away(receive)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await response(scope, receive, send_then_throw_away)


async def _throw_away(receive: Receive) -> None:
    thrown = 0
    try:
        async with asyncio.timeout(THROWN_AWAY_SECONDS):
            while thrown < THROWN_AWAY_BYTES:
                message = await receive()
                thrown += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
