"""How long a connection may take, and how many there may be, so that nobody keeps others out by holding some open.

uvicorn ends a connection that is silent after an answer, and waits for ever for a first request, for the rest of its
head and for who does not read his answer. Here a head has to come within some seconds, an answer has to be taken, and
where there are too many connections, of an address or in all, the one that has waited longest without a request gives
way to the new one: a service full of idle connections lets everybody in. How slowly a body may come is said by
`api/routing.py`, which answers.

(Granian has a time-out for heads and Hypercorn one for reading, neither counts by address nor makes room; a subclass of
the server that is there is the smaller thing.)
"""

import asyncio
import resource
from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, ClassVar

from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOOK_EVERY = 1.0  # seconds
FED_AT_ONCE = 16_384  # bytes
FILES_OF_OTHERS = 256  # databases, logs


@dataclass(frozen=True)
class Patience:
    """How many connections there may be, and how long each is waited for."""

    in_all: int
    per_address: int
    head_seconds: float = 10.0
    head_bytes: int = 32_768
    taking_seconds: float = 30.0  # for an answer of any length
    slowest: float = 4_000.0  # bytes a second beyond that


class Connections:
    """All connections of the service, those that wait for a request in the order in which they began to."""

    def __init__(self, patience: Patience, proxies: Any = ()) -> None:
        self.patience, self._proxies = patience, proxies
        self._all: set[GuardedConnection] = set()
        self._waiting: dict[GuardedConnection, None] = {}
        self._by_address: defaultdict[str, set[GuardedConnection]] = defaultdict(set)
        self._looking = False

    def admit(self, new: "GuardedConnection") -> None:
        """Takes a connection in; another one may have to go, or it itself where all are at work."""
        of_address = self._by_address[new.address]
        goes = None
        if self._is_limited(new.address) and len(of_address) >= self.patience.per_address:
            goes = next((one for one in self._waiting if one in of_address), new)
        elif len(self._all) >= self.patience.in_all:
            goes = next(iter(self._waiting), new)
        if goes is new:
            new.transport.abort()
            return
        if goes is not None:
            goes.transport.abort()
            self.forget(goes)
        self._all.add(new)
        self._by_address[new.address].add(new)
        self.waits(new)
        if not self._looking:
            self._looking = True
            new.loop.call_later(LOOK_EVERY, self._look, new.loop)

    def waits(self, one: "GuardedConnection") -> None:
        """It has no request under way, from now on."""
        one.waits_since = one.loop.time()
        self._waiting.pop(one, None)
        if one in self._all:
            self._waiting[one] = None

    def works(self, one: "GuardedConnection") -> None:
        """It has a request under way."""
        self._waiting.pop(one, None)

    def forget(self, one: "GuardedConnection") -> None:
        """It has ended."""
        self._all.discard(one)
        self._waiting.pop(one, None)
        self._by_address[one.address].discard(one)
        if not self._by_address[one.address]:
            del self._by_address[one.address]

    def _is_limited(self, address: str) -> bool:
        """Proxies bring everybody, and who is on this machine has other ways to stop the service."""
        return address not in self._proxies and not ip_address(address or "::1").is_loopback

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in list(self._all):
            one.end_if_late(now, self.patience, waits=one in self._waiting)
        self._looking = bool(self._all)
        if self._looking:
            loop.call_later(LOOK_EVERY, self._look, loop)


class GuardedConnection(HttpToolsProtocol):
    """A connection that is ended when it takes too long."""

    among: ClassVar[Connections]
    waits_since = 0.0
    address = ""
    _head_bytes = 0
    _in_head = True
    _ends_since: float | None = None
    _unsent = 0
    _stalled_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.among.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.among.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), FED_AT_ONCE):
            if self.transport.is_closing():
                return
            piece = data[start : start + FED_AT_ONCE]
            super().data_received(piece)
            if self._in_head:
                self._head_bytes += len(piece)
                if self._head_bytes > self.among.patience.head_bytes and not self.transport.is_closing():
                    self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self.among.works(self)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # else the next of several requests that came at once
            self.among.waits(self)

    def end_if_late(self, now: float, patience: Patience, waits: bool) -> None:
        """Ends it where the head of a request, or its client for an answer, was waited for long enough."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent or not self._stalled_since:
            self._stalled_since = now
        self._unsent = unsent
        if self.transport.is_closing():
            if self._ends_since is None:
                self._ends_since = now + unsent / patience.slowest
            if now - self._ends_since > patience.taking_seconds:
                self.transport.abort()
        elif now - self._stalled_since > patience.taking_seconds:
            self.transport.abort()
        elif waits and now - self.waits_since > patience.head_seconds:
            self.transport.close()


def guarded(patience: Patience, forwarded_allow_ips: str) -> type[GuardedConnection]:
    """What `uvicorn.run` takes as `http=`: connections that are counted together, those of proxies not by address."""

    class OfThisService(GuardedConnection):
        among = Connections(patience, _TrustedHosts(forwarded_allow_ips))

    return OfThisService


def allow_files(connections: int) -> int:
    """Lets this process open as many files as connections need; how many connections that gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES_OF_OTHERS
    if soft == resource.RLIM_INFINITY:
        return connections
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(connections, soft - FILES_OF_OTHERS)
