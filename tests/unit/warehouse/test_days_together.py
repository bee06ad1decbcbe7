"""A plan takes the demand that is handed in as it was drawn."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, forecasts, offer, products
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.plan_settings import PlanSettings

SETTINGS = PlanSettings(scenarios=4)
EVERY_THIRD_DAY = frozenset({1, 4})  # Tuesday, Friday: a delivery covers three days


def need_of(draw: DrawDemand) -> Need:
    (need,) = estimate_needs(
        WarehouseOutlook("north", forecasts(*[20.0] * 7), [], []),
        products(),
        [offer(weekdays=EVERY_THIRD_DAY)],
        order_date=MONDAY,
        delivery_date=TUESDAY,
        draw=draw,
        settings=SETTINGS,
    )
    return need


def test_days_drawn_together_are_added_path_by_path() -> None:
    asked: list[tuple[list[str], tuple[int, ...], int, int]] = []

    def draw(
        product_ids: Sequence[str], quantiles: NDArray[np.float64], mean: NDArray[np.float64], scenarios: int, seed: int
    ) -> NDArray[np.float64]:
        asked.append((list(product_ids), quantiles.shape, scenarios, seed))
        return np.tile(np.array([10.0, 20, 20, 30]), (*mean.shape, 1))

    need = need_of(draw)

    assert asked == [(["spinach"], (1, 7, 7), 4, 0)]
    days = (need.covers_until - need.covers_from) // timedelta(days=1) + 1
    np.testing.assert_allclose(need.unmet_in_cover, np.array([10, 20, 20, 30]) * days)
