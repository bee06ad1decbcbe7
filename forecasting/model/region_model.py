"""What all warehouses of a region share: a model of tomorrow, one of the days after it, hourly shares and dependence.

Tomorrow's forecast does not depend on whether further days are forecast too, so that a backtest one day ahead costs
half and gives what serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Final

import pandas as pd

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import HourlyShares
from forecasting.features.features import codes_of
from forecasting.features.panel import Floats, Panel
from forecasting.features.training_rows import TrainingRows
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.all_days import held_out_days, learned_all_days
from forecasting.model.calendar_effects import CalendarEffects, adjusted, learned_effects
from forecasting.model.choice import REACHES
from forecasting.model.fitting import fit_horizon_model, hold_out_days
from forecasting.model.horizon_model import HorizonModel
from forecasting.model.mean_models import mean_of
from forecasting.model.model_files import REGION_MODEL, pack, unpack
from forecasting.model.training_settings import TrainingSettings

PROFILE_DAYS: Final = 91  # that hourly profiles are learned from; they change with the seasons


@dataclass(frozen=True, eq=False)
class RegionModel:
    """The region's shared model. Without `near` (next to no training rows) everything is served by its level alone.

    `near` forecasts one day ahead, `far` further; `hold_out_days`: the last days that their hold-out means were fitted
    without. `hours` spreads a forecast day over its hours, `dependence` correlates the errors of several days;
    `training.train_region` adds both."""

    settings: TrainingSettings
    origin_day: pd.Timestamp
    profiles: HourlyProfiles
    codes: Mapping[str, Mapping[str, int]]
    near: HorizonModel | None
    far: HorizonModel | None
    hold_out_days: int
    hours: HourlyShares | None = None
    dependence: Dependence = field(default_factory=Dependence.usual)
    effects: CalendarEffects | None = None

    def of_horizon(self, horizon: int) -> HorizonModel | None:
        """The model that forecasts so many days ahead; None where the level alone does.

        Raises `ValueError` for a horizon that was not trained."""
        if horizon > 1 and self.near is not None and self.far is None:
            raise ValueError(f"this model was trained one day ahead, not {horizon}")
        return self.near if horizon == 1 else self.far

    def to_bytes(self) -> bytes:
        """The model as a zip of JSON and LightGBM text."""
        model: dict[str, Any] = {
            "settings": asdict(self.settings),
            "origin_day": self.origin_day.isoformat(),
            "profiles": self.profiles.to_dict(),
            "codes": {column: dict(codes) for column, codes in self.codes.items()},
            "hold_out_days": self.hold_out_days,
            "hours": self.hours.to_dict() if self.hours else None,
            "dependence": self.dependence.to_dict(),
            "effects": self.effects.to_dict() if self.effects else None,
        }
        texts: dict[str, str] = {}
        for reach in REACHES:
            of_reach: HorizonModel | None = getattr(self, reach)
            model[reach] = None
            if of_reach is not None:
                model[reach], own = of_reach.to_parts()
                texts |= {f"{reach}_{name}": text for name, text in own.items()}
        return pack(REGION_MODEL, model, texts)

    @classmethod
    def from_bytes(cls, data: bytes) -> RegionModel:
        """The model that `to_bytes` wrote. Raises `ModelFormatError` for anything else."""
        model, texts = unpack(REGION_MODEL, data)
        reaches = {}
        for reach in REACHES:
            own = {name.removeprefix(f"{reach}_"): text for name, text in texts.items() if name.startswith(f"{reach}_")}
            reaches[reach] = HorizonModel.from_parts(model[reach], own) if model[reach] else None
        return cls(
            TrainingSettings(
                **model["settings"] | {name: tuple(model["settings"][name]) for name in ("horizons", "rungs")}
            ),
            pd.Timestamp(model["origin_day"]),
            HourlyProfiles.from_dict(model["profiles"]),
            model["codes"],
            **reaches,
            hold_out_days=model["hold_out_days"],
            hours=HourlyShares.from_dict(hours) if (hours := model.get("hours")) else None,
            dependence=Dependence.from_dict(joined) if (joined := model.get("dependence")) else Dependence.usual(),
            effects=CalendarEffects.from_dict(effects) if (effects := model.get("effects")) else None,
        )


def train_region_model(known: KnownAtOrigin, settings: TrainingSettings | None = None) -> RegionModel:
    """Fits what the region shares to everything known at the origin.

    Give it all the history of all warehouses: profiles are of the last 13 weeks, means of as many days as hold rows
    enough, and the effects of the calendar of all years. These see all but the last fortnight, also where more is held
    out: they would lack the latest season otherwise.
    Raises `ValueError` where no sales are known at all.
    """
    settings = settings or TrainingSettings()
    profiles = learned_profiles(known)
    return fit_region_model(Panel.of(known, profiles), known, profiles, settings)


def learned_profiles(known: KnownAtOrigin) -> HourlyProfiles:
    """The hourly profiles of the last `PROFILE_DAYS` known."""
    lately = known.history.days["date"] > known.origin_day - pd.Timedelta(days=PROFILE_DAYS)
    return HourlyProfiles.learn(known.history.where(lately.to_numpy()), known.products, known.warehouses)


def fit_region_model(
    panel: Panel, known: KnownAtOrigin, profiles: HourlyProfiles, settings: TrainingSettings
) -> RegionModel:
    """`train_region_model` on a panel that was made with these profiles."""
    codes = codes_of(known.products)
    effects = learned_effects(panel, panel.last + 1 - settings.hold_out_days)
    panel = adjusted(panel, effects)
    held_out = hold_out_days(panel, settings)
    near = fit_horizon_model(panel, settings, codes, (1,))
    if near is not None:
        near = _with_all_days(near, panel, known, profiles, settings, codes)
    further = [horizon for horizon in HORIZONS if horizon > 1]
    far = None
    if near is not None and max(settings.horizons) > 1:
        far = fit_horizon_model(panel, settings, codes, further, near) or near
    return RegionModel(settings, known.origin_day, profiles, codes, near, far, held_out, effects=effects)


def _with_all_days(
    near: HorizonModel,
    panel: Panel,
    known: KnownAtOrigin,
    profiles: HourlyProfiles,
    settings: TrainingSettings,
    codes: Mapping[str, Mapping[str, int]],
) -> HorizonModel:
    """The model of tomorrow with what its hold-out days, cut short or not, say of all days."""

    def corrected(rows: TrainingRows, *, hold_out: bool) -> Floats:
        model = near.hold_out_mean if hold_out else near.mean
        errors = near.recent_errors(panel, settings.least_exposure, codes, hold_out=hold_out)
        mean = mean_of(model, rows.features, rows.names, rows.scale)
        return mean * errors.factors_of(panel, rows, near.persistence)

    served, held_out = partial(corrected, hold_out=False), partial(corrected, hold_out=True)
    days = hold_out_days(panel, settings)
    of_all_days = held_out_days(panel, known, profiles, settings, codes, days, served, held_out)
    return near if of_all_days is None else replace(near, all_days=learned_all_days(of_all_days, settings))
