"""When a new model is promoted: scored on made-up forecasts whose quality is known."""

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.hourly_profiles import exposure
from forecasting.evaluation.gate import KEY, Scores, may_be_promoted, on_the_same_rows
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES
from forecasting.model.all_days_forecasts import with_completed_demand
from forecasting.model.region_model import learned_profiles
from tests.worlds.buyers import up_to_the_mean
from tests.worlds.world import DAYS_HIGH_TOGETHER, World

DAYS = pd.date_range("2026-02-01", periods=7)


def forecasts(factor: float = 1.0, width: float = 1.0, noise: float = 0.0, rows: int = 400) -> pd.DataFrame:
    """Demand is normal around 20 with a deviation of 5; the forecast is its distribution, changed as asked."""
    random = np.random.default_rng(3)
    drawn = random.normal(20, 5, (len(DAYS), rows))
    demand = (drawn - drawn.mean(axis=1, keepdims=True) + 20).ravel()
    mean = 20 * factor + np.random.default_rng(4).normal(0, 1, len(demand)) * noise
    z = np.array([-1.645, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.645])
    frame = pd.DataFrame({"date": np.repeat(DAYS, rows), "sales": demand, "exposure": 1.0, "completed": demand})
    frame["mean"] = mean
    frame["all_days_factor"] = 1.0
    frame[list(QUANTILE_COLUMNS)] = mean[:, None] + 5 * width * z
    return frame


def test_scores_are_what_the_definitions_say() -> None:
    rows = forecasts(factor=1.1)
    found = Scores.of(rows).as_dict()

    quantiles = rows[list(QUANTILE_COLUMNS)].to_numpy()
    losses = [
        max(q * (y - f), (q - 1) * (y - f))
        for y, row in zip(rows["sales"], quantiles, strict=True)
        for q, f in zip(QUANTILES, row, strict=True)
    ]
    assert found["pinball"] == pytest.approx(np.mean(losses) / rows["sales"].mean(), abs=1e-6)
    assert found["wpe"] == pytest.approx(22 / rows["sales"].mean() - 1, abs=1e-6)
    assert found["coverage"]["q90"] == pytest.approx((rows["sales"] <= rows["q90"]).mean(), abs=1e-4)
    assert (found["rows"], found["days"]) == (len(rows), 7)


def test_days_cut_short_count_for_bias_as_completed_and_not_for_quantiles() -> None:
    rows = forecasts()
    cut = rows.index % 2 == 0
    rows.loc[cut, ["sales", "exposure"]] = rows.loc[cut, ["sales", "exposure"]] / 2

    found = Scores.of(rows).as_dict()

    assert found["wpe"] == pytest.approx(0, abs=0.01)
    assert found["rows"] == (~cut).sum()


def test_a_forecast_without_bias_is_read_so_where_busy_days_sell_out() -> None:
    """Whole days are high or low together and shelves are filled to the mean, so that busy days are cut short early:
    what is forecast of the hours in stock lies above what was sold in them, also where it is right."""
    world = World(DAYS_HIGH_TOGETHER, seed=3, warehouses=5, products=40, days=40)
    while world.day < 40:
        world.live(up_to_the_mean(world))
    known, truth = world.known(), world.truth()
    mean = truth["demand"].groupby([truth["warehouse_id"], truth["product_id"]]).transform("mean")
    right = truth[KEY].assign(origin=truth["date"] - pd.Timedelta(days=1), mean=mean, all_days_factor=1.0)
    right = right.assign(**dict.fromkeys(QUANTILE_COLUMNS, mean))
    profiles = learned_profiles(known)
    exposed = exposure(known.history, known.products, profiles)
    sales = known.history.days[[*KEY, "sales"]].assign(exposure=exposed)[exposed > 0]

    observed = with_completed_demand(sales, right, known, profiles)
    found = Scores.of(right.merge(observed, on=KEY)).as_dict()

    in_stock = (right.merge(sales, on=KEY).eval("mean * exposure").sum() / sales["sales"].sum()) - 1
    assert in_stock > 0.015
    assert found["wpe"] == pytest.approx(0, abs=0.005)


def test_the_bias_is_that_of_all_days() -> None:
    rows = forecasts()
    plain = Scores.of(rows).as_dict()

    found = Scores.of(rows.assign(all_days_factor=1.25)).as_dict()

    assert found["wpe"] == pytest.approx(1.25 * (1 + plain["wpe"]) - 1, abs=1e-5)
    assert (found["pinball"], found["coverage"]) == (plain["pinball"], plain["coverage"])


@pytest.mark.parametrize("new", [{}, {"noise": 0.2}, {"factor": 1.004}, {"width": 1.03}, {"factor": 0.996}])
def test_as_good_a_model_is_promoted(new: dict[str, float]) -> None:
    assert may_be_promoted(forecasts(**new), forecasts()).promoted


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ({"noise": 2.0}, "pinball loss"),
        ({"factor": 1.05}, "bias"),
        ({"factor": 0.95}, "bias"),
        ({"width": 0.7}, "coverage"),
        ({"width": 1.5}, "coverage"),
    ],
)
def test_a_model_worse_in_one_way_is_rejected_and_says_in_which(new: dict[str, float], reason: str) -> None:
    verdict = may_be_promoted(forecasts(**new), forecasts())

    assert not verdict.promoted
    assert any(reason in why for why in verdict.reasons)
    assert may_be_promoted(forecasts(), forecasts(**new)).promoted


def test_what_chance_may_bring_does_not_count_and_what_it_cannot_does() -> None:
    """With a day's mood in every forecast of the day, the same mean difference is chance."""
    serving, new = forecasts(), forecasts(factor=1.02)
    assert not may_be_promoted(new, serving).promoted
    moods = np.repeat([0.7, 1.4, 0.8, 1.3, 0.75, 1.35, 0.7], len(new) // 7)
    for frame in (serving, new):
        frame[["sales", "completed"]] = frame[["sales", "completed"]].mul(moods, axis=0)
    new[["mean", *QUANTILE_COLUMNS]] = new[["mean", *QUANTILE_COLUMNS]].mul(np.where(moods > 1, 1.04, 0.99), axis=0)
    assert "bias" not in " ".join(may_be_promoted(new, serving).reasons)


def test_a_forecast_that_is_missing_or_no_number_is_reason_enough() -> None:
    new = forecasts()
    new.loc[5, "q50"] = np.nan

    verdict = may_be_promoted(new, forecasts())

    assert verdict.reasons == (f"1 of {len(new)} forecasts are missing or no numbers",)


def test_both_are_scored_on_the_rows_that_the_serving_one_forecast() -> None:
    key = {"warehouse_id": "W1", "product_id": ["P1", "P2"], "date": DAYS[0], "origin": DAYS[0]}
    numbers = dict.fromkeys((*QUANTILE_COLUMNS, "mean", "all_days_factor"), 1.0)
    serving, new = pd.DataFrame(key | numbers), pd.DataFrame(key | numbers)
    observed = pd.DataFrame({"warehouse_id": "W1", "product_id": ["P2", "P1"], "date": DAYS[0], "sales": [2.0, 1.0]})
    observed = observed.assign(exposure=1.0, completed=[2.0, 1.0])

    after, before = on_the_same_rows(new.iloc[:1], serving, observed)

    assert after["product_id"].tolist() == before["product_id"].tolist() == ["P1", "P2"]
    assert after["sales"].tolist() == [1.0, 2.0]
    assert after["mean"].isna().tolist() == [False, True]
    assert not may_be_promoted(after, before).promoted
