"""What happened on the days to be scored, and which of them are: days whose sales show their demand.

Scored are warehouse-product-days on which no hour from 06:00 to 22:00 is known to have been out of stock; on others
sales do not show the demand (the authors of FreshRetailNet score so too, arXiv 2505.16319). The share left out is
reported. The groups that scores are given for are columns here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import KnownAtOrigin

OPEN_HOURS: Final = slice(6, 22)  # 06:00-21:59, as FreshRetailNet counts its hours out of stock
HIGH_VOLUME: Final = 1.0  # units a day, the mean of the scored window, from which a series counts as high volume
DECILES: Final = 10
LEAST_PAIRS: Final = 7  # pairs of consecutive days from which a series' naive error is taken: a week
KEYS: Final = ("warehouse_id", "product_id", "date")


def observed_days(known: KnownAtOrigin, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """What happened on the days start..end: one row per warehouse, product and day whose sales are known by now.

    Columns: warehouse_id, product_id, date, sales (the product's unit); scored (no open hour is known to have been out
    of stock), availability_known; city, category, promotion ('promoted', 'not promoted'); volume ('low', or 'high'
    from a mean of one unit a day in these days on) and decile ('1' the slowest tenth of the series .. '10'); naive_mse,
    the mean squared change from day to day before start over days that would be scored, NaN with fewer than
    LEAST_PAIRS pairs of days.
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
    frame = frame.merge(known.warehouses[["warehouse_id", "city"]], on="warehouse_id", how="left")
    frame = frame.merge(known.products[["product_id", "category"]], on="product_id", how="left")
    frame["promotion"] = np.where(_promoted(frame, known.promotions), "promoted", "not promoted")
    level = frame.groupby(["warehouse_id", "product_id"])["sales"].transform("mean")
    frame["volume"] = np.where(level >= HIGH_VOLUME, "high", "low")
    frame["decile"] = _deciles(frame)
    before = (days["date"] < start).to_numpy() & whole
    naive = _naive_errors(days.loc[before, [*KEYS, "sales"]])
    frame = frame.merge(naive, on=["warehouse_id", "product_id"], how="left")
    return frame


def left_out(observed: pd.DataFrame) -> dict[str, float]:
    """How much of what happened is scored: rows, scored_rows, left_out_share (of rows), left_out_sales_share (of what
    was sold), unknown_availability_share (of rows)."""
    scored = observed["scored"]
    sold = float(observed["sales"].sum())
    return {
        "rows": len(observed),
        "scored_rows": int(scored.sum()),
        "left_out_share": float(1 - scored.mean()),
        "left_out_sales_share": float(observed.loc[~scored, "sales"].sum() / sold) if sold else float("nan"),
        "unknown_availability_share": float(1 - observed["availability_known"].mean()),
    }


def _promoted(frame: pd.DataFrame, promotions: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the plan known last has the product promoted that day."""
    latest = promotions.sort_values("known_at", kind="stable").drop_duplicates(list(KEYS), keep="last")
    in_force = latest.loc[latest["promoted"].astype(bool), list(KEYS)].assign(promoted=True)
    return np.asarray(frame[list(KEYS)].merge(in_force, on=list(KEYS), how="left")["promoted"].notna())


def _deciles(frame: pd.DataFrame) -> pd.Series:
    """The tenth of the series, by mean sales, that each row's series is in; equal ones in the order of their ids."""
    level = frame.groupby(["warehouse_id", "product_id"], sort=True)["sales"].mean()
    rank = level.rank(method="first").to_numpy()
    decile = pd.Series(np.ceil(rank * DECILES / len(level)).astype(int), index=level.index, name="decile")
    return (
        frame[["warehouse_id", "product_id"]]
        .merge(decile.reset_index(), on=["warehouse_id", "product_id"], how="left")["decile"]
        .astype(str)
    )


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
