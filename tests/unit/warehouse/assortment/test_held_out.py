"""What would have been said of the last weeks, beside what happened."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import day_after, small_shop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.held_out import held_out_weeks
from warehouse.assortment.ranking import views_of

SETTINGS = RangeSettings(least_days=56)


def test_what_was_believed_stands_beside_what_the_days_since_came_to() -> None:
    # given: a0 lacks a day since, a1 has too few days before, and on one day nobody knows what b7 cost or was worth
    history = small_shop(days=140, warehouses=1)
    days, since = history.days, history.days["date"] >= day_after(112)
    days = days[(days["product_id"] != "a0") | (days["date"] != day_after(120))]
    days = days[(days["product_id"] != "a1") | (days["date"] >= day_after(60))].copy()
    unknown = (days["product_id"] == "b7") & (days["date"] == day_after(120))
    days.loc[unknown, ["cost", "waste_money"]] = np.nan
    known = replace(history, days=days)
    views = views_of(known.before(day_after(112)), SETTINGS)

    found = held_out_weeks(views, days, day_after(140), SETTINGS)

    # then
    names = views[0].panel.product_ids
    assert {product for _, product in found} == set(names) - {"a0", "a1"}
    for product in ("a2", "b7"):
        at = names.index(product)
        rows = days[(days["product_id"] == product) & since.reindex(days.index)]
        one = found["W0", product]
        assert one.days == 28
        assert one.margin == pytest.approx(rows["sold"][rows["cost"].notna()].sum() * (3.0 - 2.0))
        assert one.waste == pytest.approx(rows["waste_money"].sum())
        assert one.margin_predicted == pytest.approx(28 * views[0].sales.mean[at] * views[0].panel.margin[at])
        assert one.waste_predicted == pytest.approx(
            28 * views[0].waste.level.mean[at] * views[0].panel.unit_waste_cost[at]
        )
    assert pd.notna([one.margin for one in found.values()]).all()
