"""Fifty people who read pages and the API, each a few seconds after the last answer, in a process of their own.

`python -m tests.bench.storm.readers PORT KEY FILE` counts what is answered by status and writes it, as JSON, once a
second; what is our fault (500) with its body."""

import asyncio
import json
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

READERS: Final = 50
THINKS: Final = (1.0, 5.0)  # seconds
AT_MOST: Final = 20.0  # that a reader waits
PAGES: Final = ("/", "/plans", "/plans/{plan}", "/stock", "/stock/W1", "/orders", "/temperatures", "/slots")
API: Final = (
    "/v1/today", "/v1/purchase-plans?limit=5", "/v1/purchase-plans/{plan}", "/v1/purchase-plans/{plan}/lines?limit=50",
    "/v1/purchase-orders?limit=20", "/v1/alarms", "/v1/warehouses/W1/zones", "/v1/warehouses/W2/stock",
    "/v1/readings?sensor_id=M00&limit=50", "/v1/warehouses/W3/forecasts", "/v1/events?after=latest", "/readyz",
)  # fmt: skip


class Readers:
    """All of them: what they know of each other is one session and the last plan that one has seen."""

    def __init__(self, port: int, key: str, file: Path) -> None:
        self._port, self._key, self._file = port, key, file
        self._cookie: str | None = None
        self._plan: str | None = None
        self._counts: Counter[str] = Counter()
        self._faults: list[str] = []

    async def read(self) -> None:
        """Reads until it is ended."""
        async with asyncio.TaskGroup() as together:
            for number in range(READERS):
                together.create_task(self._reader(random.Random(number)))  # noqa: S311 - which pages
            together.create_task(self._report())

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._file.write_text(json.dumps({"counts": self._counts, "faults": self._faults}))

    async def _reader(self, chance: random.Random) -> None:
        while True:
            await asyncio.sleep(chance.uniform(*THINKS))
            path = chance.choice(PAGES + API)
            if "{plan}" in path and self._plan is None:
                path = "/v1/purchase-plans?limit=5"
            try:
                async with asyncio.timeout(AT_MOST):
                    await self._open(path.format(plan=self._plan))
            except TimeoutError:
                self._counts["too late"] += 1
            except (OSError, asyncio.IncompleteReadError):
                self._counts["no answer"] += 1

    async def _open(self, path: str) -> None:
        if path.startswith("/v1") or path == "/readyz":
            header = f"Authorization: Bearer {self._key}"
        else:
            self._cookie = self._cookie or await self._signed_in()
            header = f"Cookie: {self._cookie}"
        status, _, body = await self._ask(f"GET {path} HTTP/1.1\r\n{header}\r\n")
        self._counts[str(status)] += 1
        if status == 401:
            self._cookie = None
        if status not in (200, 303, 401, 503):
            self._faults.append(f"GET {path}: {status} {body[:300].decode(errors='replace')}")
        if path.startswith("/v1/purchase-plans?") and status == 200 and json.loads(body)["items"]:
            self._plan = json.loads(body)["items"][0]["plan_id"]

    async def _signed_in(self) -> str | None:
        form = urlencode({"key": self._key})
        origin = f"Origin: http://127.0.0.1:{self._port}\r\nSec-Fetch-Site: same-origin"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}"
        _, head, _ = await self._ask(f"POST /sign-in HTTP/1.1\r\n{origin}\r\n{kind}\r\n", form)
        found = re.search(rb"set-cookie: (freshfront_session=[^;]+)", head, re.IGNORECASE)
        return None if found is None else found[1].decode()

    async def _ask(self, head: str, body: str = "") -> tuple[int, bytes, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        try:
            writer.write(f"{head}Host: 127.0.0.1:{self._port}\r\nConnection: close\r\n\r\n{body}".encode())
            answer = await reader.read()
            first, _, rest = answer.partition(b"\r\n\r\n")
            if not first.startswith(b"HTTP/1.1 "):
                raise asyncio.IncompleteReadError(answer, None)
            return int(first[9:12]), first, rest
        finally:
            writer.close()


if __name__ == "__main__":
    asyncio.run(Readers(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])).read())
