"""Where a legal place for all exists one is found, else product and rule are named; on the way to it no rule is broken
either. Against an exhaustive search that knows the rules as they are told, not the code that keeps them."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.slotting.crowded_floors import a_legal_layout, crowded_floor
from tests.unit.warehouse.slotting.warehouses import Rules, at_once, decided, lying
from warehouse.slotting.suggestion import SlotReason

NAMED = {SlotReason.KEPT_APART, SlotReason.BAND_FULL, SlotReason.NO_SLOT_LARGE_ENOUGH, SlotReason.NO_SLOT_STRONG_ENOUGH}


@given(seed=st.integers(0, 1_000_000))
@example(seed=4)  # where one or two must move on
@example(seed=31)  # where it takes hundreds of looks
@settings(max_examples=25, deadline=None)
def test_all_get_a_legal_place_where_a_layout_exists_in_which_all_have_one(seed: int) -> None:
    products, slots, tours = crowded_floor(seed)

    suggestions = decided(products, slots, tours=tours).suggestions

    placed = {one.slot_id: one.product_id for one in suggestions if one.slot_id is not None}
    without = [one for one in suggestions if one.slot_id is None]
    rules = Rules(products, slots)
    assert len(placed) + len(without) == len(products)
    assert all(rules.broken(product, slot, placed) == [] for slot, product in placed.items())
    assert bool(without) == (a_legal_layout(products, slots) is None)
    assert all(NAMED & {reason.code for reason in one.reasons} for one in without)


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=25, deadline=None)
def test_on_a_crowded_floor_no_move_breaks_a_rule_that_was_kept(seed: int) -> None:
    products, slots, tours = crowded_floor(seed)
    rules, lies = Rules(products, slots), lying(slots)
    before = rules.all_broken(lies)

    for together in at_once(decided(products, slots, tours=tours).moves):
        for move in together:
            assert lies.pop(move.from_slot_id, move.product_id) == move.product_id
        lies |= {move.to_slot_id: move.product_id for move in together}

        assert rules.all_broken(lies) <= before
        assert all(rules.broken(move.product_id, move.to_slot_id, lies) == [] for move in together)
