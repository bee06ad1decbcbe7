"""Forecasts for places of which only observations were kept: the observation with an error as forecasts have it.

What a forecast is worth to demand can only be told with the errors that it had. Where nobody archived them, an error
is drawn: by city, day of issue and day ahead, from a seed, so that all warehouses of a city share it. It grows with
the days ahead and is a sum of what was learned from issue to issue, so that a forecast issued earlier is that of the
next issue made worse; one issue errs alike on neighbouring days. Sizes and sources: docs/weather.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import erf, sqrt
from typing import Any, Final, cast
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.local_days import end_of_day
from data.tables import WarehouseRow, WeatherRow

LEADS: Final = 14  # days ahead
_AHEAD = np.arange(1, LEADS + 1)
TEMPERATURE_RMSE: Final = np.minimum(1.2 + 0.3 * (_AHEAD - 1), 4.2)  # C
HUMIDITY_RMSE: Final = np.minimum(7.0 + 0.6 * (_AHEAD - 1), 12.0)  # percentage points
WIND_RMSE: Final = np.minimum(0.4 + 0.05 * (_AHEAD - 1), 0.8)  # Beaufort numbers
AMOUNT_SPREAD: Final = np.minimum(0.4 + 0.06 * (_AHEAD - 1), 1.0)  # of the logarithm of an amount of rain
RAIN_WRONG: Final = np.minimum(0.13 + 0.02 * (_AHEAD - 1), 0.35)  # the share of days with rain or none foretold wrongly
RAIN_MM: Final = 1.0  # a day with rain
INVENTED_MM: Final = 4.0  # mean of the rain of a day foretold wrongly
ALIKE: Final = 0.7  # correlation of what an issue errs on neighbouring days
SAYS: Final = "made from the observation, seed {seed}"
_KINDS: Final = 6  # of numbers drawn: temperature, humidity, wind, amount of rain, rain or none, rain invented

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class MadeErrors:
    """The errors of a city's forecasts, arrays (lead, day): lead 1 first."""

    warmer: Doubles  # C
    damper: Doubles  # percentage points
    windier: Doubles  # Beaufort numbers
    amount: Doubles  # a factor on the rain
    overlooked: NDArray[np.bool_]  # rain will not be foretold
    invented: NDArray[np.bool_]  # where there is none, rain is foretold
    invented_mm: Doubles

    @classmethod
    def of(cls, seed: int, city: str, first_day: date, days: int) -> MadeErrors:
        """Those of a city's days from the first on; the same whichever days are asked for."""
        first = (first_day - date(1970, 1, 1)).days
        issues = np.arange(first - LEADS, first + days)
        # what an issue brings, by its days ahead
        learned = np.stack([_one_issue(seed, city, int(issue)) for issue in issues])
        day = np.arange(days)
        steps = np.stack([learned[day + LEADS - lead, :, lead - 1] for lead in range(1, LEADS + 1)])  # lead, day, kind
        temperature, humidity, wind, amount = (
            _grown(steps[:, :, kind], rmse)
            for kind, rmse in enumerate((TEMPERATURE_RMSE, HUMIDITY_RMSE, WIND_RMSE, AMOUNT_SPREAD))
        )
        # uniform at every lead, and alike from lead to lead
        chance = _normal_to_uniform(np.cumsum(steps[:, :, 4], axis=0) / np.sqrt(_AHEAD)[:, None])
        size = _normal_to_uniform(np.cumsum(steps[:, :, 5], axis=0) / np.sqrt(_AHEAD)[:, None])
        return cls(
            temperature,
            humidity,
            wind,
            np.exp(amount - AMOUNT_SPREAD[:, None] ** 2 / 2),
            chance < RAIN_WRONG[:, None],
            chance > 1 - RAIN_WRONG[:, None],
            RAIN_MM - INVENTED_MM * np.log1p(-np.minimum(size, 0.999)),
        )


def make_forecasts(session: Session, seed: int, warehouse_ids: Sequence[str] | None = None) -> int:
    """Keeps forecasts 1 to 14 days ahead of every day observed at these warehouses (all if not given), issued at the
    ends of the days before; returns the rows kept.

    A warehouse of which a forecast by anybody else is kept is passed over: those are the true ones. None is issued
    before the first day observed. Of several observations of a day the one known last counts. Made again with the
    same seed they are the same."""
    said_by_others = ~WeatherRow.observed & (
        WeatherRow.source.is_(None) | ~WeatherRow.source.startswith(SAYS.split(",")[0])
    )
    archived = set(session.scalars(select(WeatherRow.warehouse_id).where(said_by_others).distinct()))
    query = select(WarehouseRow.warehouse_id, WarehouseRow.city, WarehouseRow.timezone).order_by(
        WarehouseRow.warehouse_id
    )
    if warehouse_ids is not None:
        query = query.where(WarehouseRow.warehouse_id.in_(warehouse_ids))
    places = [(w, city, zone) for w, city, zone in session.execute(query) if w not in archived]
    errors: dict[tuple[str, date, int], MadeErrors] = {}

    def rows() -> Iterator[tuple[Any, ...]]:
        for warehouse_id, city, zone in places:
            days, seen = _observed(session, warehouse_id)
            if not days:
                continue
            span = (city, days[0], (days[-1] - days[0]).days + 1)
            if span not in errors:
                errors[span] = MadeErrors.of(seed, *span)
            yield from _forecasts(warehouse_id, ZoneInfo(zone), days, seen, errors[span], SAYS.format(seed=seed))

    columns = ["warehouse_id", "date", "issued_at", "observed", "source"]
    columns += ["temperature_c", "precipitation_mm", "humidity_pct", "wind_level"]
    return write_rows(session.connection(), cast(Table, WeatherRow.__table__), columns, rows())


def forecast_from(
    errors: MadeErrors, temperature_c: Doubles, precipitation_mm: Doubles, humidity_pct: Doubles, wind_level: Doubles
) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """The forecasts (lead, day) of what was observed (day), with these errors; NaN where nothing was observed."""
    wet = precipitation_mm >= RAIN_MM
    rain = np.where(
        wet,
        np.where(errors.overlooked, 0.0, precipitation_mm * errors.amount),
        np.where(errors.invented, errors.invented_mm, precipitation_mm * errors.amount),
    )
    rain = np.where(np.isnan(precipitation_mm), np.nan, rain)
    humidity: Doubles = np.clip(humidity_pct + errors.damper, 0.0, 100.0)
    wind: Doubles = np.clip(wind_level + errors.windier, 0.0, 17.0)
    return (temperature_c + errors.warmer).round(2), rain.round(2), humidity.round(1), wind.round(2)


def _one_issue(seed: int, city: str, issue: int) -> Doubles:
    """What a day's issue (days since 1970) errs, standard normal (kind, days ahead), alike on neighbouring days."""
    fresh = np.random.default_rng([seed, crc32(city.encode()), issue + 1_000_000]).standard_normal((_KINDS, LEADS))
    result = fresh.copy()
    for ahead in range(1, LEADS):
        result[:, ahead] = ALIKE * result[:, ahead - 1] + sqrt(1 - ALIKE**2) * fresh[:, ahead]
    return result


def _grown(steps: Doubles, rmse: Doubles) -> Doubles:
    """Errors (lead, day) whose size is `rmse`, each that of the lead before and a step more."""
    sizes = np.sqrt(np.diff(rmse**2, prepend=0.0))
    grown: Doubles = np.cumsum(steps * sizes[:, None], axis=0)
    return grown


def _normal_to_uniform(values: Doubles) -> Doubles:
    return np.array([[(1 + erf(value / sqrt(2))) / 2 for value in row] for row in values], dtype=np.float64)


def _observed(session: Session, warehouse_id: str) -> tuple[list[date], Doubles]:
    """The days observed at a warehouse, in order, and their numbers (column, day)."""
    numbers = (WeatherRow.temperature_c, WeatherRow.precipitation_mm, WeatherRow.humidity_pct, WeatherRow.wind_level)
    query = select(WeatherRow.date, *numbers).where(WeatherRow.warehouse_id == warehouse_id, WeatherRow.observed)
    found = {row[0]: row[1:] for row in session.execute(query.order_by(WeatherRow.date, WeatherRow.issued_at))}
    return list(found), np.array(list(found.values()), dtype=np.float64).T


def _forecasts(
    warehouse_id: str, zone: ZoneInfo, days: list[date], seen: Doubles, errors: MadeErrors, source: str
) -> Iterator[tuple[Any, ...]]:
    at = [(day - days[0]).days for day in days]
    whole = np.full((4, at[-1] + 1), np.nan)
    whole[:, at] = seen
    forecasts = np.stack(forecast_from(errors, *whole))
    values = forecasts.astype(object)
    values[np.isnan(forecasts)] = None
    ends = [end_of_day(days[0] + timedelta(days=n), zone.key) for n in range(at[-1])]
    for n, day in zip(at, days, strict=True):
        for lead in range(min(LEADS, n), 0, -1):
            yield warehouse_id, day, ends[n - lead], False, source, *values[:, lead - 1, n].tolist()
