"""What would have been forecast: past origins replayed with what was known then, for many warehouses at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import pandas as pd

from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.looking_back import first_day_of_run, since
from forecasting.model.choice import Choice
from forecasting.model.learned_kinds import choices_of
from forecasting.model.region_model import fit_region_model, learned_profiles
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import (
    forecast_origins,
    panel_of,
    train_warehouse_models,
)


@dataclass(frozen=True, eq=False)
class Replay:
    """Past days forecast as they would have been, and what they were forecast from.

    forecasts: SEEN_WHOLE_COLUMNS, one row per warehouse, product, day and horizon.
    panel: what was known at the last origin, with the profiles learned by the first; origins: the horizons (days)
    forecast from each origin day; choices: by the days at whose ends models were trained, what serves by reach.
    """

    forecasts: pd.DataFrame
    panel: Panel
    origins: Mapping[pd.Timestamp, Sequence[int]]
    choices: Mapping[pd.Timestamp, Mapping[str, Choice]]


def replay(
    known: KnownAtOrigin,
    start: pd.Timestamp,
    end: pd.Timestamp,
    horizons: Sequence[int] = (1,),
    settings: TrainingSettings | None = None,
    retrain_days: int | None = None,
) -> Replay:
    """Forecasts of the days start..end (midnights) from rolling origins, each day from every horizon (days ahead).

    A forecast `horizon` days ahead has the origin date - horizon, the last day whose sales were known. It is made by
    the latest models trained by then: on what was known at the first origin, start - max(horizons), and, with
    `retrain_days`, again the day before start and every so many days from there. `known` holds everything known at
    the last origin, the end of end - min(horizons), or later.
    Raises `ValueError` for days in the wrong order and horizons that the settings refuse.
    """
    if end < start:
        raise ValueError(f"the last day to forecast, {end:%Y-%m-%d}, lies before the first, {start:%Y-%m-%d}")
    horizons = sorted(set(horizons))
    settings = settings or TrainingSettings(horizons=tuple(horizons))
    origins = rolling_origins(start, end, horizons)
    trained = _training_days(start, list(origins), retrain_days)
    at_last = since(known.at_end_of(max(origins)), first_day_of_run(known.at_end_of(trained[0])))
    panels: list[Panel] = []
    parts = []
    choices = {}
    for day, until in zip(trained, [*trained[1:], end], strict=True):
        known_then = known.at_end_of(day)
        at_training = since(known_then, first_day_of_run(known_then))
        profiles = learned_profiles(at_training)
        trained_on = Panel.of(at_training, profiles)  # once for both: what was computed of it is kept with it
        region_model = fit_region_model(trained_on, at_training, profiles, settings)
        choices[day] = choices_of(region_model, at_training.events)
        models = train_warehouse_models(trained_on, region_model)
        del trained_on
        panel = panel_of(at_last, region_model)
        panels = panels or [panel]  # the first; each holds the same days, and they are large
        served = {origin: ahead for origin, ahead in origins.items() if day <= origin < until}
        parts += [
            forecast_origins(panel, models, region_model, [origin for origin, _ in alike], ahead)
            for ahead, alike in groupby(served.items(), key=itemgetter(1))
        ]
    return Replay(pd.concat(parts, ignore_index=True), panels[0], origins, choices)


def _training_days(
    start: pd.Timestamp, origins: Sequence[pd.Timestamp], retrain_days: int | None
) -> list[pd.Timestamp]:
    first, last = min(origins), max(origins)
    if retrain_days is None:
        return [first]
    again = pd.date_range(start - pd.Timedelta(days=1), last, freq=f"{retrain_days}D")
    # a training that no forecast would use is left out
    days = sorted({first, *again})
    return [
        day
        for day, until in zip(days, [*days[1:], last + pd.Timedelta(days=1)], strict=True)
        if any(day <= origin < until for origin in origins)
    ]


def rolling_origins(
    start: pd.Timestamp, end: pd.Timestamp, horizons: Sequence[int]
) -> dict[pd.Timestamp, Sequence[int]]:
    """Every origin day from which a day of start..end is forecast, with the horizons that reach one; earliest first."""
    days = [pd.Timedelta(days=horizon) for horizon in horizons]
    origins = pd.date_range(start - max(days), end - min(days))
    reach = {
        origin: [horizon for horizon, ahead in zip(horizons, days, strict=True) if start <= origin + ahead <= end]
        for origin in origins
    }
    return {origin: ahead for origin, ahead in reach.items() if ahead}


def backtest(
    known: KnownAtOrigin,
    start: pd.Timestamp,
    end: pd.Timestamp,
    horizons: Sequence[int] = (1,),
    settings: TrainingSettings | None = None,
) -> pd.DataFrame:
    """The forecasts of `replay`: SEEN_WHOLE_COLUMNS, one row per warehouse, product, day and horizon."""
    return replay(known, start, end, horizons, settings).forecasts
