"""What many products need is what each of them needs: they are worked out some at a time."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, days_apart, forecasts, lot, offer, products
from warehouse.purchasing.need.needs import AT_ONCE, Need, WarehouseOutlook, estimate_needs

NAMES = [f"{number:03d}" for number in range(AT_ONCE + 22)]
DEMAND = pd.concat([forecasts(*[5.0 + number % 7] * 7, product_id=name) for number, name in enumerate(NAMES)])
STOCK = [lot(str(number % 9), MONDAY + timedelta(days=number % 3), name) for number, name in enumerate(NAMES)]
OFFERS = [offer(f"farm-{name}", product_id=name) for name in NAMES]
AHEAD = {("003", TUESDAY): 9.0, (NAMES[-1], TUESDAY): 20.0}


def needs_of(names: Sequence[str]) -> tuple[Need, ...]:
    outlook = WarehouseOutlook("north", DEMAND, STOCK, [], preordered=AHEAD)
    assortment = products(4, product_ids=names)
    return estimate_needs(outlook, assortment, OFFERS, order_date=MONDAY, delivery_date=TUESDAY, draw=days_apart)


@pytest.mark.parametrize("number", [0, 3, AT_ONCE - 1, AT_ONCE, len(NAMES) - 1])
def test_a_need_does_not_depend_on_how_many_are_estimated_with_it(number: int) -> None:
    together = needs_of(NAMES)
    assert [need.product_id for need in together] == NAMES
    one, (alone,) = together[number], needs_of([NAMES[number]])
    assert one.reasons == alone.reasons
    assert astuple(one.forecast) == pytest.approx(astuple(alone.forecast))
    for name in ("usable_stock", "preordered", "unmet_in_cover", "unmet_in_life"):
        np.testing.assert_allclose(getattr(one, name), getattr(alone, name), rtol=1e-9, atol=1e-12)
    assert one.later is not None
    assert alone.later is not None
    np.testing.assert_allclose(one.later.replaced, alone.later.replaced)
