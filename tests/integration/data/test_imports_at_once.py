"""Imports that name the same rows at once, each in another order: one after the other, and none fails."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.importers.importing import check_table
from data.importers.rows.given import GivenRows
from data.tables import ProductRow

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_same_rows_in_another_order_wait_for_each_other(engine: Engine) -> None:
    common = {"name": "apple", "category": "fruit", "band": "chilled", "unit": "kg"}
    rows = [common | {"product_id": f"P{number}"} for number in range(400)]

    def import_them(number: int) -> int:
        ordered = rows if number % 2 else rows[::-1]
        with reading(engine) as session:
            checked = check_table(session, "products", GivenRows("body", ordered), now=NOW)
        with closing(checked), writing(engine) as session:
            return checked.keep(session).rows

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(import_them, range(6))) == [400] * 6

    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ProductRow)) == 400
