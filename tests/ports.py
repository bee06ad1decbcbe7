"""Waiting until a process that was started listens."""

import socket
import time


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
