"""A shop whose range can be judged: sixteen weeks of days of leaves, one of which sells little and is thrown away."""

from datetime import date, timedelta
from decimal import Decimal
from typing import cast

import numpy as np
from sqlalchemy import Engine, Table

from data.bulk import write_rows
from data.database import writing
from data.tables import Band, LineDayRow, ProductRow, SumsOfProducts, Unit
from flows.assortment.history import LookedBack
from tests.integration.flows.conftest import TODAY, forecast_row

WEEKS = 16
LOOKED = LookedBack(WEEKS, 8, 1.6)
LEAVES = ("chard", "cress", "kale", "lettuce", "rocket", "sorrel", "chervil")
SELLS_BADLY = "chervil"
SUMS = tuple(SumsOfProducts.__annotations__)


def sell_leaves(engine: Engine, warehouses: tuple[str, ...] = ("W1", "W2")) -> None:
    """Leaves of one subcategory at 10 a kg, sold in both warehouses each day; of chervil half a kg sells and as much
    again is thrown away."""
    random = np.random.default_rng(5)
    rows = []
    for warehouse in warehouses:
        for product in (*LEAVES, "spinach", "milk"):
            for ago in range(7 * WEEKS, 0, -1):
                bad = product == SELLS_BADLY
                sold = float(random.poisson(1 if bad else 20)) / 2
                wasted = 3.0 if bad else 0.1
                rows.append(line_day(warehouse, product, TODAY - timedelta(days=ago), sold, wasted))
    with writing(engine) as session:
        session.add_all(
            ProductRow(product_id=name, name=name.title(), category="leaf", subcategory="leaves", band=Band.LEAF,
                       unit=Unit.KG, shelf_life_days=2, list_price=Decimal(10), volume_l=Decimal(2))
            for name in LEAVES
        )  # fmt: skip
        session.flush()
        session.add_all(
            forecast_row(warehouse, name, TODAY + timedelta(days=ahead), 10.0)
            for warehouse in warehouses for name in LEAVES for ahead in range(7)
        )  # fmt: skip
        columns = ["warehouse_id", "product_id", "date", *SUMS]
        write_rows(session.connection(), cast(Table, LineDayRow.__table__), columns, rows)


def line_day(warehouse: str, product: str, day: date, sold: float, wasted: float) -> tuple[object, ...]:
    sums = dict.fromkeys(SUMS, 0.0) | {
        "days": 1.0, "known_days": 1.0, "demand": sold, "met": sold, "sold": sold, "came": sold + wasted,
        "expired": wasted, "waste_money": wasted * 6,
    }  # fmt: skip
    return (warehouse, product, day, *(sums[name] for name in SUMS))
