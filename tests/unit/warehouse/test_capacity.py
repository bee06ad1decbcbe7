"""A supplier's daily capacity, shared by all warehouses."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import codes, offer, plan, products, reason
from warehouse.purchasing.capacity import share_capacity


def test_capacity_is_shared_in_proportion_to_what_is_asked() -> None:
    shared = share_capacity(offer(pack="2", capacity="20"), {"a": Decimal(30), "b": Decimal(10), "c": Decimal(0)})
    assert shared.asked_by_all == 40
    assert shared.by_warehouse == {"a": 16, "b": 4, "c": 0} or shared.by_warehouse == {"a": 14, "b": 6, "c": 0}
    assert sum(shared.by_warehouse.values()) == 20


def test_a_share_below_the_minimum_goes_to_the_others() -> None:
    shared = share_capacity(offer(minimum="10", capacity="24"), {"a": Decimal(30), "b": Decimal(10)})
    assert shared.by_warehouse == {"a": 24, "b": 0}


def test_enough_capacity_gives_everyone_what_they_asked() -> None:
    asked = {"a": Decimal(30), "b": Decimal(10)}
    assert share_capacity(offer(capacity="40"), asked).by_warehouse == asked


@given(
    asked=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), min_size=1),
    capacity=st.integers(0, 120),
    pack=st.integers(1, 7),
    minimum=st.integers(0, 20),
)
def test_shares_are_whole_packs_within_capacity_and_never_more_than_asked(
    asked: dict[str, int], capacity: int, pack: int, minimum: int
) -> None:
    terms = offer(pack=str(pack), capacity=str(capacity), minimum=str(minimum))
    quantities = {name: Decimal(packs * pack) for name, packs in asked.items() if packs * pack >= minimum}
    shares = share_capacity(terms, quantities).by_warehouse
    assert sum(shares.values()) <= max(capacity, 0)
    for name, share in shares.items():
        assert share % pack == 0
        assert 0 <= share <= quantities[name]
        assert share == 0 or share >= minimum


def test_the_rest_is_bought_from_the_next_supplier() -> None:
    lines = plan(
        [offer("cheap", capacity="30"), offer("dear", price="11")],
        assortment=products(life=7),
        warehouses=("north", "south"),
    )
    assert [(line.warehouse_id, line.offer_id) for line in lines] == [
        ("north", "cheap"),
        ("north", "dear"),
        ("south", "cheap"),
        ("south", "dear"),
    ]
    assert [line.quantity for line in lines if line.offer_id == "cheap"] == [15, 15]
    assert reason(lines[0], "capped_by_capacity")["share"] == 15.0
    assert reason(lines[1], "rest_from_another_supplier")["after_supplier"] == "supplier of cheap"
    assert lines[0].expected_shortage == 0  # told once, on the last line
    assert lines[1].expected_shortage < 1


def test_capacity_of_the_next_supplier_holds_too_and_what_is_left_is_a_shortage() -> None:
    lines = plan(
        [offer("cheap", capacity="10"), offer("dear", price="11", capacity="6")],
        warehouses=("north", "south"),
    )
    for offer_id, capacity in (("cheap", 10), ("dear", 6)):
        assert sum(line.quantity for line in lines if line.offer_id == offer_id) <= capacity
    assert sum(line.expected_shortage for line in lines) > 20


def test_no_capacity_at_all_leaves_a_line_that_says_so() -> None:
    (line,) = plan([offer(capacity="0")])
    assert line.quantity == 0
    assert "capped_by_capacity" in codes(line)
