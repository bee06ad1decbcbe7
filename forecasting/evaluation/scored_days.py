"""What happened on the days to be scored, and which of them are: days whose sales show their demand.

Scored are warehouse-product-days on which no hour from 06:00 to 22:00 is known to have been out of stock; on others
sales do not show the demand (the authors of FreshRetailNet score so too, arXiv 2505.16319). The share left out is
reported. A day on which the warehouse sold something and a product has no row counts as 0 from the product's first row
on: what was forecast of it was too much, however long ago it was last sold. The groups that scores are given for are
columns here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.silent_days import SILENT_DAYS
from forecasting.known.days_on_sale import days_on_sale
from forecasting.known.frames import KnownAtOrigin

OPEN_HOURS: Final = slice(6, 22)  # 06:00-21:59, as FreshRetailNet counts its hours out of stock
HIGH_VOLUME: Final = 1.0  # units a day, the mean of the scored window, from which a series counts as high volume
DECILES: Final = 10
LEAST_PAIRS: Final = 7  # pairs of consecutive days from which a series' naive error is taken: a week
KEYS: Final = ("warehouse_id", "product_id", "date")


def observed_days(known: KnownAtOrigin, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """What happened on the days start..end: one row per warehouse, product and day whose sales are known by now,
    and, with sales 0, per day of business on which a product had no row.

    Columns: warehouse_id, product_id, date, sales (the product's unit); scored (no open hour is known to have been out
    of stock), availability_known; told (there is a row, or was a sale within SILENT_DAYS before; the days after that go
    on for ever with a forecast that should be 0, so that coverage leaves them out); city, category, promotion
    ('promoted', 'not promoted'); volume ('low', or 'high' from a mean of one unit a day in these days on) and decile
    ('1' the slowest tenth of the series .. '10'); naive_mse, the mean squared change from day to day before start over
    days that would be scored, NaN with fewer than LEAST_PAIRS pairs of days.
    Raises `ValueError` where no sales of these days are known.
    """
    days = known.history.days
    open_hours = known.history.in_stock[:, OPEN_HOURS]
    whole = ~(open_hours == 0).any(axis=1)
    inside = days["date"].between(start, end).to_numpy()
    if not inside.any():
        raise ValueError(f"no sales of {start:%Y-%m-%d}..{end:%Y-%m-%d} are known: nothing to score")
    frame = days.loc[inside, [*KEYS, "sales"]].reset_index(drop=True)
    frame["scored"] = whole[inside]
    frame["availability_known"] = np.asarray((open_hours[inside] >= 0).all(axis=1))
    silent = _without_a_row(days[days["date"] <= end], start, known).assign(sales=0.0, scored=True)
    frame = pd.concat([frame.assign(told=True), silent.assign(availability_known=False)], ignore_index=True)
    frame = frame.merge(known.warehouses[["warehouse_id", "city"]], on="warehouse_id", how="left")
    frame = frame.merge(known.products[["product_id", "category"]], on="product_id", how="left")
    frame["promotion"] = np.where(_promoted(frame, known.promotions), "promoted", "not promoted")
    frame["volume"], frame["decile"] = _volumes(frame)
    before = (days["date"] < start).to_numpy() & whole
    naive = _naive_errors(days.loc[before, [*KEYS, "sales"]])
    frame = frame.merge(naive, on=["warehouse_id", "product_id"], how="left")
    return frame


def left_out(observed: pd.DataFrame) -> dict[str, float]:
    """How much of what happened is scored: rows, scored_rows, left_out_share (of rows), left_out_sales_share (of what
    was sold), unknown_availability_share (of rows)."""
    told = observed[observed["told"]]
    scored = told["scored"]
    sold = float(told["sales"].sum())
    return {
        "rows": len(told),
        "scored_rows": int(scored.sum()),
        "left_out_share": float(1 - scored.mean()),
        "left_out_sales_share": float(told.loc[~scored, "sales"].sum() / sold) if sold else float("nan"),
        "unknown_availability_share": float(1 - told["availability_known"].mean()),
    }


def _without_a_row(days: pd.DataFrame, start: pd.Timestamp, known: KnownAtOrigin) -> pd.DataFrame:
    """KEYS and told of the days from start on that have no row, of products on sale before and not known to be gone."""
    series = ["warehouse_id", "product_id"]
    sold = days[days["sales"] > 0]
    business = sold.loc[sold["date"] >= start, ["warehouse_id", "date"]].drop_duplicates()
    first = days.groupby(series)["date"].min().rename("first").reset_index()
    every = first.merge(business, on="warehouse_id")
    every = every.loc[every["date"] > every["first"], list(KEYS)]
    there = pd.MultiIndex.from_frame(days.loc[days["date"] >= start, list(KEYS)])
    silent = days_on_sale(every[~pd.MultiIndex.from_frame(every).isin(there)].reset_index(drop=True), known)
    last = sold[list(KEYS)].assign(last_sold=sold["date"]).sort_values("date")
    silent = pd.merge_asof(silent.sort_values("date", kind="stable"), last, on="date", by=series)
    told = silent["date"] - silent["last_sold"] <= pd.Timedelta(days=SILENT_DAYS)
    return silent[list(KEYS)].assign(told=told)


def _promoted(frame: pd.DataFrame, promotions: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the plan known last has the product promoted that day."""
    latest = promotions.sort_values("known_at", kind="stable").drop_duplicates(list(KEYS), keep="last")
    in_force = latest.loc[latest["promoted"].astype(bool), list(KEYS)].assign(promoted=True)
    return np.asarray(frame[list(KEYS)].merge(in_force, on=list(KEYS), how="left")["promoted"].notna())


def _volumes(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Of each row's series, by the mean of the days told of: high or low volume, and its tenth of the series; equal
    ones in the order of their ids. One that nothing is told of is low, and in the first."""
    series = ["warehouse_id", "product_id"]
    level = frame[frame["told"]].groupby(series, sort=True)["sales"].mean()
    found = pd.DataFrame(
        {
            "volume": np.where(level >= HIGH_VOLUME, "high", "low"),
            "decile": np.ceil(level.rank(method="first") * DECILES / len(level)).astype(int).astype(str),
        },
        index=level.index,
    )
    of_row = frame[series].merge(found.reset_index(), on=series, how="left")
    return of_row["volume"].fillna("low"), of_row["decile"].fillna("1")


def _naive_errors(days: pd.DataFrame) -> pd.DataFrame:
    """naive_mse by series: the mean squared change between consecutive days."""
    keys = ["warehouse_id", "product_id"]
    days = days.sort_values(list(KEYS), kind="stable")
    series = days.groupby(keys, sort=False)
    consecutive = series["date"].diff() == pd.Timedelta(days=1)
    changes = days.assign(squared=(series["sales"].diff() ** 2).where(consecutive))
    found = changes.groupby(keys)["squared"].agg(["mean", "count"]).reset_index()
    found["naive_mse"] = found["mean"].where((found["count"] >= LEAST_PAIRS) & (found["mean"] > 0))
    return found[[*keys, "naive_mse"]]
