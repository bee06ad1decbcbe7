"""The Prefect server of one machine: it answers whoever has the key, under its own names, and no other page's scripts.

Prefect itself looks at the key alone. A page that has bound its own name to this machine's address (DNS rebinding), or
whose script sends requests here, is refused before Prefect sees it.
"""

from collections.abc import Sequence

import uvicorn
from prefect.server.api.server import create_app
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.day.prefect_access import own_origins
from flows.settings import Settings


class OwnNamesOnly:
    """Refuses requests, web sockets too, to another host's name (421) or from another origin's page (403)."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app, self._origins = app, set(origins)
        self._hosts = {origin.partition("://")[2] for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may come in."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            await _refuse(421, "This server answers under its own names alone.", scope, receive, send)
        elif not self._origins.issuperset(headers.getlist("origin")):
            await _refuse(403, "This server answers its own pages alone.", scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008, "reason": why})
    else:
        await PlainTextResponse(why, status)(scope, receive, send)


def serve_prefect(settings: Settings) -> None:
    """Runs the server until SIGINT or SIGTERM, as its environment says (`prefect_access.server_environment`)."""
    app = OwnNamesOnly(create_app(final=True), own_origins(settings))
    uvicorn.run(app, host="127.0.0.1", port=settings.prefect_port, log_level="warning")
