"""The benchmark reads FreshRetailNet as the product does: the same frames as through importer and database."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.database import open_database, reading, upgrade_schema
from data.datasets.freshretailnet import import_freshretailnet
from flows.demand.run_snapshot import load_known
from forecasting.known.frames import (
    PRODUCT_COLUMNS,
    PROMOTION_COLUMNS,
    SALES_COLUMNS,
    WAREHOUSE_COLUMNS,
    WEATHER_COLUMNS,
)
from tests.bench import retail


def file_of_days(path: Path) -> Path:
    """Three stores in three cities, two products each, 20 days, every column of its own random values."""
    rng = np.random.default_rng(5)
    rows = []
    for store, product, day in [(s, p, d) for s in (11, 3, 7) for p in (38, 5) for d in range(20)]:
        hours = rng.poisson(0.4, 24) / 10
        rows.append(
            {
                "city_id": store % 3,
                "store_id": store,
                "first_category_id": product % 3,
                "second_category_id": 6,
                "third_category_id": product + 60,
                "product_id": product,
                "dt": (date(2024, 4, 1) + timedelta(days=day)).isoformat(),
                "sale_amount": float(hours.sum()),
                "hours_sale": hours.tolist(),
                "hours_stock_status": (rng.random(24) < 0.1).astype(int).tolist(),
                "discount": float(rng.choice([0.0, 0.8, 1.0])),
                "activity_flag": int(rng.random() < 0.2),
                "avg_temperature": 15.5 + day + store,
                "precpt": 1.25 * day,
                "avg_humidity": 70.0 - day,
                "avg_wind_level": 1.9,
            }
        )
    table = pa.Table.from_pylist(rows)
    for name, kind in (("hours_sale", pa.float32()), ("hours_stock_status", pa.int8())):
        table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(pa.list_(kind)))
    pq.write_table(table, path)
    return path


def in_order(frame: pd.DataFrame, columns: object) -> pd.DataFrame:
    return frame[list(columns)].sort_values(list(columns)[:3], ignore_index=True)


def test_the_frames_are_those_of_the_database(tmp_path: Path) -> None:
    file = file_of_days(tmp_path / "days.parquet")
    engine = open_database(f"sqlite:///{tmp_path / 'kept.sqlite'}")
    upgrade_schema(engine)
    import_freshretailnet(engine, file)

    known = retail.read(file, "2024-04-16", retail.first_stores(file, None))

    with reading(engine) as session:
        kept = load_known(session, known.origin.to_pydatetime())
    engine.dispose()
    assert known.zone == kept.zone
    order = known.history.days.sort_values(["warehouse_id", "product_id", "date"]).index.to_numpy()
    np.testing.assert_array_equal(known.history.hourly_sales[order], kept.history.hourly_sales)
    np.testing.assert_array_equal(known.history.in_stock[order], kept.history.in_stock)
    for ours, theirs, columns in (
        (known.history.days, kept.history.days, SALES_COLUMNS),
        (known.promotions, kept.promotions, PROMOTION_COLUMNS),
        (known.weather, kept.weather, WEATHER_COLUMNS),
        (known.products, kept.products, PRODUCT_COLUMNS),
        (known.warehouses, kept.warehouses, WAREHOUSE_COLUMNS),
    ):
        pd.testing.assert_frame_equal(in_order(ours, columns), in_order(theirs, columns), check_dtype=False)


def test_stores_are_taken_city_by_city(tmp_path: Path) -> None:
    file = file_of_days(tmp_path / "days.parquet")

    assert retail.first_stores(file, 2) == [3, 7]
    assert sorted(retail.read(file, "2024-04-16", [3, 7]).warehouses["warehouse_id"]) == ["3", "7"]
