"""A plan says of each floor on the fill rate whether it holds, what is expected with and without it, and its cost."""

import pytest

from data.tables import WarehouseRow
from flows.purchasing.notes.plan_notes import in_words, notes_of_floors
from warehouse.purchasing.service_level import FloorCost


@pytest.mark.parametrize(
    ("cost", "currencies", "words"),
    [
        (
            FloorCost("leaf vegetables", 0.9725, 0.93412, 0.97296, 412.504, reached=True),
            ["CNY", "CNY"],
            "Floor of 97.25% on the fill rate for leaf vegetables: it holds. An expected 97.2% of demand is met, 93.4% "
            "without the floor, which costs 412.50 CNY of the expected result.",
        ),
        (
            FloorCost(None, 0.98, 0.9801, 0.9801, 0.0, reached=True),
            ["CNY"],
            "Floor of 98% on the fill rate for the whole plan: the plan meets an expected 98% of demand anyway, and "
            "buys nothing for it.",
        ),
        (
            FloorCost("fruit", 0.999, 0.9, 0.99899, 1234.5, reached=False),
            ["EUR"],
            "Floor of 99.9% on the fill rate for fruit: it is not reached. An expected 99.8% of demand is met, 90% "
            "without the floor, which costs 1,234.50 EUR of the expected result; more can't be delivered in time, or a "
            "unit of it would cost over 5 times what it sells for. Get another offer or a higher capacity, or lower "
            "the floor.",
        ),
    ],
)
def test_a_floor_is_told_with_what_it_costs(cost: FloorCost, currencies: list[str], words: str) -> None:
    [note] = notes_of_floors([cost], [_warehouse(currency) for currency in currencies])

    assert in_words(note.as_dict()) == words


def test_a_plan_without_floors_says_nothing_of_them() -> None:
    assert notes_of_floors([], [_warehouse("CNY")]) == []


def _warehouse(currency: str) -> WarehouseRow:
    return WarehouseRow(warehouse_id="W1", name="W1", city="Hangzhou", timezone="Asia/Shanghai", currency=currency)
