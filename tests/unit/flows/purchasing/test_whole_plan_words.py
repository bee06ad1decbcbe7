"""What is said of a plan that was chosen as a whole: one of a thing or several, and money in its currency."""

import pytest

from flows.purchasing.notes.whole_plan_words import whole_plan_in_words


@pytest.mark.parametrize(
    ("how_many", "currency", "said"),
    [
        (1, "CNY", "1 delivery, which costs 1,234.50 CNY beside its goods."),
        (2, "CNY", "2 deliveries, which cost 1,234.50 CNY beside their goods."),
        (2, None, "2 deliveries, which cost 1,234.50 beside their goods."),
    ],
)
def test_deliveries_are_counted_and_cost_money_of_a_currency(how_many: int, currency: str | None, said: str) -> None:
    note = {"code": "chosen_as_a_whole", "gap": 0.001, "deliveries": how_many, "delivery_cost": 1234.5}
    words = whole_plan_in_words(note | {"currency": currency})
    assert (
        words == f"Farms were chosen together: {said} Certified to be within 0.10% of the best plan under these terms."
    )


def test_a_note_from_before_currencies_were_kept_is_said_without_one() -> None:
    note = {"code": "budget_reached", "budget": 150.0, "wanted": 1200.0}
    words = whole_plan_in_words(note)
    assert words == (
        "The budget of 150.00 is less than the 1,200.00 that would be spent without limits and terms of whole orders."
    )


def test_of_what_a_budget_cuts_it_is_told_what_is_ordered_already() -> None:
    note = {"code": "budget_reached", "budget": 150.0, "wanted": 1200.0, "ordered": 90.0, "currency": "CNY"}
    words = whole_plan_in_words(note)
    assert words is not None
    assert words.endswith(
        "that would be spent without limits and terms of whole orders, 90.00 CNY of it ordered already."
    )


@pytest.mark.parametrize(
    ("products", "said"),
    [(1, "1 product for none to bring more than 50% of it"), (3, "3 products for none to bring more than 50% of them")],
)
def test_products_with_too_few_suppliers_are_counted(products: int, said: str) -> None:
    words = whole_plan_in_words({"code": "share_not_held", "share": 0.5, "products": products})
    assert words == f"Too few suppliers offer {said}."
