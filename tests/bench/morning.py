"""How fast the morning report answers over a year of the sample region's size, beside a bare FastAPI route that returns
the same bytes.

A year of added-up days (10 warehouses, 300 products, 1.1 million lines) in a database that is made for it; every
period and grouping is asked in turns by one reader, page and API. `python -m tests.bench.morning` prints a line of
Markdown for each: median, 95th percentile and slowest in milliseconds, and the bare route's median. `--url` names
another database, which must be empty.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import httpx
import numpy as np
from sqlalchemy import Engine, Table, func, insert, literal, select

from data.bulk import write_rows
from data.database import open_database, upgrade_schema, writing
from data.frames.worth.sums import OF_PRODUCTS, OF_WAREHOUSES, By
from data.kept.worth_days import LINE_COLUMNS, add_up_again
from data.tables import Band, LineDayRow, ProductRow, Role, Unit, WarehouseDayRow, WarehouseRow
from flows.access.keys import create_key, create_sign_in_token
from flows.reports.morning.report import Period
from tests.bench.plan_lines import BARE, process, served
from warehouse.worth.measures import Measures

WAREHOUSES, PRODUCTS, DAYS = 10, 300, 365
LAST: Final = date(2026, 11, 26)
TIMES: Final = 12  # each address is asked


def main() -> None:
    """Prints how long answers take."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--url", help="of an empty database; a SQLite file if not given")
    asked.add_argument("--days", type=int, default=DAYS)
    args = asked.parse_args()
    with TemporaryDirectory(prefix="morning") as name:
        folder = Path(name)
        url = args.url or f"sqlite:///{folder / 'morning.sqlite'}"
        engine = open_database(url)
        upgrade_schema(engine)
        key, sign_in = filled(engine, args.days)
        print("| what | KB | median ms | 95% | slowest | bare route, median ms |\n|---|---|---|---|---|---|")
        with served(url) as service:
            base = f"http://127.0.0.1:{service.port}"
            cookie = httpx.post(f"{base}/sign-in", data={"key": sign_in}, headers={"Sec-Fetch-Site": "same-origin"})
            signed_in = {"Cookie": f"freshfront_session={cookie.cookies['freshfront_session']}"}
            for what, path, headers, kind in (
                ("API", "/v1/morning", {"Authorization": f"Bearer {key}"}, "application/json"),
                ("page", "/morning", signed_in, "text/html"),
            ):
                for query in queries():
                    compared(folder, f"{what} {query}", f"{base}{path}?{query}", headers, kind)


def queries() -> Iterator[str]:
    """Every period and grouping of all, and the way down from a warehouse to a line."""
    for period in Period:
        for by in By:
            yield f"period={period}&by={by}"
    for narrowed in ("warehouse_id=W03&by=category", "warehouse_id=W03&category=category%202&by=product",
                     "warehouse_id=W03&product_id=P0002&by=day"):  # fmt: skip
        yield f"period={Period.FOUR_WEEKS}&{narrowed}"


def compared(folder: Path, what: str, address: str, headers: dict[str, str], kind: str) -> None:
    """One address beside the bare route."""
    body, ours = measured(address, headers)
    (folder / "body").write_bytes(body)
    with process([sys.executable, "-c", BARE, str(folder / "body"), kind], dict(os.environ)) as bare:
        _, theirs = measured(f"http://127.0.0.1:{bare}/", {})
    high = sorted(ours)[int(0.95 * (len(ours) - 1) + 0.5)]
    print(
        f"| {what} | {len(body) / 1024:.0f} | {statistics.median(ours):.1f} | {high:.1f} | {max(ours):.1f} | "
        f"{statistics.median(theirs):.1f} |",
        flush=True,
    )


def measured(address: str, headers: dict[str, str]) -> tuple[bytes, Sequence[float]]:
    """The answer, and the milliseconds that each of TIMES took after one that does not count."""
    took = []
    with httpx.Client(headers=headers, timeout=60) as client:
        body = client.get(address)
        assert body.status_code == 200, body.text
        for _ in range(TIMES):
            start = time.perf_counter()
            client.get(address)
            took.append((time.perf_counter() - start) * 1000)
    return body.content, took


def filled(engine: Engine, days: int) -> tuple[str, str]:
    """Writes the days; returns an API key and a sign-in token."""
    now = datetime.now(UTC)
    random = np.random.default_rng(1)
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=f"W{n:02}", name=f"Front {n}", city="杭州", timezone="Asia/Shanghai")
            for n in range(WAREHOUSES)
        )
        session.add_all(
            ProductRow(product_id=f"P{n:04}", name=f"Baby spinach {n}", category=f"category {n % 7}", band=Band.LEAF,
                       unit=Unit.KG)
            for n in range(PRODUCTS)
        )  # fmt: skip
        session.flush()
        table = cast(Table, LineDayRow.__table__)
        for n in range(days):
            write_rows(session.connection(), table, LINE_COLUMNS, _lines(LAST - timedelta(days=n), random))
        add_up_again(session)
        line, whole = LineDayRow, cast(Table, WarehouseDayRow.__table__)
        sums = [func.sum(getattr(line, name)).label(name) for name in OF_PRODUCTS]
        nothing = [literal(0.0).label(name) for name in OF_WAREHOUSES]
        added = select(
            line.date, line.warehouse_id, func.min(WarehouseRow.updated_at).label("read_at"), *sums, *nothing
        )
        added = added.join(WarehouseRow, WarehouseRow.warehouse_id == line.warehouse_id)
        added = added.group_by(line.date, line.warehouse_id)
        session.execute(insert(whole).from_select([column.name for column in added.selected_columns], added))
        _, key = create_key(session, "bench", Role.BUYER, now)
        return key, create_sign_in_token(session, "bench", Role.BUYER, now, lasts=timedelta(hours=2))


def _lines(day: date, random: np.random.Generator) -> Iterator[Sequence[Any]]:
    """Lines of about what the sample region has; every sum but those of rare events is there."""
    demand = random.gamma(2, 10, (WAREHOUSES, PRODUCTS))
    sold, bought = demand * random.uniform(0.6, 1, demand.shape), demand * random.normal(1, 0.2, demand.shape)
    for w in range(WAREHOUSES):
        for p in range(PRODUCTS):
            wanted, out, came = (float(one[w, p]) for one in (demand, sold, bought))
            sums = Measures(
                days=1, known_days=1, demand=wanted, met=out, sold=out, short_money=(wanted - out) * 3,
                forecast_demand=wanted, forecast_mean=wanted * 1.01, forecast_off=wanted * 0.27, bought=came,
                demanded=wanted, bought_off=abs(came - wanted), came=came, rejected_receipt=came * 0.03,
                waste_money=came * 0.2, suggested=1, edited=float(p % 9 == 0), stock_days=1, stock=came,
                stock_money=came * 5, stock_sold_money=out * 5,
            )  # fmt: skip
            yield (day, f"W{w:02}", f"P{p:04}", *astuple(sums)[: len(OF_PRODUCTS)])


if __name__ == "__main__":
    main()
