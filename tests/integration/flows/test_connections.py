"""Connections that are held open, behind a real socket: they end, and keep nobody out."""

import logging
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest
import uvicorn

from flows.processes import connections
from flows.processes.connections import GuardedConnection, Patience, allow_files, guarded

PATIENT = Patience(in_all=50, per_address=50, head_seconds=30, taking_seconds=30)
GET = b"GET /%s HTTP/1.1\r\nHost: freshfront\r\n\r\n"
Serve = Callable[[Patience], socket.socket]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers at once, or with 40 MB, or when the client has sent its body."""
    if scope["type"] == "lifespan":
        return
    if scope["path"] == "/work":
        await receive()
    body = b"x" * (40_000_000 if scope["path"] == "/much" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """`connect(patience)`: another connection to a service that has this patience."""
    monkeypatch.setattr(connections, "LOOK_EVERY", 0.02)
    # every client of a test is on this machine
    monkeypatch.setattr(connections.Connections, "_is_limited", lambda self, address: True)
    servers: dict[Patience, Any] = {}
    with ExitStack() as made:

        def connect(patience: Patience) -> socket.socket:
            if patience not in servers:
                config = uvicorn.Config(app, port=0, http=guarded(patience, ""), lifespan="off", log_level="error")
                server = servers[patience] = uvicorn.Server(config)
                thread = threading.Thread(target=server.run)
                thread.start()
                made.callback(thread.join, 10)
                made.callback(setattr, server, "should_exit", True)
                while not server.started:
                    time.sleep(0.01)
            client = socket.create_connection(servers[patience].servers[0].sockets[0].getsockname(), timeout=5)
            made.enter_context(client)
            return client

        yield connect
    for logger in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(logger).handlers.clear()


def is_ended(client: socket.socket, within: float = 2.0) -> bool:
    client.settimeout(within)
    try:
        while client.recv(1_000_000):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def is_answered(client: socket.socket, path: bytes = b"") -> bool:
    try:
        client.sendall(GET % path)
        return client.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: freshfront\r\nX-Slow: "])
def test_a_head_that_does_not_come_to_its_end_ends_the_connection(connect: Serve, sent: bytes) -> None:
    client = connect(replace(PATIENT, head_seconds=0.3))
    client.sendall(sent)
    assert is_ended(client)


def test_a_head_that_trickles_ends_the_connection_after_an_answer_too(connect: Serve) -> None:
    client = connect(replace(PATIENT, head_seconds=0.4))
    assert is_answered(client)
    sent = 0
    with suppress(OSError):
        for byte in GET * 2:
            client.sendall(bytes([byte]))
            sent += 1
            time.sleep(0.05)
    assert sent < 30


def test_a_head_without_end_is_refused(connect: Serve) -> None:
    client = connect(PATIENT)
    client.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 60_000)
    assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert is_ended(client)


def test_a_client_that_does_not_take_its_answer_is_cut_off(connect: Serve) -> None:
    client = connect(replace(PATIENT, head_seconds=0.1, taking_seconds=0.5, slowest=1e9))
    client.sendall(GET % b"much")
    time.sleep(1.5)
    client.settimeout(2)
    taken = 0
    with suppress(ConnectionError):
        while piece := client.recv(1_000_000):
            taken += len(piece)
    assert taken < 40_000_000


def test_a_client_that_takes_its_answer_slowly_gets_it(connect: Serve) -> None:
    client = connect(replace(PATIENT, head_seconds=0.1, taking_seconds=0.5, slowest=30_000_000))
    client.sendall(GET % b"much")
    taken = 0
    while piece := client.recv(1_000_000):
        taken += len(piece)
        time.sleep(0.02)
    assert taken > 40_000_000


def test_who_waits_longest_makes_room_and_who_is_at_work_does_not(connect: Serve) -> None:
    few = replace(PATIENT, in_all=4)
    working = connect(few)
    working.sendall(b"POST /work HTTP/1.1\r\nHost: freshfront\r\nContent-Length: 1\r\n\r\n")
    idle = [connect(few) for _ in range(3)]
    time.sleep(0.1)
    assert is_answered(idle[0]), "so it waits since now"
    for _ in range(2):
        assert is_answered(connect(few))
    assert [is_ended(one, 0.2) for one in idle] == [False, True, True]
    working.sendall(b"x")
    assert working.recv(100).startswith(b"HTTP/1.1 200")


def test_a_thousand_idle_connections_keep_nobody_out(connect: Serve) -> None:
    idle = [connect(PATIENT) for _ in range(1000)]
    assert is_answered(connect(PATIENT))
    assert sum(is_ended(one, 0.05) for one in idle) >= 950


def test_where_all_are_at_work_a_new_one_is_refused(connect: Serve) -> None:
    two = replace(PATIENT, in_all=2)
    for _ in range(2):
        connect(two).sendall(b"POST /work HTTP/1.1\r\nHost: freshfront\r\nContent-Length: 1\r\n\r\n")
    time.sleep(0.1)
    assert is_ended(connect(two), 0.5)


class Client(GuardedConnection):
    def __init__(self, address: str) -> None:
        self.address, self.aborted = address, False
        self.loop = self.transport = self  # type: ignore[assignment]

    def time(self) -> float:
        return 0.0

    def call_later(self, *_: Any) -> None: ...

    def abort(self) -> None:
        self.aborted = True


def test_an_address_has_its_own_limit_and_proxies_and_this_machine_have_none() -> None:
    of_service = guarded(Patience(in_all=100, per_address=2), "192.0.2.1, 198.51.100.0/24").among
    admitted = {
        address: [Client(address) for _ in range(4)]
        for address in ("203.0.113.5", "203.0.113.6", "192.0.2.1", "198.51.100.9", "127.0.0.1", "::1")
    }
    for some in admitted.values():
        for one in some:
            of_service.admit(one)
    gone = {address: sum(one.aborted for one in some) for address, some in admitted.items()}
    assert gone == {
        "203.0.113.5": 2, "203.0.113.6": 2, "192.0.2.1": 0, "198.51.100.9": 0, "127.0.0.1": 0, "::1": 0
    }  # fmt: skip


def test_so_many_files_may_be_open_as_connections_need() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, hard))
    try:
        assert allow_files(1_500) == 1_500
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1_700
        assert allow_files(hard * 2) < hard, "no more than there can be"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
