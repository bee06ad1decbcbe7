"""In which language a request is answered: the one its `Accept-Language` likes best of ours, else the installation's.

Who is signed in and chose one on a page reads that (`api/security.py`), so answers vary by both headers.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.languages import best_of, language_now, reading_in
from data.tables import Language

SAME_FOR_ALL = ("/static/",)
OF_WORDS = ("text/html", "application/json", "application/problem+json")


class Spoken:
    """Says the language before the request is handled, and in the answer which one it was."""

    def __init__(self, app: ASGIApp, usual: Language) -> None:
        self.app, self.usual = app, usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(SAME_FOR_ALL):
            await self.app(scope, receive, send)
            return

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").partition(";")[0] in OF_WORDS:
                    headers.setdefault("Content-Language", language_now())
                    headers.add_vary_header("Accept-Language")
                    headers.add_vary_header("Cookie")
            await send(message)

        with reading_in(best_of(Headers(scope=scope).get("accept-language", "")) or self.usual):
            await self.app(scope, receive, send_with_language)
