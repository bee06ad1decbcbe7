"""Who takes what when a product is out, learned from stock-outs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.assortment.small_shop import small_shop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.panel import panels_of
from warehouse.assortment.substitution import (
    Substitution,
    closeness,
    closeness_to,
    learn_substitution,
    spread_over_siblings,
)


@pytest.mark.parametrize("share", [0.15, 0.8])
def test_the_share_that_takes_a_sibling_is_learned_from_stock_outs(share: float) -> None:
    learned = learn_substitution(panels_of(small_shop(days=364, share=share, out=0.15)), RangeSettings())

    for category in (0, 1):
        assert learned.share[category] == pytest.approx(share, abs=0.15)
        assert learned.share_sd[category] < 0.1
        assert learned.stock_outs[category] > 100


def test_where_nothing_was_ever_out_the_share_is_what_is_known_from_elsewhere() -> None:
    settings = RangeSettings(taken_instead=0.3, taken_instead_sd=0.1)

    learned = learn_substitution(panels_of(small_shop(out=0.0)), settings)

    assert list(learned.share.values()) == pytest.approx([0.3, 0.3])
    assert min(learned.share_sd.values()) >= 0.1
    assert set(learned.stock_outs.values()) == {0}


def test_products_of_one_subcategory_and_price_tier_are_closest_and_none_is_its_own_sibling() -> None:
    panel = panels_of(small_shop(days=7))[0]

    classes = closeness(panel, np.flatnonzero(panel.category == 0))

    assert (np.diag(classes) == -1).all()
    assert classes[0, 2] == 0
    assert classes[0, 1] == 2


@given(
    st.lists(st.floats(0.01, 50), min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.floats(0, 0.95),
)
def test_customers_take_what_stays_and_the_more_leave_the_fewer_stays(
    level: list[float], stays: list[bool], share: float
) -> None:
    substitution = Substitution(np.array([1.0, 0.7, 0.5, 0.35]), {0: share}, {0: 0.1}, {0: 3})
    classes = np.array([[-1, 0, 1, 2], [0, -1, 1, 2], [1, 1, -1, 3], [2, 2, 3, -1]])
    there = np.array(stays)

    taken, slope = substitution.taken(0, classes, np.array(level), there)
    by_all, _ = substitution.taken(0, classes, np.array(level), np.ones(4, dtype=bool))

    assert (taken[:, ~there] == 0).all()
    assert by_all.sum(axis=1) == pytest.approx([share] * 4)
    assert (taken.sum(axis=1) <= by_all.sum(axis=1) + 1e-9).all()
    more = Substitution(substitution.likeness, {0: share + 1e-6}, {0: 0.1}, {0: 3})
    assert (more.taken(0, classes, np.array(level), there)[0] - taken) / 1e-6 == pytest.approx(slope, abs=1e-3)


def test_when_half_of_what_customers_would_take_is_gone_more_than_half_of_them_take_the_rest() -> None:
    substitution = Substitution(np.ones(4), {0: 0.75}, {0: 0.1}, {0: 3})
    classes = np.where(np.eye(5, dtype=bool), -1, 0)

    taken, _ = substitution.taken(0, classes, np.ones(5), np.array([True, True, True, False, False]))

    assert taken[0].sum() == pytest.approx(0.75 * 2 / (0.75 * 2 + 0.25 * 4))


def test_each_category_has_a_share_of_its_own_where_stock_outs_tell() -> None:
    learned = learn_substitution(panels_of(small_shop(days=364, share=(0.1, 0.85), out=0.15)), RangeSettings())

    assert learned.share[0] == pytest.approx(0.1, abs=0.12)
    assert learned.share[1] == pytest.approx(0.85, abs=0.12)


def test_a_category_that_was_never_out_is_thought_like_the_others_within_what_is_possible() -> None:
    history = small_shop(days=364, share=0.85, out=0.15)
    never = history.days["product_id"].str.startswith("b")
    history.days.loc[never, "in_stock"] = 1.0

    learned = learn_substitution(panels_of(history), RangeSettings())

    assert learned.share[1] > 0.6
    assert learned.share_sd[0] < learned.share_sd[1] < 0.5
    assert learned.stock_outs[1] == 0


@pytest.mark.parametrize("strangers", [0.05, 1.0])
def test_how_much_likeness_counts_is_learned_from_who_was_taken_instead(strangers: float) -> None:
    history = small_shop(days=364, share=0.8, out=0.12, warehouses=3, strangers=strangers)

    learned = learn_substitution(panels_of(history), RangeSettings())

    assert learned.likeness.max() == pytest.approx(1.0)
    assert learned.likeness[2] / learned.likeness[0] == pytest.approx(strangers, abs=0.3)


def test_a_shelf_that_high_demand_emptied_is_no_stock_out_to_learn_from() -> None:
    # given: on one day in twenty half as many more buy of category a, and a quarter of it is out from noon on
    history = small_shop(days=364, share=0.2, out=0.1)
    days = history.days
    day = (days["date"] - days["date"].min()).dt.days
    busy = (day % 20 == 0) & days["product_id"].str.startswith("a")
    turn = (days["product_id"].str[1].astype(int) + day // 20) % 4 == 0
    emptied = busy & turn & (days["in_stock"] > 0)
    days.loc[busy, "sold"] *= 1.5
    days.loc[emptied, "sold"] /= 2
    days.loc[emptied, "in_stock"] = 0.5

    learned = learn_substitution(panels_of(history), RangeSettings())

    assert learned.share[0] == pytest.approx(0.2, abs=0.12)


def test_weekends_and_days_on_which_the_whole_shop_sells_more_are_not_taken_for_what_stock_outs_do() -> None:
    # given: weekends sell twice as much and some days half as much again; both are when products are out most
    history = small_shop(days=364, share=0.2, out=0.12, warehouses=3)
    days = history.days
    day = (days["date"] - days["date"].min()).dt.days
    busy = (day % 7 >= 5) | (day % 10 == 0)
    there = ~busy & (np.random.default_rng(11).random(len(days)) < 0.8)
    days.loc[there & (days["in_stock"] == 0), ["sold", "in_stock"]] = [5.0, 1.0]
    days["sold"] *= np.where(day % 7 >= 5, 2.0, 1.0) * np.where(day % 10 == 0, 1.5, 1.0)

    learned = learn_substitution(panels_of(history), RangeSettings())

    assert max(learned.share.values()) < 0.35


def test_a_product_that_is_not_there_is_as_close_to_others_as_if_it_were() -> None:
    random = np.random.default_rng(7)
    panel = panels_of(small_shop(days=7))[0]
    names = ("subcategory", "tier", "unit", "band")
    panel = replace(panel, **{name: random.integers(2, size=len(panel.product_ids)) for name in names})
    group = np.flatnonzero(panel.category == 0)

    classes = closeness(panel, group)

    for row, at in enumerate(group):
        codes = {name: int(getattr(panel, name)[at]) for name in names}
        near = np.all([getattr(panel, name)[group] == codes[name] for name in names[1:]], axis=0)
        same = panel.subcategory[group] == codes["subcategory"]
        expected = np.where(same & near, 0, np.where(same, 1, np.where(near, 2, 3)))
        others = np.arange(len(group)) != row
        assert (classes[row][others] == expected[others]).all()
        assert (closeness_to(panel, group, codes) == expected).all()


def test_siblings_are_taken_as_they_sell_times_how_alike_they_are() -> None:
    classes = np.array([[-1, 0, 3], [0, -1, 3], [3, 3, -1]])

    spread = spread_over_siblings(classes, np.array([1.0, 0.7, 0.5, 0.25]), np.array([2.0, 6.0, 8.0]))

    assert spread[0] == pytest.approx([0.0, 6 / 8, 2 / 8])
    assert spread[2] == pytest.approx([2 / 8, 6 / 8, 0.0])
