"""A supplier's daily capacity, shared by all warehouses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import codes, offer, plan, products, reason
from warehouse.purchasing.capacity import share_capacity


@pytest.mark.parametrize(
    ("pack", "capacity", "minimum", "asked", "shares"),
    [
        ("1", "10", "0", (30, 10, 0), (8, 2, 0)),  # 7.5 and 2.5: of equal remainders the first by name
        ("1", "10", "0", (13, 9, 8), (4, 3, 3)),  # 4.33, 3 and 2.67: the largest remainder gets what is left
        ("1", "10", "0", (8, 9, 13), (3, 3, 4)),
        ("1", "11", "0", (13, 9, 8), (5, 3, 3)),  # 4.77, 3.3 and 2.93: the two largest
        ("2", "20", "0", (28, 12, 0), (14, 6, 0)),
        ("2", "21", "0", (28, 12, 0), (14, 6, 0)),  # half a pack is not delivered
        ("1", "24", "10", (30, 10, 0), (24, 0, 0)),  # 6 would be below the minimum
        ("1", "40", "10", (39, 13, 0), (30, 10, 0)),  # the minimum itself is delivered
        ("1", "15", "10", (12, 11, 11), (12, 0, 0)),
        ("1", "9", "10", (12, 11, 11), (0, 0, 0)),
        ("1", "11", "10", (11, 11, 11), (0, 0, 11)),  # of equal askers the first by name goes without
        ("1", "0", "0", (3, 2, 1), (0, 0, 0)),
    ],
)
def test_capacity_is_shared_in_proportion_to_what_is_asked(
    pack: str, capacity: str, minimum: str, asked: tuple[int, ...], shares: tuple[int, ...]
) -> None:
    terms = offer(pack=pack, capacity=capacity, minimum=minimum)
    shared = share_capacity(terms, dict(zip("abc", map(Decimal, asked), strict=True)))
    assert shared.asked_by_all == sum(asked)
    assert shared.by_warehouse == dict(zip("abc", shares, strict=True))


def test_a_warehouse_that_did_not_ask_when_capacity_was_shared_gets_nothing() -> None:
    shared = share_capacity(offer(capacity="5"), {"a": Decimal(9)})
    assert (shared.of("a"), shared.of("z")) == (5, 0)


def test_enough_capacity_gives_everyone_what_they_asked() -> None:
    asked = {"a": Decimal(30), "b": Decimal(10)}
    assert share_capacity(offer(capacity="40"), asked).by_warehouse == asked
    assert share_capacity(offer(capacity=None), asked).by_warehouse == asked


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


def test_what_is_scarce_goes_where_it_earns_most_and_the_line_says_what_that_gains() -> None:
    # given a cheap farm with too little for two, and a dear one of whose packs of twenty one is enough for both
    terms = [offer("cheap", capacity="30"), offer("dear", price="11", pack="20")]
    lines = plan(terms, assortment=products(life=2), warehouses=("north", "south"))
    cheap = [line for line in lines if line.offer_id == "cheap"]
    assert sum(line.quantity for line in cheap) == 30
    gained = [reason(line, "chosen_together")["gained"] for line in lines if "chosen_together" in codes(line)]
    assert gained
    assert gained[0] > 0
    for line in lines:
        if "capped_by_capacity" in codes(line) and line.offer_id == "cheap":
            assert reason(line, "capped_by_capacity")["share"] == float(line.quantity)
