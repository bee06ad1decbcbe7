"""Ports for processes that are started, and waiting until they listen."""

import secrets
import socket
import time


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on.

    It lies below those that the system gives to outgoing connections and to whoever asks for any: one of these could be
    taken before the process that it is meant for listens.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def wait_for_port(port: int, seconds: float = 30.0) -> None:
    """Returns once somebody listens at 127.0.0.1; raises OSError where nobody does in time."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
