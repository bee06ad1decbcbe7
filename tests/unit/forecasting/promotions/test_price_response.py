"""How demand answers to prices, found again where it was put in."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.features.panel import Panel
from forecasting.promotions.price_response import PriceResponse, learned_price_response
from tests.unit.forecasting.small_region import TRAINED_TO, Region, selling, small_region

WAREHOUSES, PRODUCTS, DAYS = 6, 14, 110
ELASTICITY = {"fruit": -1.4, "leaf vegetables": -0.4}


def priced(region: Region, *, announced: float) -> Region:
    """The region with prices that hold for ten days, now and then reduced, which demand answers to by category; such a
    share of the reductions is announced and sells twice as much beside."""
    rng = np.random.default_rng(5)
    shape = WAREHOUSES, PRODUCTS, DAYS // 10
    price = np.repeat(rng.choice([1.0, 0.9, 0.75], shape), 10, axis=2)
    told = np.repeat(rng.random(shape) < announced, 10, axis=2) & (price < 1)
    category = region.products.set_index("product_id")["category"].loc[region.products["product_id"]]
    answer = price ** category.map(ELASTICITY).to_numpy()[None, :, None] * np.where(told, 2.0, 1.0)
    before = np.where(region.promotions["promoted"].to_numpy().reshape(price.shape), 1.6, 1.0)
    plans = region.promotions.assign(discount=price.ravel(), promoted=told.ravel())
    return replace(selling(region, answer / before), promotions=plans)


def found_in(region: Region) -> PriceResponse:
    known = region.at_end_of(TRAINED_TO)
    return learned_price_response(
        Panel.of(known, HourlyProfiles.learn(known.history, known.products, known.warehouses))
    )


@pytest.mark.parametrize("announced", [0.0, 0.4])
def test_each_category_answers_to_prices_as_was_put_in_whatever_is_announced(announced: float) -> None:
    response = found_in(priced(small_region(), announced=announced))

    for category, elasticity in ELASTICITY.items():
        assert response.by_category[category] == pytest.approx(elasticity, abs=0.2)
    assert -1.4 < response.usual < -0.4
    factors = response.factors(np.array(["fruit", "fish"], dtype=object), np.array([0.8, 0.8]))
    assert factors == pytest.approx([0.8 ** response.by_category["fruit"], 0.8**response.usual])


def test_where_all_reductions_are_announced_prices_alone_tell_nothing(region: Region) -> None:
    assert found_in(region) == PriceResponse({}, 0.0)
