"""What is told of the model that serves: what it was worth beside the others, what it ignores and has not learned."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from forecasting.model.calendar_effects import CalendarEffects
from forecasting.model.choice import Choice, reach_of
from forecasting.model.learned_kinds import choices_of
from forecasting.model.mean_models import REGRESSION, SMOOTHING, TREES, MeanModel, Smoothed
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.regression import Regression
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import Trees
from tests.unit.forecasting.small_region import FIRST, small_region

FAIR = pd.DataFrame({"closed": [False], "cancelled": [False]})


def serving(region_model: RegionModel, mean: MeanModel) -> RegionModel:
    assert region_model.near is not None
    return replace(region_model, near=replace(region_model.near, mean=mean))


def grown(**columns: float) -> Trees:
    """Trees on columns of which each is so much times a number that demand follows; 0 is one that never varies."""
    number = np.arange(80.0)
    data = lgb.Dataset(
        np.stack([number * times for times in columns.values()], axis=1), number, feature_name=list(columns)
    )
    return Trees.of(lgb.train({"verbose": -1, "num_leaves": 4}, data, 2))


def test_what_serves_is_told_with_what_each_rung_was_worth_on_how_many_days(region_model: RegionModel) -> None:
    near = choices_of(region_model, None)["near"]

    assert region_model.near is not None
    assert (near.rung, near.held_out_days) == (TREES, region_model.hold_out_days)
    assert near.losses == region_model.near.losses
    assert set(near.losses) == {SMOOTHING, REGRESSION, TREES}


def test_what_trees_never_split_on_is_not_learned(region_model: RegionModel) -> None:
    """In the region days are promoted and cheap, of 110 days in spring; it knows no season."""
    learned = choices_of(region_model, None)["near"]
    knows_prices_alone = grown(promoted=0, discount=1, own_7=0)
    told = choices_of(serving(region_model, knows_prices_alone), None)["near"]

    assert not {"prices", "promotions"} & {*learned.not_learned, *learned.takes_no_account_of}
    assert "season" in learned.not_learned
    assert told.not_learned == ("promotions", "weather", "holidays", "season")
    assert told.takes_no_account_of == ()


def test_trees_know_what_the_regression_knows_that_they_are_grown_on(region_model: RegionModel) -> None:
    on = Regression(0.0, {"promoted_more": 0.4}, {"promoted_more": 0.0})
    trees = replace(grown(promoted=0, own_7=1), on=on)

    assert "promotions" not in choices_of(serving(region_model, trees), None)["near"].not_learned


def test_a_regression_has_learned_what_it_has_coefficients_of(region_model: RegionModel) -> None:
    mean = Regression(0.0, {"own_7": 0.5, "festival": 0.1, "at_price": 0.2}, {})

    told = choices_of(serving(region_model, mean), None)["near"]

    assert told.not_learned == ("prices", "promotions", "weather", "season"), "a level at equal prices tells no price"


def test_smoothing_takes_no_account_of_what_it_has_no_term_for(region_model: RegionModel) -> None:
    told = choices_of(serving(region_model, Smoothed()), None)["near"]

    assert told.takes_no_account_of == ("prices", "promotions", "weather", "holidays")
    assert told.not_learned == ("season",)


def test_what_the_calendar_has_taught_counts_whatever_serves(region_model: RegionModel) -> None:
    effects = CalendarEffects(["event", "festival"], {"w0": {"event|Fair": 0.3, "festival|day": 0.1}}, {}, {})
    taught = replace(serving(region_model, Smoothed()), effects=effects)

    told = choices_of(taught, FAIR)["near"]

    assert told.takes_no_account_of == ("prices", "promotions", "weather")
    assert told.not_learned == ("season",)
    assert "events" in choices_of(replace(taught, effects=None), FAIR)["near"].not_learned
    for none in (None, FAIR.assign(closed=True), FAIR.assign(cancelled=True)):
        assert "events" not in choices_of(replace(taught, effects=None), none)["near"].not_learned


def test_of_one_day_nothing_is_compared_and_the_level_serves_every_day() -> None:
    known = small_region(warehouses=1, products=5, days=1).at_end_of(FIRST)

    told = choices_of(train_region_model(known), None)

    level = Choice(SMOOTHING, 0, {}, ("prices", "promotions", "weather", "holidays"), ("season",))
    assert told == {"near": level, "far": level}
    assert level.gains() == {}


def test_only_the_reaches_that_were_trained_are_told(region_model: RegionModel) -> None:
    one_day = replace(region_model, settings=TrainingSettings(horizons=(1,)), far=None)

    assert list(choices_of(one_day, None)) == ["near"]
    assert [reach_of(horizon) for horizon in (1, 2, 14)] == ["near", "far", "far"]


def test_a_gain_is_what_is_missed_less_than_by_another_rung() -> None:
    choice = Choice(REGRESSION, 40, {SMOOTHING: 1.0, REGRESSION: 0.8, TREES: 0.9}, (), ("promotions",))

    assert choice.gains() == {SMOOTHING: pytest.approx(0.2), TREES: pytest.approx(1 / 9)}
    assert Choice.from_dict(choice.to_dict()) == choice
