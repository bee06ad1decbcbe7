"""How good forecasts were: WAPE, WPE, pinball loss, coverage and RMSSE, by group, with intervals from resampling days.

Scored are warehouse-product-days on which no hour from 06:00 to 22:00 is known to have been out of stock: on others
sales do not tell the demand (as the authors of FreshRetailNet score, arXiv 2505.16319). The share left out is told.
A scored day without a forecast counts as a forecast of zero, and is counted.

Intervals are percentile intervals of a bootstrap that draws whole days with replacement (Efron & Tibshirani 1993):
all warehouses share a day's weather and festivals, so that rows of one day are not independent and days nearly are.
All groups and methods are resampled by the same draws, so that their differences can be resampled too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES, KnownAtOrigin

OPEN_HOURS: Final = slice(6, 22)  # the hours that decide whether a day is scored: 06:00-21:59
TOUCHING: Final = 1e-9  # demand this close above a quantile is covered by it
HIGH_VOLUME: Final = 1.0  # units a day, the mean of the scored window, from which a series counts as high volume
DECILES: Final = 10
LEAST_PAIRS: Final = 7  # pairs of consecutive days by which a series' own naive error is known
LEVEL: Final = 0.90  # of the intervals
LEAST_DAYS: Final = 5  # with fewer days there is no interval: too few to resample
RESAMPLES: Final = 1000
NO_MODEL: Final = "none"  # a scored day that nothing forecast

KEYS: Final = ("warehouse_id", "product_id", "date")
KINDS: Final = ("overall", "warehouse", "city", "category", "volume", "decile", "promotion", "model")
FIGURES: Final = (
    "wape",
    "wpe",
    "wpe_mean",
    "pinball",
    *(f"pinball_{column}" for column in QUANTILE_COLUMNS),
    *(f"coverage_{column}" for column in QUANTILE_COLUMNS),
    "rmsse",
)
GAINED: Final = ("wape", "pinball")  # figures of which the gain over a rival is told
GAIN_COLUMNS: Final = ("horizon", "kind", "group", "method", "figure", "gain", "gain_low", "gain_high")
COUNTS: Final = ("rows", "days", "demand", "missing")

Floats = NDArray[np.float64]
Groups = tuple[NDArray[np.intp], list[str]]


def wape(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of absolute errors over the sum of demand."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float(np.abs(y - f).sum() / y.sum())


def wpe(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of forecast less demand over the sum of demand: positive where too much was forecast."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float((f - y).sum() / y.sum())


def pinball(demand: ArrayLike, forecast: ArrayLike, quantile: float) -> float:
    """Mean pinball loss of a quantile forecast, over mean demand."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float(_pinball_loss(y, f, quantile).mean() / y.mean())


def coverage(demand: ArrayLike, forecast: ArrayLike) -> float:
    """The share of rows whose demand is at or below the forecast."""
    y, f = np.asarray(demand, dtype=float), np.asarray(forecast, dtype=float)
    return float((y <= f + TOUCHING).mean())


def scores(demand: ArrayLike, forecasts: pd.DataFrame) -> dict[str, float]:
    """All of them for a frame with q05..q95 and mean: wape and wpe of the median, wpe_mean, pinball (the mean over
    the quantiles), and coverage_q05..coverage_q95."""
    result = {
        "wape": wape(demand, forecasts["q50"]),
        "wpe": wpe(demand, forecasts["q50"]),
        "wpe_mean": wpe(demand, forecasts["mean"]),
        "pinball": float(
            np.mean([pinball(demand, forecasts[c], q) for c, q in zip(QUANTILE_COLUMNS, QUANTILES, strict=True)])
        ),
    }
    return result | {f"coverage_{c}": coverage(demand, forecasts[c]) for c in QUANTILE_COLUMNS}


def observed_days(known: KnownAtOrigin, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """What happened on the days start..end, a row a warehouse, product and day whose sales are known by now.

    Columns: warehouse_id, product_id, date, sales (the product's unit); scored (no open hour is known to have been out
    of stock), availability_known; city, category, promotion ('promoted', 'not promoted'); volume ('low', or 'high'
    from a mean of one unit a day in these days on) and decile ('1' the slowest tenth of the series .. '10'); naive_mse,
    the mean squared change from day to day before start over days that are scored alike, NaN where fewer than
    LEAST_PAIRS pairs tell it.
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


@dataclass(frozen=True, eq=False)
class Accuracy:
    """The scores of several methods over the same days.

    scores: columns horizon (days ahead), kind (one of KINDS), group, method; of COUNTS: rows, days, demand (the sum),
    missing (scored rows without a forecast); each of FIGURES, with FIGURE_low and FIGURE_high, its interval.
    daily: columns horizon, method, date, rows, demand, wape, wpe.
    gains: columns horizon, kind, group, method (a rival), figure (one of GAINED), gain, gain_low, gain_high: by what
    share the first method's figure is lower than the rival's there, over the same draws of days.
    """

    scores: pd.DataFrame
    daily: pd.DataFrame
    gains: pd.DataFrame


def accuracy(
    observed: pd.DataFrame,
    forecasts: Mapping[str, pd.DataFrame],
    horizon: int,
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Accuracy:
    """Scores every method at one horizon over the scored rows of `observed` (see `observed_days`).

    `forecasts` holds a frame with FORECAST_COLUMNS by method; rows of other horizons and days are left aside. The
    first method is the one whose `model` makes the groups of that kind, and whose gains over the others are told.
    Raises `ValueError` for a frame with two forecasts of the same warehouse, product and day at this horizon.
    """
    rows = observed[observed["scored"]].reset_index(drop=True)
    matched = {name: _matched(rows, frame, horizon, name) for name, frame in forecasts.items()}
    first = next(iter(matched))
    day, dates = pd.factorize(rows["date"], sort=True)
    draws = _draws(len(dates), resamples, seed)
    groups = _groups(rows, matched[first]["model"].fillna(NO_MODEL))
    parts, daily, gains = [], [], []
    of_first: dict[str, _Resampled] = {}
    for name, forecast in matched.items():
        ingredients, names = _ingredients(rows, forecast)
        for kind, (group, labels) in groups.items():
            sums = _day_sums(ingredients, day, group, len(dates), len(labels))
            found = _resampled(sums, names, draws)
            where = {"horizon": horizon, "kind": kind, "group": np.array(labels, dtype=object), "method": name}
            parts.append(pd.DataFrame(where | found.columns()))
            if kind == "overall":
                daily.append(_by_day(sums, names, pd.DatetimeIndex(dates)).assign(horizon=horizon, method=name))
            if name == first:
                of_first[kind] = found
            else:
                gains.append(pd.concat([pd.DataFrame(where | gain) for gain in _gains(of_first[kind], found)]))
    by_day = pd.concat(daily, ignore_index=True)[["horizon", "method", "date", "rows", "demand", "wape", "wpe"]]
    over_rivals = pd.concat(gains, ignore_index=True) if gains else pd.DataFrame(columns=list(GAIN_COLUMNS))
    return Accuracy(pd.concat(parts, ignore_index=True), by_day, over_rivals)


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


def joined(parts: Sequence[Accuracy]) -> Accuracy:
    """The scores of several horizons as one."""
    return Accuracy(
        pd.concat([part.scores for part in parts], ignore_index=True),
        pd.concat([part.daily for part in parts], ignore_index=True),
        pd.concat([part.gains for part in parts], ignore_index=True),
    )


def _pinball_loss(y: Floats, f: Floats, quantile: float) -> Floats:
    return np.maximum(quantile * (y - f), (quantile - 1) * (y - f))


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


def _matched(rows: pd.DataFrame, frame: pd.DataFrame, horizon: int, name: str) -> pd.DataFrame:
    """The forecast of each row, NaN where there is none."""
    ahead = (frame["date"] - frame["origin"].dt.normalize()).dt.days == horizon
    chosen = frame.loc[ahead, [*KEYS, *QUANTILE_COLUMNS, "mean", "model"]]
    if (twice := chosen.duplicated(list(KEYS))).any():
        one = chosen.loc[twice, list(KEYS)].iloc[0]
        raise ValueError(
            f"{name}: two forecasts {horizon} days ahead for warehouse {one['warehouse_id']}, "
            f"product {one['product_id']}, {one['date']:%Y-%m-%d}"
        )
    return rows[list(KEYS)].merge(chosen, on=list(KEYS), how="left")


def _groups(rows: pd.DataFrame, model: pd.Series) -> dict[str, Groups]:
    """The group of each row and the groups' names, by kind."""
    columns = {"warehouse": "warehouse_id"}
    found: dict[str, Groups] = {"overall": (np.zeros(len(rows), dtype=np.intp), ["all"])}
    for kind in KINDS[1:]:
        values = model if kind == "model" else rows[columns.get(kind, kind)]
        code, names = pd.factorize(values.astype("str"), sort=True)
        found[kind] = (code.astype(np.intp), [str(name) for name in names])
    return found


def _ingredients(rows: pd.DataFrame, forecast: pd.DataFrame) -> tuple[Floats, list[str]]:
    """What the figures are sums of, by row; the names of the columns."""
    y = rows["sales"].to_numpy(dtype=float)
    median = forecast["q50"].fillna(0).to_numpy(dtype=float)
    scale = rows["naive_mse"].to_numpy(dtype=float)
    scaled = ~np.isnan(scale)
    columns: dict[str, Floats] = {
        "rows": np.ones(len(rows)),
        "demand": y,
        "missing": np.asarray(forecast["q50"].isna(), dtype=float),
        "absolute": np.abs(y - median),
        "bias": median - y,
        "bias_mean": forecast["mean"].fillna(0).to_numpy(dtype=float) - y,
        "squared": np.where(scaled, (y - median) ** 2 / np.where(scaled, scale, 1), 0),
        "scaled": scaled.astype(float),
    }
    for column, quantile in zip(QUANTILE_COLUMNS, QUANTILES, strict=True):
        f = forecast[column].fillna(0).to_numpy(dtype=float)
        columns[f"pinball_{column}"] = _pinball_loss(y, f, quantile)
        columns[f"coverage_{column}"] = np.asarray(y <= f + TOUCHING, dtype=float)
    return np.stack(list(columns.values()), axis=1), list(columns)


def _day_sums(ingredients: Floats, day: NDArray[np.intp], group: NDArray[np.intp], days: int, groups: int) -> Floats:
    """Sums (day, group, ingredient): all that the figures and their resamples need."""
    cell = day * groups + group
    sums: Floats = np.stack([np.bincount(cell, column, days * groups) for column in ingredients.T], axis=1).astype(
        float
    )
    return sums.reshape(days, groups, -1)


def _draws(days: int, resamples: int, seed: int) -> Floats:
    """How often each day is drawn (resample, day)."""
    drawn: Floats = np.random.default_rng(seed).multinomial(days, np.full(days, 1 / days), size=resamples).astype(float)
    return drawn


def _figures(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """FIGURES from sums of the ingredients; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        demand = np.where(sums["demand"] > 0, sums["demand"], np.nan)
        rows = np.where(sums["rows"] > 0, sums["rows"], np.nan)
        losses = {f"pinball_{column}": sums[f"pinball_{column}"] / demand for column in QUANTILE_COLUMNS}
        return {
            "wape": sums["absolute"] / demand,
            "wpe": sums["bias"] / demand,
            "wpe_mean": sums["bias_mean"] / demand,
            "pinball": np.mean(list(losses.values()), axis=0),
            **losses,
            **{f"coverage_{column}": sums[f"coverage_{column}"] / rows for column in QUANTILE_COLUMNS},
            "rmsse": np.sqrt(sums["squared"] / np.where(sums["scaled"] > 0, sums["scaled"], np.nan)),
        }


@dataclass(frozen=True, eq=False)
class _Resampled:
    """Counts and figures by group, the ends of the figures' intervals, and the redrawn figures that gains need."""

    counts: Mapping[str, NDArray[np.floating] | NDArray[np.integer]]
    figures: Mapping[str, Floats]
    ends: Mapping[str, tuple[Floats, Floats]]
    drawn: Mapping[str, Floats]  # resample, group; of GAINED

    def columns(self) -> dict[str, ArrayLike]:
        found: dict[str, ArrayLike] = dict(self.counts)
        for figure, values in self.figures.items():
            low, high = self.ends[figure]
            found |= {figure: values, f"{figure}_low": low, f"{figure}_high": high}
        return found


def _resampled(sums: Floats, names: list[str], draws: Floats) -> _Resampled:
    """Everything from the sums (day, group, ingredient); a batch of groups at a time, to stay small in memory."""
    days, groups, ingredients = sums.shape
    total = dict(zip(names, sums.sum(axis=0).T, strict=True))
    seen = (sums[:, :, names.index("rows")] > 0).sum(axis=0)
    ends: dict[str, list[Floats]] = {figure: [] for figure in FIGURES}
    drawn: dict[str, list[Floats]] = {figure: [] for figure in GAINED}
    for at in range(0, groups, 100):
        batch = (draws @ sums[:, at : at + 100].reshape(days, -1)).reshape(len(draws), -1, ingredients)
        for figure, values in _figures(dict(zip(names, np.moveaxis(batch, 2, 0), strict=True))).items():
            told = np.where(seen[at : at + 100] >= LEAST_DAYS, values, np.nan)
            ends[figure].append(np.stack(interval(told)))
            if figure in GAINED:
                drawn[figure].append(told)
    joined_ends = {figure: np.concatenate(parts, axis=1) for figure, parts in ends.items()}
    return _Resampled(
        {
            "rows": total["rows"].astype(int),
            "days": seen,
            "demand": total["demand"],
            "missing": total["missing"].astype(int),
        },
        _figures(total),
        {figure: (both[0], both[1]) for figure, both in joined_ends.items()},
        {figure: np.concatenate(parts, axis=1) for figure, parts in drawn.items()},
    )


def _gains(first: _Resampled, rival: _Resampled) -> list[dict[str, ArrayLike]]:
    """By what share each of GAINED is lower with the first than with the rival, by group."""
    found: list[dict[str, ArrayLike]] = []
    for figure in GAINED:
        gain = _share_below(first.figures[figure], rival.figures[figure])
        low, high = interval(_share_below(first.drawn[figure], rival.drawn[figure]))
        found.append({"figure": figure, "gain": gain, "gain_low": low, "gain_high": high})
    return found


def _share_below(one: Floats, other: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(other > 0, 1 - one / other, np.nan)


def interval(resampled: Floats) -> tuple[Floats, Floats]:
    """The ends of the percentile interval over the first axis; resamples without a value are left out."""
    tail = (1 - LEVEL) / 2
    ordered = np.sort(resampled, axis=0)  # NaN last
    told = (~np.isnan(ordered)).sum(axis=0)
    ends = []
    for share in (tail, 1 - tail):
        place = share * np.maximum(told - 1, 0)
        below, above = np.floor(place).astype(int), np.ceil(place).astype(int)
        lower = np.take_along_axis(ordered, below[None], axis=0)[0]
        upper = np.take_along_axis(ordered, above[None], axis=0)[0]
        ends.append(np.where(told > 0, lower + (upper - lower) * (place - below), np.nan))
    return ends[0], ends[1]


def _by_day(sums: Floats, names: list[str], dates: pd.DatetimeIndex) -> pd.DataFrame:
    of_all = dict(zip(names, sums[:, 0].T, strict=True))
    figures = _figures(of_all)
    columns = {"date": dates, "rows": of_all["rows"].astype(int), "demand": of_all["demand"]}
    return pd.DataFrame(columns | {name: figures[name] for name in ("wape", "wpe")})
