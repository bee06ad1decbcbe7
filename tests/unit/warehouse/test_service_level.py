"""What a buyer has said of a category reaches the products of that category, and nothing out of range is taken."""

import pickle

import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, days_apart, forecasts, offer, products
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import NO_SERVICE_LEVEL, USUAL_TERMS, CategoryTerms, ServiceLevel

LEAVES = CategoryTerms(goodwill=2.0, disposal=0.5, fill_rate_floor=0.97)
OVERALL = CategoryTerms(goodwill=1.0, disposal=0.1, fill_rate_floor=0.98)
LEVEL = ServiceLevel({"leaf": LEAVES}, OVERALL)


def test_a_category_with_terms_of_its_own_has_these():
    assert LEVEL.of("leaf") == LEAVES


@pytest.mark.parametrize("category_id", ["root", None])
def test_a_category_without_terms_has_the_overall_ones_but_for_the_floor_which_is_of_the_whole_plan(category_id):
    assert LEVEL.of(category_id) == CategoryTerms(goodwill=1.0, disposal=0.1, fill_rate_floor=None)


def test_where_nobody_set_anything_shortage_and_waste_cost_margin_and_price():
    assert NO_SERVICE_LEVEL.of("leaf") == USUAL_TERMS == CategoryTerms(0.0, 0.0, None)


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ({"goodwill": -0.01}, "goodwill"),
        ({"disposal": -1.0}, "disposal"),
        ({"disposal": float("nan")}, "disposal"),
        ({"goodwill": float("inf")}, "goodwill"),
        ({"fill_rate_floor": 0.9991}, "fill_rate_floor"),
        ({"fill_rate_floor": -0.1}, "fill_rate_floor"),
        ({"fill_rate_floor": float("nan")}, "fill_rate_floor"),
    ],
)
def test_terms_out_of_range_are_refused_by_name(terms, named):
    with pytest.raises(ValueError, match=named):
        CategoryTerms(**terms)


def test_settings_with_terms_can_be_sent_to_another_process_and_told_apart():
    settings = PlanSettings(service_level=LEVEL)

    assert pickle.loads(pickle.dumps(settings)) == settings != PlanSettings()  # noqa: S301 - what was just written
    assert len({settings, PlanSettings()}) == 2


def test_a_need_knows_its_products_category_and_none_where_the_frame_has_none():
    two = products(product_ids=("spinach", "leek"))
    demand = forecasts(20.0, 20.0)

    of_leaf, of_none = _needs(two.assign(category_id=["leaf", None]), demand)
    without_column, _ = _needs(two, demand)

    assert (of_leaf.category_id, of_none.category_id, without_column.category_id) == ("leaf", None, None)


def _needs(assortment, demand):
    outlook = WarehouseOutlook("north", demand, (), ())
    return estimate_needs(outlook, assortment, [offer()], order_date=MONDAY, delivery_date=TUESDAY, draw=days_apart)
