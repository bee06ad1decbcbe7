"""Why a forecast is what it is: shares that add up, by groups of features that leave none out."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import combinations
from math import factorial

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.explaining.contributions import (
    CONTRIBUTION_COLUMNS,
    FEATURES,
    OF_MODEL,
    SHARES,
    contributions,
    in_units,
    share_of,
)
from forecasting.explaining.shapley_values import GroupShares, SplitNodes
from forecasting.features.features import features, scale_of
from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.mean_models import SMOOTHING, TREES
from forecasting.model.recent_errors import ErrorPersistence
from forecasting.model.region_model import RegionModel
from forecasting.model.trees import Trees
from forecasting.model.warehouse_model import WarehouseModel, forecast_together
from tests.unit.forecasting.small_region import FIRST, Region, small_region

Models = dict[str, WarehouseModel]
Doubles = NDArray[np.float64]


def explain(
    model: WarehouseModel,
    known: KnownAtOrigin,
    horizons: Sequence[int] = HORIZONS,
    product_ids: Collection[str] | None = None,
) -> pd.DataFrame:
    return contributions({model.warehouse_id: model}, known, model.forecast(known), horizons, product_ids)


def test_every_feature_belongs_to_exactly_one_share(known: KnownAtOrigin, region_model: RegionModel) -> None:
    panel = Panel.of(known, region_model.profiles)
    _, names = features(panel, panel.last, 1, scale_of(panel, panel.last), region_model.codes)
    listed = [name for of_share in FEATURES.values() for name in of_share]

    assert tuple(FEATURES) == OF_MODEL
    assert len(listed) == len(set(listed))
    assert set(listed) == set(names)


def test_several_warehouses_at_once_are_explained_as_each_alone(
    known: KnownAtOrigin, region_model: RegionModel, models: Models
) -> None:
    chosen = {name: replace(models[name], level=level) for name, level in (("w0", 1.3), ("w3", 0.8), ("w4", 1.0))}
    together = contributions(chosen, known, forecast_together(chosen, Panel.of(known, region_model.profiles)), [1, 2])

    for name, model in chosen.items():
        mine = together[together["warehouse_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, explain(model, known, [1, 2]), check_exact=True)


def test_a_feature_that_no_share_names_is_an_error() -> None:
    with pytest.raises(ValueError, match="moon_phase"):
        share_of("moon_phase")


def test_the_shares_of_every_forecast_add_up_to_its_mean(known: KnownAtOrigin, models: Models) -> None:
    for model in models.values():
        forecast = model.forecast(known)
        explained = explain(model, known)
        assert list(explained.columns) == list(CONTRIBUTION_COLUMNS)
        assert len(explained) == len(forecast)
        merged = explained.merge(forecast, on=["warehouse_id", "product_id", "date", "origin"])
        np.testing.assert_allclose(merged["mean_x"], merged["mean_y"], rtol=1e-6)
        np.testing.assert_allclose(explained[list(SHARES)].sum(axis=1), explained["mean"], rtol=1e-12)
        assert (explained["level"] > 0).all()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 1000),
    days=st.integers(30, 80),
    level=st.floats(0.2, 5),
    pull=st.sampled_from([5.0, 50.0, np.inf]),
    horizon=st.integers(1, 7),
)
def test_they_add_up_whatever_the_region_and_the_model(
    region_model: RegionModel, seed: int, days: int, level: float, pull: float, horizon: int
) -> None:
    region = small_region(seed, warehouses=2, products=5, days=days)
    assert region_model.near is not None
    changed = replace(
        region_model, near=replace(region_model.near, persistence=ErrorPersistence(4.0, pull=pull, fade=0.9))
    )
    model = WarehouseModel("w1", changed, level=level)
    known = region.at_end_of(FIRST + pd.Timedelta(days=days - 1))

    explained = explain(model, known, [horizon])

    forecast = model.forecast(known, [horizon])
    np.testing.assert_allclose(explained["mean"], forecast["mean"], rtol=1e-6)
    np.testing.assert_allclose(explained[list(SHARES)].sum(axis=1), forecast["mean"], rtol=1e-6)


@given(st.lists(st.floats(-8, 8), min_size=6, max_size=6))
def test_shares_in_logarithms_become_shares_in_units(logs: list[float]) -> None:
    units = in_units(np.array([logs]))[0]
    assert units[0] == pytest.approx(np.exp(logs[0]))
    assert units.sum() == pytest.approx(np.exp(sum(logs)), rel=1e-9)
    for of_log, of_unit in zip(logs[1:], units[1:], strict=True):
        assert np.sign(of_log) == np.sign(of_unit) or abs(of_unit) < 1e-12


def test_nothing_stands_between_the_trees_and_the_mean_but_the_level_and_what_was_missed(
    known: KnownAtOrigin, region_model: RegionModel
) -> None:
    """With one model, and where nothing that was missed lasts, the shares of the trees alone, times scale, level and
    factor, are the forecast."""
    assert region_model.near is not None
    assert isinstance(region_model.near.mean, Trees)
    one = Trees.of(region_model.near.mean.boosters[0])
    grown = replace(region_model.near, mean=one, persistence=ErrorPersistence())
    model = WarehouseModel("w2", replace(region_model, near=grown), level=1.3)
    panel = Panel.of(known, region_model.profiles).of_warehouses(["w2"])
    scale = scale_of(panel, panel.last)
    values, names = features(panel, panel.last, 1, scale, region_model.codes)
    group = [OF_MODEL.index(share_of(name)) for name in one.names]
    shares = GroupShares.of(SplitNodes.of(*one.boosters), group, len(OF_MODEL))
    found = shares.shares(values.take([names.index(name) for name in one.names], 1))

    explained = explain(model, known, [1])

    by_hand = np.exp(shares.base + found.sum(axis=1)) * scale * 1.3 * grown.factor_of(values, names)
    np.testing.assert_allclose(explained["mean"], by_hand, rtol=1e-5)
    logs = np.column_stack([np.log(by_hand) - found[:, 1:].sum(axis=1), found[:, 1:]])
    np.testing.assert_allclose(explained[list(OF_MODEL)], in_units(logs), rtol=1e-4, atol=1e-5)


def test_of_several_models_the_first_is_explained_and_the_others_change_no_sign(
    known: KnownAtOrigin, region_model: RegionModel
) -> None:
    """Given two models averaged, the shares add up to the mean of both, and point where the first one's do."""
    assert region_model.near is not None
    of_all, held_out = region_model.near.mean, region_model.near.hold_out_mean
    assert isinstance(of_all, Trees)
    assert isinstance(held_out, Trees)
    two = Trees.of(*of_all.boosters, *held_out.boosters, on=of_all.on)
    explained = {}
    for name, mean in (("one", region_model.near.mean), ("two", two)):
        model = WarehouseModel(
            "w2", replace(region_model, near=replace(region_model.near, mean=mean, persistence=ErrorPersistence()))
        )
        explained[name] = explain(model, known, [1])
        np.testing.assert_allclose(explained[name][list(SHARES)].sum(axis=1), explained[name]["mean"], rtol=1e-6)

    assert not np.allclose(explained["one"]["mean"], explained["two"]["mean"], rtol=1e-3)
    promoted = [explained[name]["promotion"].to_numpy() for name in ("one", "two")]
    # spread by size: no share changes its sign unless the models differ by more than all shares together
    assert (np.sign(promoted[0]) == np.sign(promoted[1])).mean() > 0.9


def test_what_was_missed_lately_is_the_trend(known: KnownAtOrigin, region_model: RegionModel) -> None:
    assert region_model.near is not None
    with_it, without = (
        explain(
            WarehouseModel("w2", replace(region_model, near=replace(region_model.near, persistence=persistence))),
            known,
            [1],
        )
        for persistence in (ErrorPersistence(4.0, pull=20.0), ErrorPersistence())
    )
    np.testing.assert_allclose(with_it["level"], without["level"], rtol=1e-4)
    moved = (with_it["mean"] - without["mean"]).to_numpy()
    assert np.abs(moved).max() > 0.01
    assert (np.sign(moved) == np.sign(with_it["trend"] - without["trend"])).mean() > 0.9


def test_weekends_and_promotions_show_as_what_they_are(known: KnownAtOrigin, models: Models, region: Region) -> None:
    explained = pd.concat([explain(model, known) for model in models.values()])
    relative = explained[list(SHARES)].div(explained["level"], axis=0)
    weekend = explained["date"].dt.day_of_week >= 5
    assert relative.loc[weekend, "weekday"].mean() > 0.1 > relative.loc[~weekend, "weekday"].mean()
    planned = explained.merge(known.promotions, on=["warehouse_id", "product_id", "date"], how="left")
    promoted = planned["promoted"].fillna(False).astype(bool).to_numpy()
    assert promoted.any()
    assert relative.loc[promoted, "promotion"].mean() > 0.2 > relative.loc[~promoted, "promotion"].mean()


def test_a_choice_of_products_and_days_is_explained_as_among_all(known: KnownAtOrigin, models: Models) -> None:
    every = explain(models["w0"], known)
    chosen = explain(models["w0"], known, [2], ["p03", "p07"])
    day = known.origin_day + pd.Timedelta(days=2)
    same = every[every["product_id"].isin(["p03", "p07"]) & (every["date"] == day)].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen, same)


def test_a_product_that_has_not_sold_here_yet_is_explained_too(
    region: Region, known: KnownAtOrigin, region_model: RegionModel
) -> None:
    days = region.history.days
    here = ((days["warehouse_id"] == "w0") & (days["product_id"] == "p04")).to_numpy()
    coming = region.only(~here).at_end_of(known.origin_day)  # its prices are planned
    assert region_model.near is not None
    model = WarehouseModel("w0", replace(region_model, near=replace(region_model.near, persistence=ErrorPersistence())))

    explained = explain(model, coming, [1]).set_index("product_id")

    np.testing.assert_allclose(explained[list(SHARES)].sum(axis=1), explained["mean"], rtol=1e-12)
    assert explained.loc["p04", "mean"] > 0
    unsold, sold = (explained.loc[product, list(SHARES)].astype(float) for product in ("p04", "p05"))
    assert np.abs(unsold[1:]).sum() > 0
    assert np.abs(sold[1:]).sum() > 0


def test_smoothed_products_have_a_level_and_a_weekday(region: Region, known: KnownAtOrigin, models: Models) -> None:
    days = region.history.days
    ago = (known.origin_day - days["date"]).dt.days
    now_and_then = ago.isin([46, 52, 58])  # seldom enough that six weeks without a row are no end
    without = region.only(((days["product_id"] != "p03") | now_and_then).to_numpy()).at_end_of(known.origin_day)
    forecast = models["w0"].forecast(without)
    served = forecast.set_index("product_id")["model"]
    assert (served["p03"] == SMOOTHING).all()
    assert (served["p04"] == TREES).all()

    explained = contributions({"w0": models["w0"]}, without, forecast, range(1, 8)).set_index("product_id")

    np.testing.assert_allclose(explained[list(SHARES)].sum(axis=1), explained["mean"], rtol=1e-12)
    of_smoothed = explained.loc["p03"]
    assert of_smoothed["level"].nunique() == 1
    assert of_smoothed["weekday"].sum() == pytest.approx(0, abs=1e-6)
    assert (of_smoothed[["holiday", "weather", "promotion", "trend"]] == 0).all().all()


def some_trees(seed: int, features_: int, missing: bool) -> tuple[lgb.Booster, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(400, features_)).astype(np.float32)
    rows[:, 0] = np.round(rows[:, 0])
    if missing:
        rows[rng.random(rows.shape) < 0.2] = np.nan
    demand = np.exp(np.nan_to_num(rows[:, 0]) * 0.5 + np.nan_to_num(rows[:, 1] * rows[:, 2]) * 0.4)
    parameters = {"objective": "tweedie", "num_leaves": 9, "min_data_in_leaf": 10, "verbose": -1, "num_threads": 1}
    return lgb.train(parameters, lgb.Dataset(rows, demand), 12), rows[:20]


@pytest.mark.parametrize("missing", [False, True])
def test_with_a_group_for_each_feature_they_are_what_lightgbm_says(missing: bool) -> None:
    booster, rows = some_trees(3, 6, missing)
    shares = GroupShares.of(SplitNodes.of(booster), range(6), 6)
    theirs = np.asarray(booster.predict(rows, pred_contrib=True))
    np.testing.assert_allclose(shares.shares(rows), theirs[:, :-1], atol=1e-9)
    assert shares.base == pytest.approx(theirs[0, -1])


def test_groups_are_players_of_the_game_that_the_trees_define() -> None:
    """Against the definition: every order of the groups, by expectations that walk down each tree."""
    booster, rows = some_trees(5, 6, missing=True)
    group = [0, 1, 1, 2, 0, 2]
    shares = GroupShares.of(SplitNodes.of(booster), group, 3).shares(rows)
    dumped = booster.dump_model()["tree_info"]
    for row, found in zip(rows[:6].astype(float), shares, strict=False):

        def known(sets: frozenset[int], row: Doubles = row) -> float:
            return sum(expectation(tree["tree_structure"], row, group, sets) for tree in dumped)

        for player in range(3):
            by_definition = 0.0
            others = [other for other in range(3) if other != player]
            for size in range(3):
                for chosen in combinations(others, size):
                    weight = factorial(size) * factorial(2 - size) / factorial(3)
                    by_definition += weight * (known(frozenset({*chosen, player})) - known(frozenset(chosen)))
            assert found[player] == pytest.approx(by_definition, abs=1e-9)


def expectation(node: dict, row: Doubles, group: list[int], known: frozenset[int]) -> float:
    """What a tree says where only some groups of features are known."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if group[node["split_feature"]] in known:
        value = row[node["split_feature"]]
        if np.isnan(value) and node["missing_type"] == "NaN":
            to_left = node["default_left"]
        else:
            to_left = np.nan_to_num(value) <= node["threshold"]
        return expectation(left if to_left else right, row, group, known)
    of_left, of_right = (side.get("internal_count", side.get("leaf_count")) for side in (left, right))
    both = of_left * expectation(left, row, group, known) + of_right * expectation(right, row, group, known)
    return float(both / (of_left + of_right))
