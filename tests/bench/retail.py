"""FreshRetailNet's file as the frames that the product makes of it, without a database in between.

The rules are those of data/datasets/freshretailnet.py: a missing price is full price, prices are planned by the week
and known a week before its Monday, a day's sales and weather are known at its end.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forecasting.known.frames import HOURS, KnownAtOrigin, SalesHistory, end_of_day

ZONE = "Asia/Shanghai"
ROWS_AT_ONCE = 100_000
CATEGORIES = ("first_category_id", "second_category_id", "third_category_id")
WEATHER = {
    "avg_temperature": "temperature_c",
    "precpt": "precipitation_mm",
    "avg_humidity": "humidity_pct",
    "avg_wind_level": "wind_speed",
}
COLUMNS = ("city_id", "store_id", "product_id", *CATEGORIES, "dt", "sale_amount", "discount", "activity_flag", *WEATHER)


def first_stores(path: Path, count: int | None) -> list[int]:
    """So many stores (all if not given), city by city."""
    stores = pq.read_table(path, columns=["city_id", "store_id"]).to_pandas().drop_duplicates()
    return stores.sort_values(["city_id", "store_id"])["store_id"].tolist()[:count]


def read(path: Path, last_day: str, stores: list[int]) -> KnownAtOrigin:
    """What was known of these stores at the end of a day."""
    days, hourly, in_stock = _rows(path, stores)
    days["date"] = pd.to_datetime(days.pop("dt")).astype("datetime64[ns]")
    texts = days[["store_id", "product_id"]].astype(str)
    days["warehouse_id"], days["product_id"] = texts["store_id"], texts["product_id"]
    midnight = pd.Timedelta(days=1)
    ends = moments(days["date"] + midnight)
    history = SalesHistory(
        days[["warehouse_id", "product_id", "date"]].assign(sales=days["sale_amount"].astype(float), known_at=ends),
        hourly,
        in_stock,
    )
    price = days["discount"].astype(float).where(days["discount"] > 0, 1.0)
    promoted = days["activity_flag"] == 1
    booked = (price != 1) | promoted
    monday = days["date"] - pd.to_timedelta(days["date"].dt.day_of_week, unit="D")
    promotions = days[["warehouse_id", "product_id", "date"]].assign(
        discount=price, promoted=promoted, known_at=moments(monday - pd.Timedelta(days=7))
    )[booked]
    weather = days.drop_duplicates(["warehouse_id", "date"])
    weather = weather[["warehouse_id", "date", *WEATHER]].rename(columns=WEATHER)
    weather = weather.astype(dict.fromkeys(WEATHER.values(), float))
    products = days.drop_duplicates("product_id")
    subcategory = products[list(CATEGORIES)].astype(str).agg("-".join, axis=1)
    warehouses = days.drop_duplicates("warehouse_id")
    return KnownAtOrigin.at(
        end_of_day(pd.Timestamp(last_day), ZONE),
        history=history,
        promotions=promotions,
        weather=weather.assign(issued_at=moments(weather["date"] + midnight), observed=True),
        products=pd.DataFrame(
            {
                "product_id": products["product_id"],
                "category": products[CATEGORIES[0]].astype(str),
                "subcategory": subcategory,
                "unit": "kg",
                "introduced": pd.Series(pd.NaT, index=products.index, dtype="datetime64[ns]"),
            }
        ),
        warehouses=pd.DataFrame(
            {"warehouse_id": warehouses["warehouse_id"], "city": "city " + warehouses["city_id"].astype(str)}
        ),
        zone=ZONE,
    )


def _rows(path: Path, stores: list[int]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    parts, hourly, in_stock = [], [], []
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=[*COLUMNS, "hours_sale", "hours_stock_status"]):
            chosen = batch.filter(pc.is_in(batch["store_id"], value_set=pa.array(stores, batch["store_id"].type)))
            if not len(chosen):
                continue
            parts.append(chosen.select(list(COLUMNS)).to_pandas())
            hours = [chosen[name].flatten().to_numpy(zero_copy_only=False) for name in batch.schema.names[-2:]]
            hourly.append(hours[0].reshape(-1, HOURS).astype(np.float32))
            in_stock.append((1 - hours[1].reshape(-1, HOURS)).astype(np.int8))
    return pd.concat(parts, ignore_index=True), np.concatenate(hourly), np.concatenate(in_stock)


def moments(days: pd.Series) -> pd.Series:
    """The local midnights with which days begin, in UTC."""
    return days.dt.tz_localize(ZONE).dt.tz_convert("UTC")
