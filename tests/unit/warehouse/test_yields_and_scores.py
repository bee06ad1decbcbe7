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


def test_without_inspections_everything_is_expected_to_be_accepted() -> None:
    assert estimate_yields(inspections()) == Yields()


def test_a_yield_is_never_so_low_that_orders_explode() -> None:
    assert estimate_yields(inspections(("leek", "farm", 10, 0))).of("leek", "farm") == LOWEST_YIELD


def test_accepting_more_than_was_inspected_is_refused() -> None:
    with pytest.raises(ValueError, match=r"product leek from farm: accepted 11\.0 of 10\.0"):
        estimate_yields(inspections(("leek", "farm", 10, 11)))


def test_purchase_accuracy_counts_too_much_and_too_little_alike() -> None:
    assert purchase_accuracy([90, 60], [100, 50]) == pytest.approx(1 - 20 / 150)
    assert math.isnan(purchase_accuracy([5], [0]))


def test_a_purchase_that_errs_by_more_than_the_demand_scores_below_nothing() -> None:
    assert purchase_accuracy([500], [100]) == pytest.approx(-3)


def test_fill_rate_and_waste_are_shares_of_units() -> None:
    assert fill_rate([9, 10], [10, 10]) == pytest.approx(0.95)
    assert waste([1, 0], [10, 10]) == pytest.approx(0.05)
    assert math.isnan(waste([], []))
