"""Which bodies may come, and what becomes of one that nobody wanted to read.

Below /v1 a body is JSON, or CSV of what is imported, and compressed nowhere. Who is answered before the end of his body
(no key, no such address, too large) is answered at once; what he is still sending is thrown away for a moment, because
a connection closed in the middle of a send may lose the answer before the client has read it, and then it is closed.
How much of a body a route reads is said beside the route (`api/routing.py`).
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import texts
from api.problems import Malformed, Problem, WrongMediaType, answer

THROWN_AWAY_BYTES = 64_000_000
THROWN_AWAY_SECONDS = 5
JSON, CSV = "application/json", "text/csv"


def media_type_of(headers: Headers) -> str:
    """What a body says it is."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def body_is_announced(headers: Headers) -> bool:
    """Whether a request has a body, of a length that it says or not."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


class BodiesChecked:
    """Refuses a body by its type, and ends connections with one that was not read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = _not_taken(scope, headers)
        if not body_is_announced(headers):
            await (answer(Request(scope), problem) if problem else self.app)(scope, receive, send)
            return
        read = False

        async def receive_to_the_end() -> Message:
            nonlocal read
            message = await receive()
            read = message["type"] != "http.request" or not message.get("more_body")
            return message

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and not read:
                MutableHeaders(scope=message)["Connection"] = "close"
            elif message["type"] == "http.response.body" and not read and not message.get("more_body"):
                await send({**message, "more_body": True})
                await _throw_away(receive)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await (answer(Request(scope), problem) if problem else self.app)(scope, receive_to_the_end, send_and_close)


def _not_taken(scope: Scope, headers: Headers) -> Problem | None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return Malformed(texts.NUL_IN_ADDRESS)  # PostgreSQL keeps none, so nothing here is named with one
    if not body_is_announced(headers):
        return None
    if headers.get("content-encoding", "identity").lower() != "identity":
        return WrongMediaType(texts.COMPRESSED)
    media_type = media_type_of(headers)
    if not scope["path"].startswith("/v1/") or media_type == JSON:
        return None
    if not scope["path"].startswith("/v1/imports/"):
        return WrongMediaType()
    return None if media_type == CSV else WrongMediaType(texts.NEEDS_ROWS)


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
