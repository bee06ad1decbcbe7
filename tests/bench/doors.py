"""What somebody outside can do to the service: large bodies without a key and with one, connections held open.

The service as `freshfront serve` runs it, on a new SQLite database. While others send bodies of 10 MB or hold 2,000
connections open, `/livez` is asked fifty times a second and `/v1/warehouses` one after the other. Wanted: p99 of
`/livez` below 200 ms; without a key, memory below 1.3 times that of the idle service.
"""

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from data.database import open_database, upgrade_schema, writing
from data.tables import Role
from flows.access.keys import create_key
from tests.ports import free_port

READING = {"sensor_id": "W01-L-T1", "taken_at": "2026-11-22T06:30:00Z", "temperature_c": 3.4}
BODIES = {
    "readings": json.dumps({"readings": [READING] * 115_000}).encode(),
    "numbers": b'{"readings": [' + b"1," * 4_900_000 + b"1]}",
    "members": b"{" + b",".join(b'"%d": {}' % n for n in range(700_000)) + b"}",
}
SENDERS, IDLE = 4, 2_000
COLUMNS = "{:<34} {:>8} {:>9} {:>9} {:>9} {:>10} {:>9} {}"


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    """The port of a service, a key and its process."""
    url, port = f"sqlite:///{folder / 'doors.sqlite'}", free_port()
    engine = open_database(url)
    upgrade_schema(engine)
    with writing(engine) as session:
        _, key = create_key(session, "doors", Role.OPERATOR, datetime.now(UTC))
    engine.dispose()
    environment = os.environ | {"FRESHFRONT_DATABASE_URL": url, "FRESHFRONT_PORT": str(port)}
    command = "from flows.settings import Settings; from flows.processes.running import serve; serve(Settings())"
    process = subprocess.Popen([sys.executable, "-c", command], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        while not is_there(port):
            time.sleep(0.1)
        yield port, key, process
    finally:
        process.terminate()
        process.wait(20)


def is_there(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1).is_success
    except httpx.HTTPError:
        return False


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory now."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def send(port: int, key: str | None, body: bytes, until: float, answered: list[int]) -> None:
    """Sends the body again and again, and notes what is answered."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = f"POST /v1/readings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authorization}"
    while time.monotonic() < until:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            try:
                client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answered.append(int(client.recv(100).split()[1]))
            except (OSError, IndexError):
                answered.append(0)


def asked(port: int, key: str, seconds: float, process: subprocess.Popen[bytes]) -> tuple[list[float], float, float]:
    """Milliseconds of `/livez`, warehouses answered a second, the most memory meanwhile."""
    until, took, reads, most = time.monotonic() + seconds, [], [0], 0.0

    def read() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}) as client:
            while time.monotonic() < until:
                client.get("/v1/warehouses", timeout=60).raise_for_status()
                reads[0] += 1

    reader = threading.Thread(target=read)
    reader.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        while time.monotonic() < until:
            began = time.monotonic()
            client.get("/livez", timeout=60).raise_for_status()
            took.append((time.monotonic() - began) * 1000)
            most = max(most, memory_mb(process))
            time.sleep(0.02)
    reader.join()
    return took, reads[0] / seconds, most


def measured(name: str, seconds: float, disturb: Callable[[int, str, float], dict[int, int]]) -> None:
    """Prints a line: how the service did while it was disturbed, beside how it did before."""
    with TemporaryDirectory() as folder, served(Path(folder)) as (port, key, process):
        for what in ("idle", name):
            answers: dict[int, int] = {}
            disturber = threading.Thread(target=lambda: answers.update(disturb(port, key, seconds)))  # noqa: B023
            if what == name:
                disturber.start()
                time.sleep(0.5)
            idle_mb = idle_mb if what == name else memory_mb(process)  # noqa: F821
            took, reads, most = asked(port, key, seconds, process)
            if what == name:
                disturber.join()
            quantiles = statistics.quantiles(took, n=100)
            told = " ".join(f"{status}x{count}" for status, count in sorted(answers.items()))
            print(
                COLUMNS.format(what, len(took), f"{quantiles[49]:.1f}", f"{quantiles[98]:.1f}", f"{max(took):.1f}",
                               f"{reads:.0f}", f"{most / idle_mb:.2f}", told), flush=True
            )  # fmt: skip


def bodies_of(body: str, with_key: bool) -> Callable[[int, str, float], dict[int, int]]:
    """A disturbance: this script in a process of its own, so that its work is not ours."""

    def disturb(port: int, key: str, seconds: float) -> dict[int, int]:
        arguments = [
            "--send",
            body,
            "--port",
            str(port),
            "--seconds",
            str(seconds),
            *(["--key", key] if with_key else []),
        ]
        told = subprocess.run([sys.executable, "-m", "tests.bench.doors", *arguments], capture_output=True, check=True)  # noqa: S603
        return {int(status): count for status, count in json.loads(told.stdout).items()}

    return disturb


def send_from_here(body: bytes, port: int, key: str | None, seconds: float) -> None:
    """Sends over four connections and prints how often each status came."""
    answered: list[int] = []
    until = time.monotonic() + seconds
    senders = [threading.Thread(target=send, args=(port, key, body, until, answered)) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(json.dumps({status: answered.count(status) for status in set(answered)}))


def idle_connections(sent: bytes) -> Callable[[int, str, float], dict[int, int]]:
    """A disturbance: 2,000 connections that send this much and wait."""

    def disturb(port: int, key: str, seconds: float) -> dict[int, int]:
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(IDLE)]
        for one in held:
            try:
                one.sendall(sent)
            except OSError:
                continue  # it has made room for a later one
        time.sleep(seconds)
        for one in held:
            one.close()
        return {}

    return disturb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each is measured")
    parser.add_argument("--send", choices=BODIES, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--key", help=argparse.SUPPRESS)
    asked_for = parser.parse_args()
    if asked_for.send:
        send_from_here(BODIES[asked_for.send], asked_for.port, asked_for.key, asked_for.seconds)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    print(COLUMNS.format("while", "/livez", "p50 ms", "p99 ms", "max ms", "reads/s", "memory", "answers"))
    for body in BODIES:
        measured(f"4 x 10 MB of {body}, no key", asked_for.seconds, bodies_of(body, with_key=False))
    for body in BODIES:
        measured(f"4 x 10 MB of {body}, a key", asked_for.seconds, bodies_of(body, with_key=True))
    measured("2,000 idle connections", asked_for.seconds, idle_connections(b""))
    measured("2,000 heads without end", asked_for.seconds, idle_connections(b"GET / HTTP/1.1\r\nHost: x\r\nX: "))


if __name__ == "__main__":
    main()
