"""What a region model has learned of, by what demand depends on: told beside its choices of the ladder.

A rung takes no account of what it has no term for, whatever the data. Of what it has a term for it has learned where
its training rows held examples: a coefficient of the regression, a split of the trees, an effect of the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from forecasting.features.calendar_columns import EVENT, EVENT_KIND, FESTIVAL, NAMED_FESTIVAL, SEASON
from forecasting.model.calendar_effects import CalendarEffects
from forecasting.model.choice import KINDS, REACHES, Choice
from forecasting.model.horizon_model import HorizonModel
from forecasting.model.mean_models import SMOOTHING, MeanModel
from forecasting.model.region_model import RegionModel
from forecasting.model.regression import Regression
from forecasting.model.trees import Trees

# Of KINDS, the features that tell of it. A level at equal prices is there without prices too.
TOLD_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "prices": ("discount", "discount_change", "discount_change_7", "discount_change_1"),
    "promotions": ("promoted", "promoted_more", "promoted_7", "promoted_28", "warehouse_promoted"),
    "weather": (
        "temperature_target", "precipitation_target", "humidity_target", "wind_target", "warmer_than_week",
    ),
    "holidays": ("festival", "days_to_festival", "days_since_festival", "make_up"),
}  # fmt: skip
# ... and the effects of the calendar, by which the forecasts of every rung are multiplied.
OF_CALENDAR: Final[Mapping[str, tuple[str, ...]]] = {
    "holidays": (FESTIVAL, NAMED_FESTIVAL),
    "events": (EVENT, EVENT_KIND),
    "season": (SEASON,),
}


def choices_of(region_model: RegionModel, events: pd.DataFrame | None) -> dict[str, Choice]:
    """What serves tomorrow (`near`) and the days after it (`far`), those of them that were trained.

    `events` (EVENT_COLUMNS): those known; without one on which there is business there is none to learn of."""
    told = events is not None and bool((~events["closed"] & ~events["cancelled"]).any())
    trained = REACHES if max(region_model.settings.horizons) > 1 else REACHES[:1]
    return {
        reach: _choice(getattr(region_model, reach), region_model.hold_out_days, region_model.effects, told)
        for reach in trained
    }


def _choice(
    model: HorizonModel | None, held_out_days: int, effects: CalendarEffects | None, events_told: bool
) -> Choice:
    rung = SMOOTHING if model is None else model.mean.rung
    learned = _of_effects(effects) | (set() if model is None else _of_mean(model.mean))
    unknown = [kind for kind in KINDS if kind not in learned and (kind != "events" or events_told)]
    # smoothing has a term for the calendar's effects alone, which come with time
    never = [kind for kind in unknown if rung == SMOOTHING and kind in TOLD_BY]
    return Choice(
        rung,
        0 if model is None else held_out_days,
        {} if model is None else dict(model.losses),
        tuple(never),
        tuple(kind for kind in unknown if kind not in never),
    )


def _of_effects(effects: CalendarEffects | None) -> set[str]:
    """The KINDS that effects of the calendar were learned of."""
    if effects is None:
        return set()
    groups = {label.partition("|")[0] for of in effects.warehouses.values() for label in of}
    return {kind for kind, names in OF_CALENDAR.items() if groups & set(names)}


def _of_mean(mean: MeanModel) -> set[str]:
    """The KINDS that a model of the mean has learned of."""
    used: set[str] = set()
    regression = mean.on if isinstance(mean, Trees) else mean if isinstance(mean, Regression) else None
    if regression is not None:
        used |= {name for name, coefficient in regression.coefficients.items() if coefficient}
    if isinstance(mean, Trees):
        for booster in mean.boosters:
            splits = booster.feature_importance("split")
            used |= {name for name, count in zip(booster.feature_name(), splits, strict=True) if count}
    return {kind for kind, names in TOLD_BY.items() if used & set(names)}
