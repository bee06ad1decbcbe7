"""Forecasts of all days: made worlds whose demand is known, and hold-out days drawn by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.demand.days_in_stock import DaysInStock
from forecasting.features.features import SPREAD_FEATURES, codes_of
from forecasting.features.panel import Panel
from forecasting.known.frames import ALL_DAYS_QUANTILES, FORECAST_COLUMNS, QUANTILE_COLUMNS, QUANTILES, SalesHistory
from forecasting.model.all_days import FACTOR_FEATURES, HoldOutDays, held_out_days, learned_all_days
from forecasting.model.all_days_forecasts import bias_in_stock, of_all_days
from forecasting.model.region_model import RegionModel, learned_profiles, train_region_model
from forecasting.model.scatter import Scatter
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins, train_warehouse_models
from tests.unit.forecasting.small_region import TRAINED_TO, Region, scarce, small_region
from tests.worlds.buyers import plenty, up_to_the_mean
from tests.worlds.coverage import table
from tests.worlds.world import DAYS_HIGH_TOGETHER, HOURS_BUNCHED, SINGLE_BUYERS, Make, World

NEXT_DAYS = 14
NAMES = list(dict.fromkeys([*FACTOR_FEATURES, *SPREAD_FEATURES]))
ONE_DAY_AHEAD = TrainingSettings(horizons=(1,), rounds=40, spread_rounds=20, leaves=15)


@pytest.fixture(scope="module")
def larger() -> Region:
    return small_region(warehouses=10)


def forecast_beside_demand(region: Region, quick: TrainingSettings) -> tuple[RegionModel, pd.DataFrame]:
    """Forecasts one day ahead of the days after a training, of days seen whole, with the demand that came."""
    known = region.at_end_of(TRAINED_TO)
    region_model = train_region_model(known, replace(quick, horizons=(1,)))
    last = TRAINED_TO + pd.Timedelta(days=NEXT_DAYS - 1)
    origins = list(pd.date_range(TRAINED_TO, last))
    found = forecast_origins(
        region.at_end_of(last), train_warehouse_models(known, region_model), region_model, origins, [1]
    )
    truth = region.history.days[["warehouse_id", "product_id", "date"]].assign(demand=region.demand)
    return region_model, found.merge(truth, on=["warehouse_id", "product_id", "date"])


@pytest.fixture(scope="module")
def of_scarce(larger: Region, quick: TrainingSettings) -> tuple[Region, RegionModel, pd.DataFrame]:
    """Where it sells out on days on which much is wanted: the region, its model, and the forecasts beside demand."""
    region = scarce(larger)
    return region, *forecast_beside_demand(region, quick)


def lived(make: Make, days: int, seed: int = 3, room: int = 0) -> World:
    """A world after some days, with room for more."""
    world = World(make, seed=seed, warehouses=5, products=40, days=days + room)
    while world.day < days:
        world.live(up_to_the_mean(world))
    return world


def forecasts_of(world: World) -> pd.DataFrame:
    """Forecasts one day ahead, of days seen whole, of the last days lived."""
    known, first = world.known(), world.known().origin_day - pd.Timedelta(days=NEXT_DAYS)
    before = known.at_end_of(first)
    region_model = train_region_model(before, ONE_DAY_AHEAD)
    origins = list(pd.date_range(first, periods=NEXT_DAYS))
    return forecast_origins(known, train_warehouse_models(before, region_model), region_model, origins, [1])


@pytest.mark.parametrize("make", [SINGLE_BUYERS, HOURS_BUNCHED, DAYS_HIGH_TOGETHER])
def test_quantiles_of_what_is_ordered_by_cover_true_demand(make: Make) -> None:
    # given buyers who believe what they sold, so that two days in five are cut short; a world this small is off by
    # chance by some percent: `make bench-coverage` measures large ones
    world = lived(make, days=92)
    beside = forecasts_of(world)

    found = table(of_all_days(beside), world.truth()).loc["all"]
    of_whole_days = table(beside[list(FORECAST_COLUMNS)], world.truth()).loc["all"]

    assert found["mean"] == pytest.approx(0, abs=5)
    assert found["q75"] == pytest.approx(75, abs=4)
    assert found["q90"] == pytest.approx(90, abs=3)
    assert found["q95"] == pytest.approx(95, abs=2.5)
    assert of_whole_days["q90"] < 80


def test_where_hours_are_as_the_profile_says_days_high_as_a_whole_are_found_in_full(
    of_scarce: tuple[Region, RegionModel, pd.DataFrame],
) -> None:
    # given whole days that are high or low together by a gamma factor of shape 4
    _, _, beside = of_scarce

    demand = beside["demand"].sum()
    on_all_days = of_all_days(beside)
    missing = demand - beside["mean"].sum()
    assert missing > 0.20 * demand  # days seen whole are the quiet ones
    assert abs(demand - on_all_days["mean"].sum()) < 0.25 * missing
    too_little = (beside["demand"] > beside["q90"]).mean()
    assert too_little > 0.25
    assert (beside["demand"].to_numpy() > on_all_days["q90"].to_numpy()).mean() == pytest.approx(0.1, abs=0.04)


def test_what_was_sold_while_in_stock_shows_it_without_the_truth(
    of_scarce: tuple[Region, RegionModel, pd.DataFrame],
) -> None:
    region, region_model, beside = of_scarce
    later = region.at_end_of(TRAINED_TO + pd.Timedelta(days=NEXT_DAYS))

    found = bias_in_stock(later, region_model.profiles, beside)

    assert found["seen_whole"] < -0.1
    assert found["all_days"] == pytest.approx(0, abs=0.05)
    of_double = bias_in_stock(later, region_model.profiles, beside.assign(mean=2 * beside["mean"]))
    assert of_double["seen_whole"] > found["seen_whole"] + 0.4


def test_once_shelves_are_full_what_days_seen_whole_lacked_is_not_added_to_a_level_that_has_it() -> None:
    # given models that were trained where two days in five were cut short, and a buyer who then orders plenty
    world = lived(HOURS_BUNCHED, days=84)
    known_before = world.known()
    region_model = train_region_model(known_before, ONE_DAY_AHEAD)
    world = lived(HOURS_BUNCHED, days=84, room=28)
    for _ in range(28):
        world.live(plenty(world))
    known, first = world.known(), known_before.origin_day
    origins = [first, *pd.date_range(first + pd.Timedelta(days=8), periods=6), first + pd.Timedelta(days=27)]

    found = forecast_origins(known, train_warehouse_models(known_before, region_model), region_model, origins, [1])

    total = found.assign(of_all_days=of_all_days(found)["mean"]).groupby("origin")[["mean", "of_all_days"]].sum()
    added = total["of_all_days"] / total["mean"] - 1
    assert added.iloc[0] > 0.2, "as it was learned"
    assert 0 <= added.iloc[-1] < 0.25 * added.iloc[0]
    second_week = of_all_days(found[found["origin"].isin(origins[1:7])])
    assert table(second_week, world.truth()).loc["all", "mean"] == pytest.approx(0, abs=15)


def week_within_plenty(make: Make, days: int) -> tuple[World, dict[str, WarehouseModel], pd.DataFrame]:
    """A world of days cut short, then so many of plenty; models trained a week before their end, and what they forecast
    of that week one day ahead, of days seen whole."""
    world = lived(make, days=84, room=days)
    for _ in range(days):
        world.live(plenty(world))
    known, trained_to = world.known(), world.known().origin_day - pd.Timedelta(days=7)
    before = known.at_end_of(trained_to)
    region_model = train_region_model(before, ONE_DAY_AHEAD)
    models = train_warehouse_models(before, region_model)
    origins = list(pd.date_range(trained_to, periods=7))
    return world, models, forecast_origins(known, models, region_model, origins, [1])


def test_models_trained_on_shelves_that_became_full_count_the_risen_level_once() -> None:
    # given four weeks of plenty, of which the served mean has learned and the hold-out one has not
    world, models, found = week_within_plenty(SINGLE_BUYERS, days=35)

    assert np.mean([model.level for model in models.values()]) == pytest.approx(1, abs=0.02)
    covered = table(of_all_days(found), world.truth()).loc["all"]
    assert covered["mean"] == pytest.approx(0, abs=4)
    assert covered["q95"] < 98  # of 1,400 days: chance moves it by half a point


def test_what_recent_errors_make_up_for_is_no_part_of_the_factor() -> None:
    # given a fortnight of plenty, which the served mean has hardly learned but its recent errors have
    _, _, found = week_within_plenty(HOURS_BUNCHED, days=21)

    assert of_all_days(found)["mean"].sum() / found["mean"].sum() == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("risen", [1.0, 1.25])
def test_where_stock_outs_are_accidents_days_seen_whole_are_like_all(
    larger: Region, quick: TrainingSettings, risen: float
) -> None:
    # also where all demand has risen in the days that the factor is learned from: the trees learn that themselves
    days = larger.history.days
    lately = np.where(days["date"] > TRAINED_TO - pd.Timedelta(days=14), risen, 1.0)
    hourly = larger.history.hourly_sales * lately[:, None].astype(np.float32)
    history = SalesHistory(days.assign(sales=days["sales"] * lately), hourly, larger.history.in_stock)
    region_model, beside = forecast_beside_demand(replace(larger, history=history), quick)

    assert region_model.near is not None
    assert region_model.near.all_days is not None
    weighed = (beside["all_days_factor"] * beside["mean"]).sum() / beside["mean"].sum()
    assert weighed == pytest.approx(1, abs=0.03)


def test_a_lower_price_never_means_a_smaller_factor(of_scarce: tuple[Region, RegionModel, pd.DataFrame]) -> None:
    _, region_model, _ = of_scarce
    assert region_model.near is not None
    values = np.random.default_rng(1).random((200, len(NAMES)), dtype=np.float32)
    discount = NAMES.index("discount")
    cheaper = values.copy()
    cheaper[:, discount] *= 0.7

    factor, of_cheaper = (region_model.near.factor_of(each, NAMES) for each in (values, cheaper))

    assert (of_cheaper >= factor).all()


def test_without_stock_outs_the_forecasts_of_all_days_are_those_of_days_seen_whole(
    region: Region, quick: TrainingSettings
) -> None:
    never_out = replace(region.history, in_stock=np.ones_like(region.history.in_stock))
    region_model, beside = forecast_beside_demand(replace(region, history=never_out), quick)

    assert region_model.near is not None
    assert region_model.near.all_days is None
    assert of_all_days(beside).equals(beside[list(FORECAST_COLUMNS)])


def test_further_ahead_the_quantiles_of_all_days_widen_as_those_of_days_seen_whole(
    larger: Region, quick: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given days seen whole whose spread grows by a tenth of the mean a day
    known = scarce(larger).at_end_of(TRAINED_TO)
    region_model = train_region_model(known, quick)
    models = train_warehouse_models(known, region_model)

    def forecast() -> pd.DataFrame:
        return forecast_origins(known, models, region_model, [TRAINED_TO], [1, 7])

    def upper(found: pd.DataFrame) -> pd.Series:
        of_all = of_all_days(found).set_index(["date", "warehouse_id", "product_id"])
        return of_all["q95"] / of_all["mean"] - 1

    def growing(_: Scatter, values: np.ndarray, names: list[str]) -> np.ndarray:
        return np.float32(0.3) + np.float32(0.1) * values[:, list(names).index("horizon")]

    monkeypatch.setattr(Scatter, "spread_of", growing)
    wider = forecast()
    monkeypatch.setattr(Scatter, "spread_of", lambda *_: np.float32(0.4))
    alike = forecast()

    assert (np.diff(wider[list(ALL_DAYS_QUANTILES)], axis=1) >= 0).all()
    assert (wider[list(ALL_DAYS_QUANTILES)] >= 0).all(axis=None)
    ratio = upper(wider) / upper(alike)
    for ahead, expected in ((1, 1.0), (7, (0.3 + 0.7) / 0.4)):
        assert ratio[TRAINED_TO + pd.Timedelta(days=ahead)].median() == pytest.approx(expected, rel=1e-3)


def test_a_day_without_a_row_between_sales_was_seen_whole_and_sold_nothing(
    larger: Region, quick: TrainingSettings
) -> None:
    region, gone = scarce(larger), TRAINED_TO - pd.Timedelta(days=2)
    days = region.history.days
    absent = (days["date"] == gone) & (days["warehouse_id"] == "w1") & (days["product_id"] == "p02")
    known = region.only(~absent.to_numpy()).at_end_of(TRAINED_TO)
    profiles = learned_profiles(known)
    panel = Panel.of(known, profiles)

    found = held_out_days(
        panel, known, profiles, quick, codes_of(known.products), 14, lambda rows: rows.scale, lambda rows: rows.series
    )

    assert found is not None
    series = panel.series.query("warehouse_id == 'w1' and product_id == 'p02'").index[0]
    of_series = np.flatnonzero(found.held_out == series)
    silent = found.days.sold[of_series] == 0
    assert len(of_series) == 14
    assert silent.sum() == 1
    assert found.seen_whole[of_series][silent].all()
    assert (found.days.exposure[of_series][silent] == 1).all()


def test_what_all_days_add_is_kept_with_the_model(of_scarce: tuple[Region, RegionModel, pd.DataFrame]) -> None:
    region, region_model, _ = of_scarce
    known = region.at_end_of(TRAINED_TO)

    read = RegionModel.from_bytes(region_model.to_bytes())

    first, second = (
        forecast_origins(known, train_warehouse_models(known, model), model, [TRAINED_TO], [1])
        for model in (region_model, read)
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert first["all_days_factor"].mean() > 1.1


def held_out(sold: np.ndarray, exposure: np.ndarray, forecast: float = 10.0) -> HoldOutDays:
    """Days of one kind, of which `forecast` was expected; all features 0."""
    nothing, expected = np.zeros(len(sold)), np.full(len(sold), forecast, dtype=np.float32)
    return HoldOutDays(
        DaysInStock(sold.astype(float), exposure.astype(float), nothing, nothing, np.ones(len(sold))),
        np.zeros((len(sold), len(NAMES)), dtype=np.float32),
        NAMES,
        expected,
        expected,
        exposure >= 1,
        np.arange(len(sold)) % 2 == 0,
        np.full(len(sold), "piece", dtype=object),
    )


@pytest.mark.parametrize(("truth", "stock", "shape"), [(1.3, 0.8, np.inf), (1.0, 1.2, 6.0), (1.5, 1.5, 3.0)])
def test_purchases_stopped_when_stock_ends_give_the_mean_and_the_quantiles(
    truth: float, stock: float, shape: float
) -> None:
    # given days on which 10 were forecast and 10 x truth wanted, more or less as whole days go by a gamma factor, one
    # by one through the day, until the stock is gone
    random = np.random.default_rng(2)
    days = 8000
    rate = 10 * truth * (random.gamma(shape, 1 / shape, days) if np.isfinite(shape) else np.ones(days))
    wanted, left = random.poisson(rate), random.poisson(10 * stock, days) + 1
    times = np.sort(np.where(np.arange(wanted.max()) < wanted[:, None], random.random((days, wanted.max())), 2), axis=1)
    gone = wanted >= left
    until = np.where(gone, times[np.arange(days), np.minimum(left, wanted.max()) - 1], 1.0)

    held = held_out(np.minimum(wanted, left), until)
    found = learned_all_days(held, TrainingSettings())

    of_whole_days = wanted[~gone].mean() / 10
    mean = 10 * of_whole_days * found.factor_of(held.values, NAMES)[:1]  # errors of the forecast stay with it
    assert of_whole_days < 0.95 * truth
    assert mean[0] == pytest.approx(10 * truth, rel=0.03)
    quantiles = found.quantiles(mean, found.spread_of(held.values, NAMES)[:1], held.unit[:1])
    np.testing.assert_allclose(quantiles[0], np.quantile(wanted, QUANTILES), atol=1.2)  # portions


def test_what_is_rare_and_always_cut_short_gets_its_factor_in_full() -> None:
    # given days of which 10 were forecast and up to 26 wanted, by how a product sells, half of them seen whole; one in
    # thirteen is promoted, sells 3.5 times as much and is seen half
    random, days = np.random.default_rng(4), 6000
    promoted = np.arange(days) % 13 == 0  # in both halves of the days
    short = promoted | (random.random(days) < 0.5)
    values = random.random((days, len(NAMES)), dtype=np.float32)
    values[:, NAMES.index("promoted")] = promoted
    level = 26 * values[:, NAMES.index("variation")] * np.where(promoted, 3.5, 1.0)
    sold = random.poisson(level * np.where(short, 0.5, 1.0))
    held = replace(held_out(sold, np.where(short, 0.5, 1.0)), values=values)

    mean = held.levelled() * learned_all_days(held, TrainingSettings()).factor_of(values, NAMES)

    assert mean[promoted].mean() == pytest.approx(level[promoted].mean(), rel=0.02)
    assert mean[~promoted].mean() == pytest.approx(level[~promoted].mean(), rel=0.02)


@pytest.mark.parametrize(("cut_short", "trust"), [(10, 10 / 26), (100, 100 / 116)])
def test_with_few_days_cut_short_the_factor_stays_near_1(cut_short: int, trust: float) -> None:
    # given a hundred days seen whole that sold some 10, as forecast, and days cut short at half that sold 10 by then:
    # 20 a day, or less as far as a day so high is not believed
    short = np.arange(100 + cut_short) >= 100
    held = held_out(np.where(short, 10, np.resize([6, 8, 10, 12, 14], len(short))), np.where(short, 0.5, 1.0))

    factor = float(learned_all_days(held, TrainingSettings()).factor_of(held.values, NAMES)[0])

    most = 1 + trust * cut_short / len(short)
    assert 1 + 0.3 * (most - 1) < factor <= most + 0.01


def test_the_scatter_is_that_of_trees_that_have_not_seen_the_days() -> None:
    # given days of 10 that vary by a third, half of them cut short at half, which the trees served know by heart
    demand = np.random.default_rng(6).gamma(9, 10 / 9, 2000)
    short = np.arange(2000) % 4 < 2
    held = held_out(np.where(short, demand / 2, demand), np.where(short, 0.5, 1.0))

    found = learned_all_days(replace(held, served=demand.astype(np.float32)), TrainingSettings())

    assert found.factor_of(held.values, NAMES)[0] == pytest.approx(1, abs=0.05)
    quantiles = found.quantiles(held.held_out[:1], found.spread_of(held.values, NAMES)[:1], held.unit[:1])
    np.testing.assert_allclose(quantiles[0], np.quantile(demand, QUANTILES), atol=1)


def test_the_mean_is_multiplied_and_the_quantiles_are_exchanged() -> None:
    numbers = [*QUANTILE_COLUMNS, "mean"]
    days = pd.DataFrame(
        {"warehouse_id": "w", "product_id": ["a", "b"], "date": pd.Timestamp("2026-05-01"), "model": "lightgbm"}
    ).assign(origin=pd.Timestamp("2026-04-30"), all_days_factor=[1.0, 1.5], **dict.fromkeys(numbers, 2.0))
    days[list(ALL_DAYS_QUANTILES)] = [np.arange(7), np.arange(7) + 0.5]

    found = of_all_days(days)

    assert tuple(found.columns) == FORECAST_COLUMNS
    assert found["mean"].tolist() == [2, 3]
    assert found[list(QUANTILE_COLUMNS)].to_numpy().tolist() == [
        [0, 1, 2, 3, 4, 5, 6],
        [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
    ]
