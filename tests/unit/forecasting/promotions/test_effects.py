"""What promotions did, found again where it was put in."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from forecasting.known.frames import KnownAtOrigin
from forecasting.promotions.effects import AFTER, EFFECT_COLUMNS, UPLIFT, promotion_effects
from forecasting.promotions.siblings import ALL, SIBLINGS, TAKEN
from tests.unit.forecasting.small_region import FIRST, TRAINED_TO, Region, selling, small_region

WAREHOUSES, PRODUCTS, DAYS = 6, 14, 110
PROMOTED = 1.6  # what a promotion multiplies demand with in the small region


def promoted_of(region: Region) -> NDArray[np.bool_]:
    return region.promotions["promoted"].to_numpy().reshape(WAREHOUSES, PRODUCTS, DAYS)


def one(effects: pd.DataFrame, effect: str, day: int) -> pd.Series:
    """The row of an effect of promotions at 0.8 over all categories."""
    found = effects[(effects["category"] == ALL) & (effects["effect"] == effect) & (effects["day"] == day)]
    found = found[found["depth_from"].isna() | (found["depth_from"] == 0.2)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def effects(known: KnownAtOrigin) -> pd.DataFrame:
    return promotion_effects(known, resamples=50)


def test_an_uplift_that_was_put_in_is_found_and_nothing_else(effects: pd.DataFrame) -> None:
    assert list(effects.columns) == list(EFFECT_COLUMNS)
    first = one(effects, UPLIFT, 1)
    assert first["ratio"] == pytest.approx(PROMOTED, rel=0.05)
    assert first["low"] < PROMOTED < first["high"]
    assert first["products"] == PRODUCTS
    for day in range(1, 6):
        assert one(effects, AFTER, day)["ratio"] == pytest.approx(1, abs=0.06)


def test_days_without_a_sale_whose_price_nobody_told_are_not_taken_for_full_price(region: Region) -> None:
    """A quarter of the days sell nothing, in promotions and out of them; prices come with what is sold."""
    nothing = np.random.default_rng(1).random((WAREHOUSES, PRODUCTS, DAYS)) < 0.25
    selling_less = selling(region, np.where(nothing, 0.0, 1.0))
    with_sales = replace(selling_less, promotions=region.promotions[~nothing.ravel()])

    found = promotion_effects(with_sales.at_end_of(TRAINED_TO), resamples=20)

    assert one(found, UPLIFT, 1)["ratio"] == pytest.approx(PROMOTED, rel=0.08)


def test_categories_with_the_same_effect_lean_on_each_other(effects: pd.DataFrame) -> None:
    of_each = effects[(effects["category"] != ALL) & (effects["effect"] == UPLIFT) & (effects["day"] == 1)]
    assert set(of_each["category"]) == {"fruit", "leaf vegetables"}
    assert of_each["ratio"].to_numpy() == pytest.approx(PROMOTED, rel=0.08)
    assert (of_each["low"] <= of_each["ratio"]).all()
    assert (of_each["ratio"] <= of_each["high"]).all()


def test_a_decay_and_a_dip_that_were_put_in_are_found() -> None:
    # given runs of five days, strong on the first, and a third less on the day after them
    region = small_region()
    day = np.arange(DAYS)
    starts = np.random.default_rng(3).integers(0, 20, (WAREHOUSES, PRODUCTS, 1))
    run_day = (day - starts) % 20 + 1  # five days of twenty
    on = run_day <= 5
    undone = np.where(promoted_of(region), 1 / PROMOTED, 1.0)
    region = selling(region, undone * np.select([run_day == 1, on, run_day == 6], [2.0, 1.4, 0.65], 1.0))
    plans = region.promotions.assign(discount=np.where(on, 0.8, 1.0).ravel(), promoted=on.ravel())

    found = promotion_effects(replace(region, promotions=plans).at_end_of(TRAINED_TO), resamples=0)

    assert one(found, UPLIFT, 1)["ratio"] == pytest.approx(2.0, rel=0.08)
    assert one(found, UPLIFT, 3)["ratio"] == pytest.approx(1.4, rel=0.08)
    # with 14 products the days after lean on each other
    assert one(found, AFTER, 1)["ratio"] == pytest.approx(0.65, abs=0.12)
    assert one(found, AFTER, 4)["ratio"] == pytest.approx(1, abs=0.12)
    assert found["low"].isna().all()


def test_what_siblings_lose_is_found() -> None:
    # given products that lose 15% on days on which p01 is promoted, which sells more than the rest of its family
    region = small_region()
    on = promoted_of(region).copy()
    undone = np.where(on, 1 / PROMOTED, 1.0)
    on[:] = False
    starts = np.random.default_rng(5).integers(0, 12, (WAREHOUSES, 1))
    on[:, 1] = (np.arange(DAYS) - starts) % 12 < 3
    family = [p for p in range(PRODUCTS) if p % 3 and p % 4 and p != 1]
    factor = undone.copy()
    factor[:, 1] *= np.where(on[:, 1], 3.0, 1.0)
    factor[:, family] *= np.where(on[:, [1]], 0.85, 1.0)
    plans = region.promotions.assign(discount=np.where(on, 0.7, 1.0).ravel(), promoted=on.ravel())
    known = replace(selling(region, factor), promotions=plans).at_end_of(TRAINED_TO)

    found = promotion_effects(known, resamples=50)

    lost = one(found, SIBLINGS, 0)
    assert lost["ratio"] == pytest.approx(0.85, abs=0.05)
    assert lost["high"] < 1
    assert one(found, TAKEN, 0)["low"] > 0


def test_only_what_was_known_by_then_counts(region: Region, known: KnownAtOrigin, effects: pd.DataFrame) -> None:
    later = region.history.days["date"] > TRAINED_TO
    changed = region.history.days.assign(sales=region.history.days["sales"].where(~later, 1000.0))
    plans = region.promotions.assign(
        discount=region.promotions["discount"].where(region.promotions["known_at"] <= known.origin, 0.1)
    )
    again = replace(region, history=replace(region.history, days=changed), promotions=plans).at_end_of(TRAINED_TO)
    pd.testing.assert_frame_equal(promotion_effects(again, resamples=50), effects)


def test_plans_for_days_to_come_say_nothing(known: KnownAtOrigin, effects: pd.DataFrame) -> None:
    ahead = known.promotions["date"] > known.origin_day
    plans = known.promotions.assign(discount=known.promotions["discount"].where(~ahead, 0.3))
    pd.testing.assert_frame_equal(promotion_effects(replace(known, promotions=plans), resamples=50), effects)


def test_where_nothing_was_promoted_there_is_nothing_to_tell(known: KnownAtOrigin) -> None:
    found = promotion_effects(replace(known, promotions=known.promotions.iloc[:0]))
    assert list(found.columns) == list(EFFECT_COLUMNS)
    assert found.empty
    early = known.at_end_of(FIRST - pd.Timedelta(days=5))
    with pytest.raises(ValueError, match="no sales are known"):
        promotion_effects(early)
