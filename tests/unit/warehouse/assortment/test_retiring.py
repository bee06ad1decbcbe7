"""What leaving a product out comes to, and which leave."""

import numpy as np
import pytest

from tests.unit.warehouse.assortment.small_shop import day_after, small_shop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.ranking import views_of
from warehouse.assortment.retiring import WarehouseView, choose_retired, leaving

SETTINGS = RangeSettings()


def a_view(waste: dict[str, float]) -> WarehouseView:
    return views_of(small_shop(waste=waste).before(day_after(140)), SETTINGS)[0]


def test_what_leaving_out_comes_to_is_what_plain_sums_over_its_siblings_say() -> None:
    view = a_view({"a1": 4.0, "a2": 1.0})
    panel, sold, wasted = view.panel, view.sales.mean, view.waste.level.mean

    effect = leaving(view, SETTINGS)

    for at in range(len(sold)):
        share = view.substitution.share[int(panel.category[at])]
        siblings = [k for k in range(len(sold)) if panel.category[k] == panel.category[at] and k != at]
        pull = {}
        for k in siblings:
            same = panel.subcategory[k] == panel.subcategory[at]
            pull[k] = view.substitution.likeness[0 if same else 2] * sold[k]
        kept = more_waste = 0.0
        for k in siblings:
            moves = sold[at] * share * pull[k] / sum(pull.values()) * panel.available[k]
            kept += 28 * moves * (panel.price[k] - panel.cost[k])
            grown = wasted[k] * ((1 + moves / sold[k]) ** view.waste.elasticity[k] - 1)
            more_waste += 28 * max(grown, -moves) * panel.unit_waste_cost[k]
        assert effect.margin_lost[at] == pytest.approx(28 * sold[at] * 1.0)
        assert effect.margin_kept[at] == pytest.approx(kept)
        assert effect.waste_saved_money[at] == pytest.approx(28 * wasted[at] * 2.0 - more_waste)


def test_what_wastes_more_than_it_earns_leaves_first_and_no_category_loses_more_than_its_share() -> None:
    wasteful = {f"a{product}": 6.0 + product for product in range(8)}

    chosen = choose_retired(a_view(wasteful), SETTINGS)

    assert chosen[0].money == max(one.money for one in chosen)
    assert len(chosen) == int(np.ceil(0.15 * 8))
    assert all(one.money > 0 and one.waste_saved_money > one.margin_lost - one.margin_kept for one in chosen)


def test_nothing_leaves_where_little_is_wasted() -> None:
    assert choose_retired(a_view({}), SETTINGS) == []


def test_nothing_leaves_so_that_its_customers_buy_something_dearer() -> None:
    view = a_view({})
    view.panel.price[: len(view.panel.price) // 2] += np.arange(8) * 3.0

    assert (leaving(view, SETTINGS).money > 0).any()
    assert choose_retired(view, SETTINGS) == []


def test_those_who_moved_to_a_product_move_on_when_it_leaves_too() -> None:
    view = a_view({})

    alone = leaving(view, SETTINGS)
    after = leaving(view, SETTINGS, np.array([0], dtype=np.intp))

    assert after.margin_lost[1] == pytest.approx(alone.margin_lost[1] + 28 * view.sales.mean[0] * after.taken[0, 1])
    assert (after.taken[:, 0] == 0).all()
