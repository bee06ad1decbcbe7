"""How good forecasts were: every figure of every method, by group, with its interval.

What is scored: `scored_days`; the figures: `figures`; their intervals: `resampling`. A scored day without a forecast
counts as a forecast of zero, and is counted as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.evaluation.figures import Floats, figures_of, ingredients_of
from forecasting.evaluation.resampling import RESAMPLES, Resampled, day_sums, drawn_days, gains_of, resampled
from forecasting.evaluation.scored_days import KEYS
from forecasting.known.frames import QUANTILE_COLUMNS

NO_MODEL: Final = "none"  # a scored day that nothing forecast
KINDS: Final = ("overall", "warehouse", "city", "category", "volume", "decile", "promotion", "model")
GAIN_COLUMNS: Final = ("horizon", "kind", "group", "method", "figure", "gain", "gain_low", "gain_high")

Groups = tuple[NDArray[np.intp], list[str]]


@dataclass(frozen=True, eq=False)
class Accuracy:
    """The scores of several methods over the same days.

    scores: columns horizon (days ahead), kind (one of KINDS), group, method; of counts: rows, days, demand (the sum),
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
    """Scores every method at one horizon over the scored rows of `observed` (`scored_days.observed_days`).

    `forecasts` holds a frame with FORECAST_COLUMNS by method; rows of other horizons and days are left aside. The
    first method is the one whose `model` makes the groups of that kind, and whose gains over the others are given.
    Raises `ValueError` for a frame with two forecasts of the same warehouse, product and day at this horizon.
    """
    rows = observed[observed["scored"]].reset_index(drop=True)
    matched = {name: _matched(rows, frame, horizon, name) for name, frame in forecasts.items()}
    first = next(iter(matched))
    day, dates = pd.factorize(rows["date"], sort=True)
    draws = drawn_days(len(dates), resamples, seed)
    groups = _groups(rows, matched[first]["model"].fillna(NO_MODEL))
    parts, daily, gains = [], [], []
    of_first: dict[str, Resampled] = {}
    for name, forecast in matched.items():
        ingredients, names = ingredients_of(rows, forecast)
        for kind, (group, labels) in groups.items():
            sums = day_sums(ingredients, day, group, len(dates), len(labels))
            found = resampled(sums, names, draws)
            where = {"horizon": horizon, "kind": kind, "group": np.array(labels, dtype=object), "method": name}
            parts.append(pd.DataFrame(where | found.columns()))
            if kind == "overall":
                daily.append(_by_day(sums, names, pd.DatetimeIndex(dates)).assign(horizon=horizon, method=name))
            if name == first:
                of_first[kind] = found
            else:
                gains.append(pd.concat([pd.DataFrame(where | gain) for gain in gains_of(of_first[kind], found)]))
    by_day = pd.concat(daily, ignore_index=True)[["horizon", "method", "date", "rows", "demand", "wape", "wpe"]]
    over_rivals = pd.concat(gains, ignore_index=True) if gains else pd.DataFrame(columns=list(GAIN_COLUMNS))
    return Accuracy(pd.concat(parts, ignore_index=True), by_day, over_rivals)


def joined(parts: Sequence[Accuracy]) -> Accuracy:
    """The scores of several horizons as one."""
    return Accuracy(
        pd.concat([part.scores for part in parts], ignore_index=True),
        pd.concat([part.daily for part in parts], ignore_index=True),
        pd.concat([part.gains for part in parts], ignore_index=True),
    )


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


def _by_day(sums: Floats, names: list[str], dates: pd.DatetimeIndex) -> pd.DataFrame:
    of_all = dict(zip(names, sums[:, 0].T, strict=True))
    figures = figures_of(of_all)
    columns = {"date": dates, "rows": of_all["rows"].astype(int), "demand": of_all["demand"]}
    return pd.DataFrame(columns | {name: figures[name] for name in ("wape", "wpe")})
