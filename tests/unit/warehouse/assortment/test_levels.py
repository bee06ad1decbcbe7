"""What products sell a day and how sure that is, against plain sums."""

import numpy as np
import pytest

from tests.unit.warehouse.assortment.small_shop import small_shop
from warehouse.assortment.frames import AssortmentHistory
from warehouse.assortment.levels import Level, pulled_levels, recent_mean, sales_levels, spread_by_group
from warehouse.assortment.panel import panels_of
from warehouse.assortment.shrinking import pulled


def test_a_day_half_a_life_ago_counts_half_and_unknown_days_not_at_all() -> None:
    mean, worth = recent_mean(np.array([[8.0, np.nan, 2.0, 5.0]]), half_life=1.0)

    assert mean[0] == pytest.approx((8 / 8 + 2 / 2 + 5) / (1 / 8 + 1 / 2 + 1))
    assert worth[0] == pytest.approx((1 / 8 + 1 / 2 + 1) ** 2 / (1 / 64 + 1 / 4 + 1))


def test_the_spread_of_a_category_is_the_variance_of_its_weeks_over_their_mean() -> None:
    random = np.random.default_rng(2)
    counts = random.poisson(6.0, (40, 52))
    sold = np.zeros((40, 52 * 7))
    sold[:, ::7] = counts * np.where(np.arange(40) < 20, 1.0, 3.0)[:, None]  # the second half sells by threes

    spread = spread_by_group(sold, np.repeat([0, 1], 20))

    assert spread[:20] == pytest.approx([spread[0]] * 20)
    assert spread[0] == pytest.approx(1.0, abs=0.1)
    assert spread[-1] == pytest.approx(3.0, abs=0.3)
    assert spread_by_group(sold[:, :13], np.zeros(40, dtype=np.intp)).tolist() == [1.0] * 40  # one week tells nothing


def test_a_product_is_expected_to_sell_its_share_of_what_other_warehouses_sell() -> None:
    # given: a0 is sold in all three warehouses, a1 in the first only, and W2 sells twice as much
    history = small_shop(warehouses=3, out=0.0)
    days = history.days[(history.days["product_id"] != "a1") | (history.days["warehouse_id"] == "W0")].copy()
    days.loc[days["warehouse_id"] == "W2", "sold"] *= 2
    panels = panels_of(AssortmentHistory(days, history.products, history.baskets))

    found = sales_levels(panels, 28.0)

    # then
    means = [dict(zip(panel.product_ids, recent_mean(panel.sold, 28.0)[0], strict=True)) for panel in panels]
    worth = np.concatenate([recent_mean(panel.sold, 28.0)[1] for panel in panels])
    due = []
    for at, mine in enumerate(means):
        others = [one for where, one in enumerate(means) if where != at]
        volume = sum(sum(one.values()) for one in others)
        for product in mine:
            sold = sum(one.get(product, 0.0) for one in others)
            due.append(sold / volume * sum(mine.values()) if sold else np.nan)
    seen = np.concatenate([list(mine.values()) for mine in means])
    expected = np.array(due)
    spread = np.concatenate([spread_by_group(panel.sold, panel.category) for panel in panels])
    told = ~np.isnan(expected)
    believed = seen.copy()
    believed[told], _ = pulled(seen[told], (spread * (seen + expected) / 2 / worth)[told], expected[told])
    assert np.concatenate([level.mean for level in found]) == pytest.approx(believed)
    assert np.isnan(expected).sum() == 1
    assert believed != pytest.approx(seen, rel=1e-6)


def test_what_nothing_is_expected_of_is_what_was_seen_and_as_sure_as_its_days() -> None:
    means = [(np.array([4.0, 6.0]), np.array([10.0, 40.0]))]

    (level,) = pulled_levels(means, [np.array([2.0, 2.0])], [np.full(2, np.nan)])

    assert level.mean.tolist() == [4.0, 6.0]
    assert level.variance == pytest.approx([2 * 4 / 10, 2 * 6 / 40])


def test_a_total_of_days_differs_by_chance_as_its_mean() -> None:
    level = Level(np.array([4.0]), np.array([1.0]), np.array([1.5]))

    assert level.chance_over(28) == pytest.approx([1.5 * 4 * 28])
