"""Texts of some length are compressed for who takes gzip.

At the lowest level: plan lines come to an eighth of their size, and higher levels cost several times the processor time
for a tenth less. That lengths of compressed answers may tell of secrets beside words that an attacker chose (BREACH)
does not matter here: the session's cookie is Lax, so no other site's requests carry it, and no page holds a token; what
does hold a secret is kept by nobody (`no-store`) and is not compressed.
"""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.whole_answers import answer_in_one_piece

LONG_ENOUGH = 1_000  # bytes: less is one packet anyway
LEVEL = 1
TEXTS = ("application/json", "application/problem+json", "text/html", "text/csv", "text/plain", "application/xml")


class Compressed:
    """Compresses whole answers; streams, and what is compressed as it is, go through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        takes_it = _takes_gzip(Headers(scope=scope).get("accept-encoding", ""))

        def change(start: Message, body: bytes) -> bytes:
            headers = MutableHeaders(scope=start)
            is_text = headers.get("content-type", "").partition(";")[0] in TEXTS
            if not is_text or "content-encoding" in headers or headers.get("cache-control") == "no-store":
                return body
            headers.add_vary_header("Accept-Encoding")
            if not takes_it or len(body) < LONG_ENOUGH:
                return body
            headers["Content-Encoding"] = "gzip"
            if (tag := headers.get("etag")) and not tag.startswith("W/"):
                headers["ETag"] = f"W/{tag}"  # the same thing in other bytes
            return gzip.compress(body, LEVEL, mtime=0)

        await answer_in_one_piece(self.app, scope, receive, send, change)


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
