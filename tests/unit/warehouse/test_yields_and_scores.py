"""How much of an order is accepted, and how good decisions turned out."""

import math

import pandas as pd
import pytest

from warehouse.purchasing.scores import fill_rate, purchase_accuracy, waste
from warehouse.purchasing.yields import LOWEST_YIELD, Yields, estimate_yields


def inspections(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["product_id", "supplier_id", "inspected", "accepted"])


def test_few_inspections_are_drawn_towards_all_of_them() -> None:
    many = [("leek", "farm", 10, 8)] * 90
    yields = estimate_yields(inspections(*many, *[("okra", "coop", 10, 10)] * 10))
    assert yields.overall == pytest.approx(0.82)
    assert yields.of("leek", "farm") == pytest.approx(0.9 * 0.8 + 0.1 * 0.82)
    assert yields.of("okra", "coop") == pytest.approx(0.5 * 1 + 0.5 * 0.82)
    assert yields.of("okra", "farm") == yields.overall


def test_inspections_in_kilograms_and_in_pieces_weigh_alike() -> None:
    # given half of a ton rejected and nothing of ten pieces
    yields = estimate_yields(inspections(("leek", "farm", 1000, 500), ("okra", "coop", 10, 10)))
    assert yields.overall == pytest.approx(0.75)


def test_of_one_product_and_supplier_every_unit_weighs_alike() -> None:
    # given 55 of 100 accepted over two inspections, which count two against ten of the rest's mean, 0.75
    yields = estimate_yields(inspections(("leek", "farm", 10, 10), ("leek", "farm", 90, 45)))
    assert yields.overall == pytest.approx(0.75)
    assert yields.of("leek", "farm") == pytest.approx(0.55 * 2 / 12 + 0.75 * 10 / 12)


def test_an_inspection_of_nothing_says_nothing() -> None:
    assert estimate_yields(inspections(("leek", "farm", 0, 0))) == Yields(1.0, {})
    yields = estimate_yields(inspections(("leek", "farm", 0, 0), ("leek", "farm", 0.5, 0.25)))
    assert yields.overall == 0.5


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match=r"^inspections: missing columns \['accepted', 'supplier_id'\]$"):
        estimate_yields(pd.DataFrame({"product_id": ["leek"], "inspected": [1]}))


def test_without_inspections_everything_is_expected_to_be_accepted() -> None:
    assert estimate_yields(inspections()).of("leek", "farm") == 1


def test_a_yield_is_never_so_low_that_orders_explode() -> None:
    assert estimate_yields(inspections(("leek", "farm", 10, 0))).of("leek", "farm") == LOWEST_YIELD


def test_accepting_more_than_was_inspected_is_refused() -> None:
    with pytest.raises(ValueError, match=r"product leek from farm: accepted 11\.0 of 10\.0"):
        estimate_yields(inspections(("leek", "farm", 10, 10), ("leek", "farm", 10, 11)))


def test_purchase_accuracy_counts_too_much_and_too_little_alike() -> None:
    assert purchase_accuracy([90, 60], [100, 50]) == pytest.approx(1 - 20 / 150)
    assert math.isnan(purchase_accuracy([5], [0]))


def test_a_purchase_that_errs_by_more_than_the_demand_scores_below_nothing() -> None:
    assert purchase_accuracy([500], [100]) == pytest.approx(-3)


def test_fill_rate_and_waste_are_shares_of_units() -> None:
    assert fill_rate([9, 10], [10, 10]) == pytest.approx(0.95)
    assert waste([1, 0], [10, 10]) == pytest.approx(0.05)
    assert waste([0.1], [0.5]) == pytest.approx(0.2)
    assert math.isnan(waste([], []))
