"""How many pages of a plan's lines the service answers, beside a bare FastAPI route that returns the same bytes.

A plan of 3,000 lines (10 warehouses, 300 products) in a database that is made for it; service and bare route each in a
process of their own, asked in turns over kept-alive connections by one reader and by many, each time for other lines:
no answer is stored, none is a 304. `python -m tests.bench.plan_lines` prints a line of Markdown each for API and page:
answers a second, and the CPU time of the process that answers, which says more where others use the machine.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from sqlalchemy import Engine

from data.database import open_database, upgrade_schema, writing
from data.tables import (
    Band,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PurchasePlanRow,
    Role,
    SupplierRow,
    Unit,
    WarehouseRow,
)
from flows.access.keys import create_key, create_sign_in_token
from flows.purchasing.planning.line_risk import weigh
from flows.purchasing.showing.plan_totals import keep_totals
from tests.ports import free_port

ROOT: Final = Path(__file__).parents[2]
WAREHOUSES, PRODUCTS = 10, 300
READERS: Final = (1, 50)
SECONDS: Final = 4.0  # of each turn
TURNS: Final = 3
BARE: Final = """
import sys
from fastapi import FastAPI
from starlette.responses import Response
body, kind = open(sys.argv[1], "rb").read(), sys.argv[2]
app = FastAPI()
@app.get("/")
def same_bytes():
    return Response(body, media_type=kind)
import uvicorn
uvicorn.run(app, port=int(sys.argv[3]), log_level="warning", access_log=False)
"""


def main() -> None:
    """Prints the requests a second of both, and their ratio, by readers."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    args = asked.parse_args()
    with TemporaryDirectory(prefix="plan-lines") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'plan.sqlite'}"
        engine = open_database(url)
        upgrade_schema(engine)
        key, sign_in = filled(engine)
        print("| what | readers | requests a second | bare route | ratio | CPU ms | bare route | ratio |")
        print("|---|---|---|---|---|---|---|---|")
        with served(url) as service:
            port = service.port
            cookie = httpx.post(
                f"http://127.0.0.1:{port}/sign-in", data={"key": sign_in}, headers={"Sec-Fetch-Site": "same-origin"}
            ).cookies["freshfront_session"]
            for what, kind, header, paths in (
                ("API", "application/json", f"Authorization: Bearer {key}", api_paths(port, key)),
                ("page", "text/html; charset=utf-8", f"Cookie: freshfront_session={cookie}", page_paths()),
            ):
                compared(folder, what, kind, header, paths, service, args.seconds)


@dataclass(frozen=True)
class Server:
    """A process that answers on a port."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used so far, in ticks of 10 ms."""
        ticks = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@dataclass
class Answered:
    """What a server did in its turns."""

    answers: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds an answer."""
        return self.cpu_seconds * 1000 / self.answers


def compared(
    folder: Path, what: str, kind: str, header: str, paths: Sequence[str], service: Server, seconds: float
) -> None:
    """One kind of page beside the bare route, in turns."""
    name, _, value = header.partition(": ")
    url, headers = f"http://127.0.0.1:{service.port}{paths[0]}", {name: value, "Accept-Encoding": "identity"}
    body = httpx.get(url, headers=headers)
    assert body.status_code == 200, body.text
    (folder / "body").write_bytes(body.content)
    with process([sys.executable, "-c", BARE, str(folder / "body"), kind], dict(os.environ)) as bare:
        for readers in READERS:
            ours, theirs = Answered(), Answered()
            for _ in range(TURNS):
                asyncio.run(turn(theirs, bare, ["/"], "X-Nothing: 1", readers, seconds))
                asyncio.run(turn(ours, service, paths, header, readers, seconds))
            rates = f"{ours.rate:.0f} | {theirs.rate:.0f} | {ours.rate / theirs.rate:.1%}"
            cpu = f"{ours.cpu_ms:.2f} | {theirs.cpu_ms:.2f} | {theirs.cpu_ms / ours.cpu_ms:.1%}"
            print(f"| {what}, {len(body.content) / 1024:.0f} KB | {readers} | {rates} | {cpu} |", flush=True)


async def turn(done: Answered, server: Server, paths: Sequence[str], header: str, readers: int, seconds: float) -> None:
    """Adds the answers of some seconds, each read whole; raises for one that is no 200."""
    asked = itertools.cycle(paths)
    cpu, began = server.cpu_seconds(), time.perf_counter()
    counts = await asyncio.gather(*(_reader(server.port, asked, header, began + seconds) for _ in range(readers)))
    done.answers += sum(counts)
    done.seconds += time.perf_counter() - began
    done.cpu_seconds += server.cpu_seconds() - cpu


async def _reader(port: int, asked: Iterator[str], header: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    count = 0
    try:
        while time.perf_counter() < until:
            writer.write(f"GET {next(asked)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:200]
            lower = head.lower()
            await reader.readexactly(int(lower.partition(b"content-length:")[2].split(b"\r\n")[0]))
            count += 1
    finally:
        writer.close()
    return count


def api_paths(port: int, key: str) -> list[str]:
    """Pages of lines by cursor and by filter, each of 100 lines."""
    paths = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}) as client:
        for sort in ("line_no", "-at_risk", "product_name", "-cost"):
            cursor = None
            while True:
                path = f"/v1/purchase-plans/plan/lines?limit=100&sort={sort}" + (f"&cursor={cursor}" if cursor else "")
                paths.append(path)
                answer = client.get(path)
                answer.raise_for_status()
                cursor = answer.json()["next"]
                if cursor is None:
                    break
    return paths + [f"/v1/purchase-plans/plan/lines?limit=100&warehouse_id=W{n:02}" for n in range(WAREHOUSES)]


def page_paths() -> list[str]:
    """Pages of the plan by warehouse, sort and place."""
    sorts = ("-at_risk", "product_name", "-cost", "supplier_name")
    return [f"/plans/plan?sort={sort}&first={first}" for sort in sorts for first in range(0, 3000, 100)]


def filled(engine: Engine) -> tuple[str, str]:
    """Writes the plan; returns an API key and a sign-in token of a buyer."""
    now = datetime.now(UTC)
    tomorrow = now.date() + timedelta(days=1)
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=f"W{n:02}", name=f"Front {n}", city="杭州", timezone="Asia/Shanghai")
            for n in range(WAREHOUSES)
        )
        session.add_all(SupplierRow(supplier_id=f"S{n:03}", name=f"Farm {n}", kind="farm") for n in range(60))
        session.add_all(
            ProductRow(product_id=f"P{n:04}", name=f"Baby spinach {n}", category=f"category {n % 12}",
                       band=Band.LEAF, unit=Unit.KG, shelf_life_days=4, list_price=Decimal(9))
            for n in range(PRODUCTS)
        )  # fmt: skip
        session.flush()
        session.add_all(
            OfferRow(offer_id=f"O{n:04}", supplier_id=f"S{n % 60:03}", product_id=f"P{n:04}", pack_size=Decimal(5),
                     min_quantity=Decimal(0), lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7",
                     valid_from=date(2026, 1, 1), known_at=now - timedelta(days=9),
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal("5.5"))])
            for n in range(PRODUCTS)
        )  # fmt: skip
        session.flush()
        plan = PurchasePlanRow(plan_id="plan", delivery_date=tomorrow, origin=now, status=PlanStatus.DRAFT,
                               created_at=now, created_by="bench")  # fmt: skip
        plan.lines = [_line(number, tomorrow, now) for number in range(WAREHOUSES * PRODUCTS)]
        plan.warehouses = [
            PlanWarehouseRow(warehouse_id=f"W{n:02}", order_date=now.date(), open=True) for n in range(WAREHOUSES)
        ]
        weigh(plan.lines)
        session.add(plan)
        keep_totals(session, plan)
        _, key = create_key(session, "bench", Role.BUYER, now)
        return key, create_sign_in_token(session, "bench", Role.BUYER, now, lasts=timedelta(hours=2))


def _line(number: int, day: date, now: datetime) -> PlanLineRow:
    product, mean = number % PRODUCTS, 20.0 + number % 37
    reasons = [
        {"code": "covers", "days": 2, "until": f"{day + timedelta(days=1)}"},
        {"code": "needs", "quantity": mean * 1.2},
        {"code": "grossed_up_for_yield", "yield": 0.96, "from": mean * 1.2, "to": mean * 1.25},
        {"code": "rounded_to_pack", "pack_size": 5.0, "from": mean * 1.25, "to": 50.0},
        {"code": "best_of_offers", "offers": 3, "lowest_price": 5.5},
    ]
    warned = number % 7 == 0
    if warned:
        reasons.append({"code": "capped_by_capacity", "capacity": 400.0, "asked_by_all": 900.0, "share": 50.0})
    units = [float(n) for n in range(0, 100, 4)]
    outcome = {
        "units": units,
        "short": [max(mean - unit, 0.5) for unit in units],
        "wasted": [max(unit - mean, 0.0) / 2 for unit in units],
        "wasted_beyond": 1.0,
    }
    return PlanLineRow(
        line_no=number + 1, warehouse_id=f"W{number // PRODUCTS:02}", product_id=f"P{product:04}",
        supplier_id=f"S{product % 60:03}", offer_id=f"O{product:04}", order_by=now + timedelta(hours=8),
        covers_from=day, covers_until=day + timedelta(days=1), forecast_mean=mean, forecast_q10=mean * 0.6,
        forecast_q50=mean, forecast_q90=mean * 1.5, usable_stock=Decimal("3.25"), on_order=Decimal(0),
        pack_size=Decimal(5), planned_quantity=Decimal(5 * (number % 12)), quantity=Decimal(5 * (number % 12)),
        unit_price=Decimal("5.5"), expected_shortage=1.0, expected_waste=1.0, selling_price=Decimal(9),
        unit_cost=Decimal("5.7"), share_accepted=0.96, outcome=outcome, reasons=reasons, warnings=" capped_by_capacity "
        if warned else "", previous_quantity=Decimal(25), previous_forecast_mean=mean,
    )  # fmt: skip


@contextmanager
def served(url: str) -> Iterator[Server]:
    """The service on this database."""
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:served_app", "--log-level", "warning", "--port"]
    with process(command, os.environ | {"FRESHFRONT_DATABASE_URL": url}) as server:
        yield server


@contextmanager
def process(command: Sequence[str], environment: dict[str, str]) -> Iterator[Server]:
    """A server's process, which is given a free port as its last word, when it answers."""
    port = free_port()
    log = subprocess.DEVNULL
    with subprocess.Popen([*command, str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log) as running:  # noqa: S603 - our own
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/livez")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield Server(port, running.pid)
        finally:
            running.terminate()


if __name__ == "__main__":
    main()
