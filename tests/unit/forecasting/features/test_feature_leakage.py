"""Every feature by its name: nothing known after the origin moves it, and something known before does."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.features.features import features, scale_of
from forecasting.features.panel import Panel
from forecasting.features.training_rows import training_rows
from forecasting.known.frames import WEATHER_COLUMNS
from forecasting.model.recent_errors import ErrorPersistence, RecentErrors
from forecasting.model.region_model import RegionModel
from tests.unit.forecasting.model.test_forecast_leakage import CHANGES, changed
from tests.unit.forecasting.small_region import TRAINED_TO, Region

LAST = TRAINED_TO + pd.Timedelta(days=12)
LATER_VERSIONS = ("replanned", "forecast again", "observed")
NUMBERS = [name for name, kind in WEATHER_COLUMNS.items() if kind == "number"]
CARRIED_OVER = ErrorPersistence(4.0, weekly=0.5, pull=10.0, fade=0.9)


def seen_at(region: Region, region_model: RegionModel, origin: pd.Timestamp, ahead: int) -> dict[str, np.ndarray]:
    """All that a forecast is made of, by name, as a panel with later days in it shows it to an earlier origin."""
    panel = Panel.of(region.at_end_of(LAST), region_model.profiles)
    at = panel.index(origin)
    scale = scale_of(panel, at)
    values, names = features(panel, at, ahead, scale, region_model.codes)
    seen = {"scale": scale} | {name: values[:, n] for n, name in enumerate(names)}
    assert region_model.near is not None
    errors: RecentErrors = region_model.near.recent_errors(
        panel, region_model.settings.least_exposure, region_model.codes
    )
    seen["factor of recent errors"] = errors.factors(panel, at, CARRIED_OVER, ahead)
    recent = errors.shapes_since_training(at, at - 4, CARRIED_OVER, 14)
    assert recent is not None
    shapes = [band for shape in recent.shapes.by_unit.values() for band in shape.quantiles]
    seen["recent error shapes"] = np.array([recent.weight, *np.ravel(shapes)])
    return seen


def with_a_later_version(region: Region, what: str, origin: pd.Timestamp, pick: int, by: float) -> Region:
    """The region with one plan or one day's weather said anew after the origin, whichever day it speaks of."""
    name, moment = ("promotions", "known_at") if what == "replanned" else ("weather", "issued_at")
    frame = getattr(region, name)
    known_to = region.at_end_of(origin).origin
    near = frame["date"].between(origin - pd.Timedelta(days=30), origin + pd.Timedelta(days=4)).to_numpy()
    rows = np.flatnonzero(near)
    again = frame.iloc[[rows[pick % len(rows)]]].copy()
    again[moment] = known_to + pd.Timedelta(minutes=1 + pick % 5000)
    if what == "replanned":
        again["discount"], again["promoted"] = 0.1, ~again["promoted"]
    else:
        again[NUMBERS] = again[NUMBERS] + by
        again["observed"] = what == "observed"
    return replace(region, **{name: pd.concat([frame, again], ignore_index=True)})


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from((*CHANGES, *LATER_VERSIONS)), st.integers(0, 10**6), st.floats(0.5, 1000)),
        min_size=3,
        max_size=8,
    ),
    ago=st.sampled_from((1, 3, 9)),
    ahead=st.sampled_from((1, 5)),
)
def test_nothing_known_after_the_origin_moves_any_feature(
    region: Region, region_model: RegionModel, changes: list[tuple[str, int, float]], ago: int, ahead: int
) -> None:
    day = LAST - pd.Timedelta(days=ago - 1)
    origin = day - pd.Timedelta(days=1)
    other = region
    for what, pick, by in changes:
        if what in LATER_VERSIONS:
            other = with_a_later_version(other, what, origin, pick, by)
        else:
            other = changed(other, what, day, pick, by)
    before, after = seen_at(region, region_model, origin, ahead), seen_at(other, region_model, origin, ahead)
    assert [name for name in before if not np.array_equal(before[name], after[name], equal_nan=True)] == []


def more_sales(region: Region) -> Region:
    """Twice the sales of every third row, and the first three hours of every fourth sold out."""
    days, in_stock = region.history.days.copy(), region.history.in_stock.copy()
    days.loc[::3, "sales"] *= 2
    in_stock[::4, 9:12] = 0
    return replace(region, history=replace(region.history, days=days, in_stock=in_stock))


def another_weather(region: Region) -> Region:
    weather = region.weather.copy()
    weather[NUMBERS] = weather[NUMBERS] + np.arange(len(weather))[:, None] % 7
    return replace(region, weather=weather)


def other_plans(region: Region) -> Region:
    plans = region.promotions.copy()
    plans.loc[::3, "promoted"] = ~plans.loc[::3, "promoted"]
    plans.loc[::3, "discount"] = 0.6
    return replace(region, promotions=plans)


def other_products(region: Region) -> Region:
    swap = {"fruit": "leaf vegetables", "leaf vegetables": "fruit"}
    products = region.products.assign(category=region.products["category"].map(swap), subcategory="everyday")
    return replace(region, products=products)


def unchanged(region: Region) -> Region:
    return region


@pytest.fixture(scope="module")
def moved_by_what_was_known(region: Region, region_model: RegionModel) -> dict[str, set[str]]:
    """Which features each change of what was known by the origin moves."""
    origin, holiday_eve = pd.Timestamp("2026-06-03"), pd.Timestamp("2026-04-30")  # Labour Day: 1 May
    make_up_eve = pd.Timestamp("2026-05-08")  # Saturday 9 May is worked
    base = seen_at(region, region_model, origin, 2)
    ways: dict[str, tuple[Callable[[Region], Region], pd.Timestamp, int]] = {
        "sales": (more_sales, origin, 2),
        "weather": (another_weather, origin, 2),
        "plans": (other_plans, origin, 2),
        "products": (other_products, origin, 2),
        "another day": (unchanged, holiday_eve, 1),
        "a make-up workday": (unchanged, make_up_eve, 1),
        "a Monday": (unchanged, origin + pd.Timedelta(days=3), 2),
        "the day after a festival": (unchanged, pd.Timestamp("2026-05-05"), 2),
    }
    moved = {}
    for way, (change, at, ahead) in ways.items():
        after = seen_at(change(region), region_model, at, ahead)
        moved[way] = {name for name in base if not np.array_equal(base[name], after[name], equal_nan=True)}
    return moved


def test_every_feature_is_moved_by_something_known_before(
    moved_by_what_was_known: dict[str, set[str]], region: Region, region_model: RegionModel
) -> None:
    names = set(seen_at(region, region_model, TRAINED_TO, 1))
    movable = set().union(*moved_by_what_was_known.values())
    assert names - movable == set(), "a feature that nothing moves cannot show a leak"


def test_weather_of_the_day_is_moved_by_its_forecast_alone(moved_by_what_was_known: dict[str, set[str]]) -> None:
    of_the_day = {f"{name}_target" for name in ("temperature", "precipitation", "humidity", "wind")}
    assert moved_by_what_was_known["weather"] >= of_the_day | {"warmer_than_week"}
    assert moved_by_what_was_known["sales"] & of_the_day == set()


def test_a_training_row_holds_the_forecast_of_its_day_and_not_what_was_observed(
    region: Region, region_model: RegionModel
) -> None:
    panel = Panel.of(region.at_end_of(LAST), region_model.profiles)
    target = panel.last - 3
    day = panel.day(target)
    rows_of_day = training_rows(panel, [target], (1, 2), 0.95, region_model.codes)
    weather = region.weather[region.weather["date"] == day].assign(
        ahead=lambda w: (region.at_end_of(day).origin - w["issued_at"]).dt.days
    )
    for ahead in (1, 2):
        rows = rows_of_day.horizon == ahead
        foretold = weather[weather["ahead"] == ahead].set_index("warehouse_id")["temperature_c"]
        expected = foretold[panel.series["warehouse_id"].iloc[rows_of_day.series[rows]]].to_numpy(dtype=np.float32)
        np.testing.assert_array_equal(
            rows_of_day.features[rows][:, rows_of_day.names.index("temperature_target")], expected
        )


def test_a_day_a_fortnight_ahead_has_the_weather_that_was_foretold_of_it_by_then_or_none(
    region: Region, region_model: RegionModel
) -> None:
    seen = region.weather[region.weather["observed"]]
    foretold = seen.assign(observed=False, issued_at=seen["issued_at"] - pd.Timedelta(days=10))
    foretold["temperature_c"] += 100
    region = replace(region, weather=pd.concat([seen, foretold], ignore_index=True))
    panel = Panel.of(region.at_end_of(LAST), region_model.profiles)
    target = panel.last - 3
    came = seen[seen["date"] == panel.day(target)].set_index("warehouse_id")["temperature_c"]
    warehouses = panel.series["warehouse_id"]

    for ahead, known in ((8, True), (10, True), (11, False), (14, False)):
        rows = training_rows(panel, [target], (ahead,), 0.95, region_model.codes)
        found = rows.features[:, rows.names.index("temperature_target")]
        expected = came[warehouses.iloc[rows.series]].to_numpy(dtype=np.float32) + np.float32(100)
        np.testing.assert_allclose(found, expected if known else np.full(len(rows), np.nan), rtol=1e-5)
