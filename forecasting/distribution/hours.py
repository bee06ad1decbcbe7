"""The hours of a day: what share of a day's demand falls into each, and the distribution of each hour.

Shares are those by category and kind of day, adjusted by product, warehouse and weekday (`hourly_profiles`). The
distribution of an hour follows from that of its day, its share and the purchase sizes (`purchase_sizes`). The means of
a day's hours add up to the day's mean; quantiles do not, since an hour is more uncertain than its share of the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.purchase_sizes import (
    VOLUMES,
    PurchaseSizes,
    bunching_by_volume,
    hourly_quantiles,
    hourly_variance,
    sizes_of_purchases,
)
from forecasting.known.frames import (
    FORECAST_COLUMNS,
    HOURLY_FORECAST_COLUMNS,
    HOURS,
    QUANTILE_COLUMNS,
    FrameError,
    SalesHistory,
)

Floats = NDArray[np.float64]

LAST_DAYS: Final = 56  # learned from: eight of each weekday
DAYS_SAMPLED: Final = 200_000  # product days that bunching is measured on
WIDTH: Final = 2 * 1.2816  # standard deviations from q10 to q90 of a normal distribution


@dataclass(frozen=True, eq=False)
class HourlyShares:
    """The share of a day's demand in each hour, and the purchase sizes.

    profiles        shares by category and kind of day, adjusted by warehouse, product and weekday
    category        by product; one that is not named has the profile over all categories
    purchase_sizes  by product, and how purchases bunch within a day
    """

    profiles: HourlyProfiles
    category: Mapping[str, str]
    purchase_sizes: PurchaseSizes

    @classmethod
    def learn(
        cls,
        history: SalesHistory,
        products: pd.DataFrame,
        warehouses: pd.DataFrame | None = None,
        last_days: int = LAST_DAYS,
    ) -> HourlyShares:
        """Shares and purchase sizes from the last days whose hours are known. `products` has PRODUCT_COLUMNS,
        `warehouses` (WAREHOUSE_COLUMNS) say whose rest days count: China's without them.

        Where no hours are known shares are flat."""
        history = _with_hours(history, last_days)
        profiles = HourlyProfiles.learn(history, products, warehouses, bent=True)
        named = products.dropna(subset=["category"])
        category = dict(zip(named["product_id"].astype(str), named["category"].astype(str), strict=True))
        shares = cls(profiles, category, _purchase_sizes(history))
        return replace(shares, purchase_sizes=replace(shares.purchase_sizes, bunching=_bunching(history, shares)))

    def of(self, rows: pd.DataFrame) -> Floats:
        """The shares (n x 24, adding up to 1) of rows with warehouse_id, product_id and date."""
        if rows.empty:
            return np.empty((0, HOURS))
        products = pd.DataFrame(list(self.category.items()), columns=["product_id", "category"], dtype=object)
        days = SalesHistory.of_days(_as_sales(rows))
        shares = self.profiles.of_rows(days, products, np.arange(len(rows))).astype(np.float64)
        total: Floats = shares / shares.sum(axis=1, keepdims=True)
        return total

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "profiles": self.profiles.to_dict(),
            "category": dict(self.category),
            "purchase_sizes": self.purchase_sizes.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HourlyShares:
        """What `to_dict` gave."""
        profiles = HourlyProfiles.from_dict(values["profiles"])
        return cls(profiles, dict(values["category"]), PurchaseSizes.from_dict(values["purchase_sizes"]))


def hourly_forecast(daily: pd.DataFrame, shares: HourlyShares) -> pd.DataFrame:
    """The distribution of each hour of the days forecast, 24 rows per row of `daily`. Columns: HOURLY_FORECAST_COLUMNS.

    `daily` has FORECAST_COLUMNS, usually the first two days. Raises `FrameError` where columns are missing."""
    if missing := [name for name in FORECAST_COLUMNS if name not in daily.columns and name != "model"]:
        raise FrameError(f"daily forecast: columns {missing} are missing")
    mean = daily["mean"].to_numpy(dtype=float)
    share = shares.of(daily)
    size, whole = shares.purchase_sizes.of(daily["product_id"])
    means = share * mean[:, None]
    between = _variance_of_day(daily, mean, size)
    variance = hourly_variance(share, mean, between, size, shares.purchase_sizes.bunching_of(mean / size))
    quantiles = hourly_quantiles(means.ravel(), variance.ravel(), np.repeat(size, HOURS), np.repeat(whole, HOURS))
    at = np.repeat(np.arange(len(daily)), HOURS)
    hourly = daily[["warehouse_id", "product_id", "date"]].iloc[at].reset_index(drop=True)
    hourly["hour"] = np.tile(np.arange(HOURS), len(daily))
    hourly["origin"] = daily["origin"].to_numpy()[at]
    hourly[list(QUANTILE_COLUMNS)] = quantiles
    hourly["mean"] = means.ravel()
    return hourly[list(HOURLY_FORECAST_COLUMNS)]


def _variance_of_day(daily: pd.DataFrame, mean: Floats, size: Floats) -> Floats:
    """From q10 and q90: the far tail, which the mean is matched by, is wider than any day measured.

    What sells on less than one day in ten has no width there; its purchases are taken for independent (Poisson)."""
    low, high = daily["q10"].to_numpy(dtype=float), daily["q90"].to_numpy(dtype=float)
    variance: Floats = np.where(high > 0, ((high - low) / WIDTH) ** 2, size * mean)
    return variance


def _with_hours(history: SalesHistory, last_days: int) -> SalesHistory:
    days = history.days
    if days.empty:
        return history
    recent = (days["date"] > days["date"].max() - pd.Timedelta(days=last_days)).to_numpy()
    return history.where(recent & ~np.isnan(history.hourly_sales).any(axis=1))


def _as_sales(rows: pd.DataFrame) -> pd.DataFrame:
    """Days to come in the columns of SALES_COLUMNS; nothing is sold yet."""
    days = rows[["warehouse_id", "product_id", "date"]].reset_index(drop=True)
    return days.assign(sales=np.nan, known_at=days["date"].dt.tz_localize("UTC"))


def _purchase_sizes(history: SalesHistory) -> PurchaseSizes:
    """The purchase sizes of the products that have sold; bunching is not measured yet."""
    code, names = pd.factorize(history.days["product_id"], sort=True)
    size, whole = sizes_of_purchases(history.hourly_sales, history.in_stock != 0, code, len(names))
    sold = np.isfinite(size) & (size > 0)
    usual = float(np.median(size[sold])) if sold.any() else 1.0
    return PurchaseSizes(
        {str(name): float(purchase_size) for name, purchase_size in zip(names[sold], size[sold].round(6), strict=True)},
        usual,
        frozenset(str(name) for name in names[whole]),
        np.zeros(len(VOLUMES)),
    )


def _bunching(history: SalesHistory, shares: HourlyShares) -> Floats:
    """By volume, from days in stock for 24 hours; the volume is the series' mean: a day's own is chance too."""
    sales = np.asarray(history.hourly_sales)
    whole = np.flatnonzero((history.in_stock != 0).all(axis=1))
    whole = whole[:: max(1, len(whole) // DAYS_SAMPLED)]
    rows = history.days.iloc[whole].reset_index(drop=True)
    size, _ = shares.purchase_sizes.of(rows["product_id"])
    usual = rows.groupby(["warehouse_id", "product_id"])["sales"].transform("mean").to_numpy(dtype=float)
    return bunching_by_volume(sales[whole].astype(float), shares.of(rows), size, usual / size)
