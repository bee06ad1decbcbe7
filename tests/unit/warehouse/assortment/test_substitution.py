"""Who takes what when a product is out, learned from stock-outs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.assortment.small_shop import small_shop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.panel import panels_of
from warehouse.assortment.substitution import Substitution, closeness, learn_substitution


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
