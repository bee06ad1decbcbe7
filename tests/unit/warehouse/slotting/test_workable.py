"""Which steps of a list of moves can still be made, held against making them one by one."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from warehouse.slotting.workable import Carry, Step, can_be_made, made, workable

SLOTS = [f"s{n}" for n in range(5)]
PRODUCTS = ["kale", "milk", "peas"]
NEAR, MIDDLE, FAR = "near", "middle", "far"


def carry(product: str, before: str | None, after: str) -> Step:
    return [Carry(product, before, after)]


carries = st.builds(Carry, st.sampled_from(PRODUCTS), st.sampled_from([None, *SLOTS]), st.sampled_from(SLOTS))
lists_of_steps = st.lists(st.lists(carries, min_size=1, max_size=2), max_size=5)
floors = st.dictionaries(st.sampled_from(SLOTS), st.sampled_from([None, *PRODUCTS]))


def test_what_needs_the_slot_of_a_refused_move_cannot_be_made_and_what_needs_that_neither() -> None:
    lies = {NEAR: "kale", MIDDLE: "milk", FAR: "peas"}  # kale was to leave first, and stays
    after_the_refusal = [carry("milk", MIDDLE, NEAR), carry("peas", FAR, MIDDLE), carry("eggs", None, "other")]
    assert workable(after_the_refusal, lies) == ([2], [0, 1])


def test_a_step_that_has_to_wait_comes_right_after_the_one_that_it_waits_for() -> None:
    lies = {NEAR: "kale", MIDDLE: "milk"}
    steps = [carry("milk", MIDDLE, NEAR), carry("kale", NEAR, FAR), carry("eggs", None, "other")]
    assert workable(steps, lies) == ([1, 0, 2], [])


def test_two_products_change_places_as_one_step() -> None:
    lies = {NEAR: "kale", FAR: "milk"}
    exchange = [Carry("kale", NEAR, FAR), Carry("milk", FAR, NEAR)]
    assert workable([exchange], lies) == ([0], [])
    assert made(exchange, lies) == {NEAR: "milk", FAR: "kale"}


def test_the_rest_of_a_product_may_go_where_a_part_of_it_lies() -> None:
    assert can_be_made(carry("kale", NEAR, FAR), {NEAR: "kale", FAR: "kale"})
    assert not can_be_made(carry("kale", NEAR, FAR), {NEAR: "kale", FAR: "milk"})


@given(lists_of_steps, floors)
def test_the_steps_in_their_order_can_be_made_one_after_the_other_and_no_further_one_after_them(
    steps: list[Step], lies: dict[str, str | None]
) -> None:
    order, impossible = workable(steps, lies)
    assert sorted([*order, *impossible]) == list(range(len(steps)))
    for at in order:
        assert can_be_made(steps[at], lies)
        lies = made(steps[at], lies)
    assert not any(can_be_made(steps[at], lies) for at in impossible)


@given(lists_of_steps, floors)
def test_a_list_that_can_be_made_as_it_stands_stays_as_it_is(steps: list[Step], lies: dict[str, str | None]) -> None:
    def goes(order: tuple[int, ...]) -> bool:
        now = lies
        for at in order:
            if not can_be_made(steps[at], now):
                return False
            now = made(steps[at], now)
        return True

    as_it_stands = tuple(range(len(steps)))
    if goes(as_it_stands):
        assert workable(steps, lies) == ([*as_it_stands], [])
    elif not any(map(goes, permutations(as_it_stands))):
        assert workable(steps, lies)[1]
