"""Slots and moves of many warehouses through a database: CPU seconds and wall of suggesting, and of listing the moves.

Generated as in `slot_growth.py`, with its floor, goods and order lines, but kept in a fresh SQLite database, from which
the night's step reads and into which it writes: `make bench-slot-database BENCH="--warehouses 10 --products 3000"`.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Table

from api.pages.slots.slots import open_steps, warehouses_with_moves
from data.bulk import write_rows
from data.database import open_database, reading, upgrade_schema, writing
from data.tables import (
    FloorPointRow,
    ForecastRow,
    OrderLineRow,
    ProductRow,
    SlotRow,
    WarehouseRow,
    ZoneRow,
)
from flows.day.slotting import suggest_slots
from flows.for_each_warehouse import side_by_side
from tests.bench.slot_growth import BANDS, floor, laid, stored

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
TODAY, DAYS, ORDERED_DAYS = date(2026, 3, 2), 7, 35


def fill(engine: Engine, warehouses: int, products: int, lines: int) -> None:
    """Products that all warehouses sell, and each one's floor, what lies there, its forecasts and its order lines."""
    rng = np.random.default_rng(0)
    goods = stored(floor(products), products, rng)
    with writing(engine) as session:
        session.add_all(
            ProductRow(product_id=row["product_id"], name=row["product_id"], category=row["band"], band=row["band"],
                       unit="kg", volume_l=1, weight_kg=1, ethylene=row["ethylene"] or None, odour=row["odour"] or None,
                       allergens=row["allergens"] or None, raw_meat=bool(row["raw_meat"]))
            for row in goods.to_dict("records")
        )  # fmt: skip
    for number in range(warehouses):
        name = f"W{number:02d}"
        with writing(engine) as session:
            session.add(WarehouseRow(warehouse_id=name, name=name, city="", timezone="Asia/Shanghai"))
            session.flush()
            session.add_all(ZoneRow(zone_id=f"{name}-{band}", warehouse_id=name, name=band, band=band, x_m=0, y_m=0,
                                    width_m=1, depth_m=1) for band in BANDS)  # fmt: skip
            session.add(FloorPointRow(warehouse_id=name, point="start", x_m=0, y_m=0))
            session.flush()
            for row, rows in (
                (SlotRow, _slots(name, laid(floor(products), goods, rng))),
                (ForecastRow, _forecasts(name, goods)),
                (OrderLineRow, _order_lines(name, goods, lines, rng)),
            ):
                columns = [str(column) for column in rows]
                table: Table = row.__table__  # type: ignore[assignment]
                write_rows(session.connection(), table, columns, rows.itertuples(index=False, name=None))


def _slots(name: str, slots: pd.DataFrame) -> pd.DataFrame:
    kept = ["slot_id", "x_m", "y_m", "distance_m", "volume_l", "product_id", "aisle", "bay", "level", "max_weight_kg"]
    zone_id, slot_id = (name + "-" + slots[column] for column in ("zone_id", "slot_id"))
    return slots[kept].assign(warehouse_id=name, zone_id=zone_id, slot_id=slot_id, pick_face=True)


def _forecasts(name: str, goods: pd.DataFrame) -> pd.DataFrame:
    mean = goods["lines_per_day"]
    return pd.concat(
        pd.DataFrame({
            "warehouse_id": name, "product_id": goods["product_id"], "date": TODAY + timedelta(days=ahead),
            "origin": NOW - timedelta(hours=9), "mean": mean, "model": "generated",
            **{f"q{at:02d}": mean * at / 50 for at in (5, 10, 25, 50, 75, 90, 95)},
        })
        for ahead in range(DAYS)
    )  # fmt: skip


def _order_lines(name: str, goods: pd.DataFrame, lines: int, rng: np.random.Generator) -> pd.DataFrame:
    size = rng.integers(1, 8, lines // 4)
    order = np.repeat(np.arange(len(size)), size)
    odds = goods["lines_per_day"] / goods["lines_per_day"].sum()
    at = pd.Series(NOW - pd.to_timedelta(ORDERED_DAYS * 24 * (1 - order / len(size)), unit="h"))
    return pd.DataFrame({
        "warehouse_id": name, "order_id": [f"{name}-{one}" for one in order],
        "line_no": pd.Series(order).groupby(order).cumcount() + 1, "ordered_at": at.dt.to_pydatetime(),
        "known_at": at.dt.to_pydatetime(), "product_id": rng.choice(goods["product_id"], len(order), p=odds),
        "quantity": 1,
    })  # fmt: skip


def timed(what: str, work: Callable[[], Any]) -> None:
    """Says the CPU seconds of this process and its children, wall, and the most memory so far."""
    began, wall = _cpu(), time.perf_counter()
    found = work()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {_cpu() - began:.1f} s CPU, {time.perf_counter() - wall:.1f} s wall, {memory:.0f} MB; {found}")


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def listed(engine: Engine, names: list[str]) -> int:
    """What the pages of slots read: all warehouses, and the moves of each."""
    with reading(engine) as session:
        warehouses_with_moves(session)
        return sum(len(open_steps(session, name, {})) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("--warehouses", 10), ("--products", 3_000), ("--lines", 60_000)):
        parser.add_argument(name, type=int, default=usual)
    asked = parser.parse_args()
    names = [f"W{number:02d}" for number in range(asked.warehouses)]
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'slots.sqlite'}"
        os.environ["FRESHFRONT_DATABASE_URL"] = address
        engine = open_database(address)
        upgrade_schema(engine)
        timed("filled", lambda: fill(engine, asked.warehouses, asked.products, asked.lines))
        timed("suggested", lambda: suggest_slots(names, NOW, side_by_side))
        timed("listed", lambda: listed(engine, names))


if __name__ == "__main__":
    main()
