"""In which order products are told that differ: money of one currency is not set against another's."""

from datetime import date
from decimal import Decimal

from data.tables import Unit
from flows.purchasing.supposing.what_if import Ordered, ProductChange, worst_first


def change(product_id: str, currency: str, more_at_risk: int, *, gone: bool = False) -> ProductChange:
    before, after = (
        Ordered(Decimal(1), (), date(2026, 3, 3), Decimal(0), 0.0, 0.0, Decimal(at_risk))
        for at_risk in (0, more_at_risk)
    )
    return ProductChange("W1", "W1", product_id, product_id, Unit.KG, currency, before, None if gone else after)


def test_what_can_not_be_ordered_comes_first_then_each_currency_what_risks_most_in_front() -> None:
    changes = [
        change("leek", "CNY", 10),
        change("rice", "JPY", 900),
        change("milk", "CNY", 40),
        change("tofu", "JPY", 1200),
        change("plum", "JPY", 5, gone=True),
    ]
    assert [one.product_id for one in sorted(changes, key=worst_first)] == ["plum", "milk", "leek", "tofu", "rice"]
