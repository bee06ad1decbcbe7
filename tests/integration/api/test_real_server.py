"""The service as it runs, behind a real socket: a 50 MB body is refused and not kept, a token is not logged."""

import http.client
import logging
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import Engine, text

from api.app import create_app
from data.database import writing
from flows.settings import Settings

from .conftest import Bearer

MB = 1_000_000


@pytest.fixture
def server(shop: Engine, database_url: str) -> Iterator[uvicorn.Server]:
    """uvicorn, which serves the app and waits a second for requests when it ends."""
    app = create_app(Settings(_env_file=None, database_url=SecretStr(database_url)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join(10)
    for logger in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(logger).handlers.clear()


@pytest.fixture
def address(server: uvicorn.Server) -> tuple[str, int]:
    """Where the app is served."""
    name: tuple[str, int] = server.servers[0].sockets[0].getsockname()
    return name


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a session that a thread still uses
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_waits_when_the_service_ends_is_told_to_ask_again(
    server: uvicorn.Server, address: tuple[str, int], bearer: Bearer, shop: Engine
) -> None:
    headers = bearer("operator") | {"Content-Type": "application/json"}
    connection = http.client.HTTPConnection(*address, timeout=30)
    with writing(shop) as session:  # the only writer
        session.execute(text("DELETE FROM webhooks"))
        body = '{"url": "https://a.example/x"}'
        connection.request("POST", "/v1/webhooks", body=body, headers=headers)
        time.sleep(0.3)
        server.should_exit = True
        answer = connection.getresponse()
        assert (answer.status, b"Ask again" in answer.read()) == (503, True)
    connection.close()


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_50_mb_over_a_socket(address: tuple[str, int], bearer: Bearer, chunked: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection = http.client.HTTPConnection(*address, timeout=30)
    piece = b" " * MB
    headers = (
        bearer("operator")
        | {"Content-Type": "application/json"}
        | ({} if chunked else {"Content-Length": str(50 * MB)})
    )
    connection.request("POST", "/v1/readings", body=(piece for _ in range(50)), headers=headers, encode_chunked=chunked)
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"10,000,000 bytes" in answer.read()
    connection.close()
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    assert grown_mb < 40, "at most what is allowed is kept, and the pieces in flight"


def test_a_client_that_announces_much_and_sends_little_is_answered_at_once(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(
            b"POST /v1/readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50000000\r\n\r\n{"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 401")


def test_the_server_logs_no_token(address: tuple[str, int], capfd: pytest.CaptureFixture[str]) -> None:
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("GET", "/sign-in?token=ff_signin-1_do-not-log")
    assert connection.getresponse().status == 200
    connection.close()
    written, until = "", time.monotonic() + 5
    while "/sign-in" not in written and time.monotonic() < until:  # the line follows the answer
        written += "".join(capfd.readouterr())
    assert "/sign-in" in written
    assert "do-not-log" not in written
