"""The accuracy report: past days forecast again from rolling origins, beside baselines, scored and written down.

Here are its figures; flows.reports.accuracy_files writes them down. What they mean: docs/accuracy-report.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from flows.errors import Invalid
from forecasting.evaluation.accuracy import Accuracy, accuracy, joined
from forecasting.evaluation.backtest import replay
from forecasting.evaluation.baselines import BASELINES, as_distribution, baseline_forecasts
from forecasting.evaluation.resampling import LEVEL, RESAMPLES
from forecasting.evaluation.scored_days import left_out, observed_days
from forecasting.known.frames import KnownAtOrigin, in_one
from forecasting.model.all_days_forecasts import bias_in_stock
from forecasting.model.choice import Choice
from forecasting.model.region_model import learned_profiles
from forecasting.model.training_settings import TrainingSettings

OURS = "freshfront"
METHODS = (OURS, *BASELINES)
RETRAIN_DAYS = 7  # models are trained again so often on the way; a warehouse in use trains every day
HEADLINE = ("wape", "wape_low", "wape_high", "wpe", "wpe_mean", "coverage_q90")
KEYS = ["warehouse_id", "product_id", "date"]


@dataclass(frozen=True, eq=False)
class AccuracyReport:
    """What was asked for and what was found.

    found: the scores of METHODS at every horizon, see forecasting.evaluation.accuracy.Accuracy.
    forecasts: SEEN_WHOLE_COLUMNS, the points of the baselines by their names, sales and scored (empty where no
    sales of the day are known); a row a warehouse, product, day and horizon.
    choices: by the time zone of a region and the days at whose ends its models were trained, what serves by reach.
    scored: what of the days was scored, see forecasting.evaluation.scored_days.left_out.
    in_stock: the bias on all days, see forecasting.model.all_days_forecasts.bias_in_stock; at the shortest horizon.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    horizons: tuple[int, ...]
    warehouses: int
    found: Accuracy
    forecasts: pd.DataFrame
    choices: Mapping[str, Mapping[pd.Timestamp, Mapping[str, Choice]]]
    scored: dict[str, float]
    in_stock: dict[str, float]

    @property
    def trained(self) -> list[pd.Timestamp]:
        """The days at whose ends models were trained, in any region."""
        return sorted({day for by_day in self.choices.values() for day in by_day})


def accuracy_report(
    regions: Sequence[KnownAtOrigin], start: pd.Timestamp, end: pd.Timestamp, horizons: Sequence[int]
) -> AccuracyReport:
    """The report on the days start..end, each forecast from every horizon (days ahead).

    What is known of each region, which learns and is forecast alone, reaches past the last day. Raises Invalid for days
    and horizons that cannot be replayed from it."""
    settings = _settings(horizons)
    ahead = sorted(set(horizons))
    for known in regions:
        _require_days(known, start, end, max(ahead))
    replays = [replay(known, start, end, ahead, settings, RETRAIN_DAYS) for known in regions]
    forecast = pd.concat([replayed.forecasts for replayed in replays], ignore_index=True)
    plain = pd.concat([baseline_forecasts(one.panel, one.origins) for one in replays], ignore_index=True)
    known = in_one(regions)
    observed = observed_days(known, start, end)
    parts = []
    for horizon in ahead:
        ours, theirs = (_from(frame, horizon) for frame in (forecast, plain))
        methods = {OURS: ours} | {name: as_distribution(theirs, name) for name in BASELINES}
        parts.append(accuracy(observed, methods, horizon))
    forecasts = forecast.merge(plain[[*KEYS, "origin", *BASELINES]], how="left", on=[*KEYS, "origin"])
    return AccuracyReport(
        start,
        end,
        tuple(ahead),
        observed["warehouse_id"].nunique(),
        joined(parts),
        forecasts.merge(observed[[*KEYS, "sales", "scored"]], how="left", on=KEYS),
        {one.zone: replayed.choices for one, replayed in zip(regions, replays, strict=True)},
        left_out(observed),
        bias_in_stock(known, learned_profiles(known), _from(forecast, ahead[0])),
    )


def _from(forecasts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Those made so many days ahead."""
    return forecasts[(forecasts["date"] - forecasts["origin"]).dt.days == horizon]


def headline(report: AccuracyReport) -> dict[str, Any]:
    """What a command says in a line: WAPE, WPE of the median and of the mean, and the coverage of the 90% quantity at
    the shortest horizon, with the interval of the first, and the WAPE of the best baseline."""
    scores = report.found.scores
    overall = scores[(scores["kind"] == "overall") & (scores["horizon"] == report.horizons[0])].set_index("method")
    own, best = overall.loc[OURS], overall.loc[list(BASELINES), "wape"]
    found = {
        "horizon": report.horizons[0],
        **{name: _number(own[name]) for name in HEADLINE},
    }
    return found | {"best_plain_method": str(best.idxmin()), "best_plain_wape": _number(float(best.min()))}


def as_json(report: AccuracyReport) -> dict[str, Any]:
    """The report as JSON: what was asked for, what was scored, every figure with its interval, the days, the gains.
    A figure that does not exist is null."""
    daily = report.found.daily.assign(date=report.found.daily["date"].dt.strftime("%Y-%m-%d"))
    return {
        "start": f"{report.start:%Y-%m-%d}",
        "end": f"{report.end:%Y-%m-%d}",
        "horizons": list(report.horizons),
        "warehouses": report.warehouses,
        "trained": [f"{day:%Y-%m-%d}" for day in report.trained],
        "choices": [
            {"timezone": zone, "trained": f"{day:%Y-%m-%d}", "reach": reach, **choice.to_dict()}
            for zone, by_day in report.choices.items()
            for day, by_reach in by_day.items()
            for reach, choice in by_reach.items()
        ],
        "interval": LEVEL,
        "resamples": RESAMPLES,
        "scored": {name: _number(value) for name, value in report.scored.items()},
        "bias_in_stock": {name: _number(value) for name, value in report.in_stock.items()},
        "scores": _records(report.found.scores),
        "gains": _records(report.found.gains),
        "daily": _records(daily),
    }


def _settings(horizons: Sequence[int]) -> TrainingSettings:
    try:
        return TrainingSettings(horizons=tuple(sorted(set(horizons))))
    except ValueError as error:
        raise Invalid("{why}.", why=error, field="horizons") from None


def _require_days(known: KnownAtOrigin, start: pd.Timestamp, end: pd.Timestamp, farthest: int) -> None:
    days = known.history.days["date"]
    first, last = days.min(), days.max()
    if end < start:
        raise Invalid(
            "The last day, {end:%Y-%m-%d}, lies before the first, {start:%Y-%m-%d}.", end=end, start=start, field="end"
        )
    if end > last:
        raise Invalid(
            "Sales are known up to {last:%Y-%m-%d}. Choose an end no later than that.", last=last, field="end"
        )
    if start - pd.Timedelta(days=farthest) < first:
        earliest = first + pd.Timedelta(days=farthest)
        raise Invalid(
            "Sales are known from {first:%Y-%m-%d} on, and a forecast {farthest} days ahead needs some "
            "before it. Choose a start no earlier than {earliest:%Y-%m-%d}; four weeks later is better.",
            first=first,
            farthest=farthest,
            earliest=earliest,
            field="start",
        )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _number(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _number(value: Any) -> Any:
    """Six digits of a number, None for one that is none."""
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.6g}")
    return value
