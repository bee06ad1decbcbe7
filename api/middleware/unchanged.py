"""What has not changed answers 304: every answer to GET has an ETag, a digest of its bytes, behind the version that it
brings itself where it has one, and who names it in `If-None-Match` is sent no body. A version alone would not do: names
in an answer are in the reader's language, and may be told anew while nobody changes what has the version.

Such an answer may be kept by the browser that got it and is asked about each time. What holds a secret, or whose
address is one, is kept by nobody.
"""

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.whole_answers import answer_in_one_piece

REVALIDATED = "private, no-cache"
ADDRESS_IS_SECRET = ("/supplier/", "/sign-in")
OF_A_BODY = ("content-length", "content-type", "content-encoding")


class Unchanged:
    """Adds the ETag, and answers 304 to who has it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(ADDRESS_IS_SECRET):
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")

        def change(start: Message, body: bytes) -> bytes:
            headers = MutableHeaders(scope=start)
            if start["status"] != 200 or "cache-control" in headers:
                return body
            headers["Cache-Control"] = REVALIDATED
            tag = _tag(headers.get("ETag"), blake2b(body, digest_size=12).hexdigest())
            headers["ETag"] = tag
            if not _names(known, tag):
                return body
            start["status"] = 304
            for name in OF_A_BODY:
                if name in headers:
                    del headers[name]
            return b""

        await answer_in_one_piece(self.app, scope, receive, send, change)


def _tag(version: str | None, digest: str) -> str:
    return f'W/"{digest}"' if version is None else f'{version[:-1]}-{digest}"'


def _names(known: str, tag: str) -> bool:
    """Whether an `If-None-Match` names the tag; weak or strong makes no difference to it."""
    named = [one.strip().removeprefix("W/") for one in known.split(",")]
    return "*" in named or tag.removeprefix("W/") in named
