"""Under which names the service answers: its own, and no others that somebody's name server leads to it.

A page of another site may call its own name and have that lead here (DNS rebinding): its requests then come from "our"
origin and only the Host header tells. Names are the host that the service listens on, the one users see, localhost, and
those in the settings; numbers only where it listens on all of them, and those of this machine."""

import socket
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import texts
from api.problems import Malformed, answer
from flows.settings import Settings

EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
EVERY_NAME = "*"


class HostsChecked:
    """Refuses requests to other hosts."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._anywhere = settings.host in EVERY_ADDRESS
        seen = urlsplit(settings.public_url or "").hostname
        own = ("localhost", socket.gethostname(), settings.host, seen or "", *settings.allowed_hosts)
        self._own = {name.lower() for name in own} - {*EVERY_ADDRESS}
        self._is_ours = lru_cache(1_000)(self._is_of_ours)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            named = [value for name, value in scope["headers"] if name == b"host"]
            if not (self._is_ours(named[0]) if len(named) == 1 else not named and scope["http_version"] == "1.0"):
                await answer(Request(scope), Malformed(texts.OTHER_HOST))(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_of_ours(self, named: bytes) -> bool:
        try:
            host = (urlsplit(f"//{named.decode('ascii')}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if host in self._own or EVERY_NAME in self._own:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return self._anywhere or address.is_loopback
