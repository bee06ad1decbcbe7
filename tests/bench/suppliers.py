"""How fast suppliers' scorecards, and the morning report by supplier, answer over a year of a large region, beside a
bare FastAPI route that returns the same bytes.

A year of added-up weeks and days (10 warehouses, 200 suppliers that bring to all) in a database made for it; every
period, of all and of one warehouse, is asked in turns by one reader, page and API; the morning report up to a Friday,
so that no period is of whole weeks alone. `python -m tests.bench.suppliers` prints a line of Markdown for each: median,
95th percentile and slowest in milliseconds, and the bare route's median.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import httpx
import numpy as np
from sqlalchemy import Engine, Table

from data.bulk import write_rows
from data.database import open_database, upgrade_schema, writing
from data.frames.worth.sums import OF_PRODUCTS, OF_WAREHOUSES
from data.frames.worth.supplier_sums import OF_SUPPLIERS
from data.kept.worth_days import add_up_again
from data.tables import Role, SupplierDayRow, SupplierRow, SupplierWeekRow, WarehouseDayRow, WarehouseRow
from flows.access.keys import create_key, create_sign_in_token
from flows.reports.morning.report import Period
from flows.reports.suppliers.scorecards import Weeks
from tests.bench.morning import compared
from tests.bench.plan_lines import served

WAREHOUSES, SUPPLIERS, WEEKS = 10, 200, 52
LAST: Final = date(2026, 11, 22)  # a Sunday


def main() -> None:
    """Prints how long answers take."""
    with TemporaryDirectory(prefix="suppliers") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'suppliers.sqlite'}"
        engine = open_database(url)
        upgrade_schema(engine)
        key, sign_in = filled(engine)
        print("| what | KB | median ms | 95% | slowest | bare route, median ms |\n|---|---|---|---|---|---|")
        with served(url) as service:
            base = f"http://127.0.0.1:{service.port}"
            cookie = httpx.post(f"{base}/sign-in", data={"key": sign_in}, headers={"Sec-Fetch-Site": "same-origin"})
            signed_in = {"Cookie": f"freshfront_session={cookie.cookies['freshfront_session']}"}
            bearer = {"Authorization": f"Bearer {key}"}
            for api, page, query in asked():
                compared(folder, f"API {api}?{query}", f"{base}/v1{api}?{query}", bearer, "application/json")
                compared(folder, f"page {page}?{query}", f"{base}{page}?{query}", signed_in, "text/html")


def asked() -> Iterator[tuple[str, str, str]]:
    """The paths of API and page, and what they are asked for."""
    for warehouse in ("", "&warehouse_id=W03"):
        for weeks in Weeks:
            yield "/suppliers/scorecards", "/suppliers", f"period={weeks}{warehouse}"
        for period in Period:
            yield "/morning", "/morning", f"period={period}&by=supplier&until={LAST - timedelta(days=2)}{warehouse}"


def filled(engine: Engine) -> tuple[str, str]:
    """Writes the weeks and days; returns an API key and a sign-in token."""
    now = datetime.now(UTC)
    random = np.random.default_rng(1)
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=f"W{n:02}", name=f"Front {n}", city="杭州", timezone="Asia/Shanghai")
            for n in range(WAREHOUSES)
        )
        session.add_all(
            SupplierRow(supplier_id=f"F{n:03}", name=f"Hill Farm {n}", kind="farm") for n in range(SUPPLIERS)
        )
        session.flush()
        sums = dict.fromkeys((*OF_PRODUCTS, *OF_WAREHOUSES), 0.0)
        session.add(WarehouseDayRow(date=LAST, warehouse_id="W03", read_at=now, **sums))
        columns = ("date", "warehouse_id", "supplier_id", *OF_SUPPLIERS)
        for n in range(WEEKS):
            monday = LAST - timedelta(days=6 + 7 * n)
            write_rows(session.connection(), cast(Table, SupplierWeekRow.__table__), columns, _rows(monday, random))
        for n in range(WEEKS * 7):
            day = LAST - timedelta(days=n)
            write_rows(session.connection(), cast(Table, SupplierDayRow.__table__), columns, _rows(day, random))
        add_up_again(session)
        _, key = create_key(session, "bench", Role.BUYER, now)
        return key, create_sign_in_token(session, "bench", Role.BUYER, now, lasts=timedelta(hours=2))


def _rows(monday: date, random: np.random.Generator) -> Iterator[Sequence[Any]]:
    """Every sum is there: wholes of about 100, their parts somewhat less."""
    for w in range(WAREHOUSES):
        for s in range(SUPPLIERS):
            yield (monday, f"W{w:02}", f"F{s:03}", *random.uniform(80, 100, len(OF_SUPPLIERS)).tolist())


if __name__ == "__main__":
    main()
