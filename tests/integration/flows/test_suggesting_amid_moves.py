"""Moves suggested anew while some are begun: what lies in two slots, or nowhere for a while, is neither lost nor
doubled."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select

from data.database import reading, writing
from data.tables import TO_BE_MADE, MoveRow, MoveStatus, SlotRow
from flows.slotting.barring import take_out_of_use
from flows.slotting.settling import do_move, do_part_of_move
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW
from tests.integration.flows.test_slotting import wide_leaf_zone
from warehouse.slotting.move_effort import MoveEffort

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def wide(shop: Engine) -> Engine:
    """Six greens far off and six empty slots near the bench, and moves suggested."""
    wide_leaf_zone(shop)
    suggest_slots(shop, ["W1"], NOW)
    return shop


def to_be_made(shop: Engine) -> list[MoveRow]:
    with reading(shop) as session:
        return list(session.scalars(select(MoveRow).where(MoveRow.status.in_(TO_BE_MADE)).order_by(MoveRow.rank)))


def carry_out(shop: Engine) -> None:
    """All that is on the list, in its order."""
    while moves := to_be_made(shop):
        with writing(shop) as session:
            do_move(session, moves[0].move_id, LATER, "Li Na")


def lies(shop: Engine) -> dict[str, str]:
    with reading(shop) as session:
        held = select(SlotRow.slot_id, SlotRow.product_id).where(SlotRow.product_id.is_not(None))
        return dict(session.execute(held).tuples().all())


def exchange_begun(shop: Engine, quantity: Decimal | None) -> None:
    """The list is that green 0 and green 5 change places, and of green 0 so much is in place (None: all of it)."""
    with writing(shop) as session:
        session.execute(delete(MoveRow))
        session.add_all(
            MoveRow(move_id=product, warehouse_id="W1", product_id=product, from_slot_id=before, to_slot_id=after,
                 exchange_id="X", rank=rank, quantity=Decimal(8), metres_saved_per_day=9.0, reasons=[],
                 status=MoveStatus.SUGGESTED, created_at=NOW)
            for rank, (product, before, after) in enumerate(
                [("green 0", "far-0", "far-5"), ("green 5", "far-5", "far-0")], start=50
            )
        )  # fmt: skip
    with writing(shop) as session:
        do_part_of_move(session, "green 0", quantity, NOW, "Li Na")


@pytest.mark.parametrize("most_moves", [40, 1])
def test_a_move_partly_done_stays_first_on_the_list_and_all_is_found_once_when_it_is_carried_out(
    wide: Engine, most_moves: int
) -> None:
    # given a move of which a part is carried, and that is not the first
    begun = to_be_made(wide)[2]
    with writing(wide) as session:
        session.get_one(MoveRow, begun.move_id).quantity = Decimal(8)
    with writing(wide) as session:
        do_part_of_move(session, begun.move_id, Decimal(3), NOW, "Li Na")
    stored = Counter(set(lies(wide).values())) + Counter(["saffron"])
    # when moves are suggested anew, also where the begun one is all that a shift has time for
    suggest_slots(wide, ["W1"], LATER, MoveEffort(most_moves=most_moves))
    # then its rest comes first, and nothing else is done with its product or its slots until then
    first, *others = to_be_made(wide)
    assert (first.move_id, first.status, first.carried, first.rank) == (begun.move_id, "partly_done", 3, 1)
    assert begun.product_id not in {move.product_id for move in others}
    assert begun.to_slot_id not in {move.to_slot_id for move in others}
    assert [move.rank for move in others] == list(range(2, 2 + len(others)))
    assert bool(others) == (most_moves > 1)
    # and the list can be carried out in its order, after which each product lies in one slot
    carry_out(wide)
    found = Counter(lies(wide).values())
    assert found == (stored if others else stored - Counter(["saffron"]))
    assert lies(wide)[begun.to_slot_id] == begun.product_id


@pytest.mark.parametrize("quantity", [Decimal(3), None])
def test_of_an_exchange_begun_what_had_to_come_out_still_gets_its_slot(wide: Engine, quantity: Decimal | None) -> None:
    exchange_begun(wide, quantity)
    stored = Counter({*lies(wide).values(), "green 5", "saffron"})

    suggest_slots(wide, ["W1"], LATER)

    first = to_be_made(wide)[: 1 if quantity is None else 2]
    assert {move.exchange_id for move in first} == {"X"}
    carry_out(wide)
    assert Counter(lies(wide).values()) == stored


def test_a_slot_that_cannot_be_used_after_a_part_came_into_it_is_emptied_and_no_slot_gets_two_products(
    wide: Engine,
) -> None:
    # given a part that lies in a slot by now taken out of use, and the rest where it was
    begun = next(move for move in to_be_made(wide) if move.product_id == "green 3")
    with writing(wide) as session:
        session.get_one(MoveRow, begun.move_id).quantity = Decimal(8)
    with writing(wide) as session:
        do_part_of_move(session, begun.move_id, Decimal(3), NOW, "Li Na")
    with writing(wide) as session:
        take_out_of_use(session, begun.to_slot_id, "bent", NOW)
    stored = {*lies(wide).values(), "saffron"}
    # when moves are suggested anew and carried out
    suggest_slots(wide, ["W1"], LATER)
    carried = {move.product_id: move for move in to_be_made(wide)}
    carry_out(wide)
    # then the slot is empty, what lay there was told why, and both parts are still known
    assert carried["green 3"].from_slot_id == begun.to_slot_id
    assert carried["green 3"].reasons[0]["code"] == "slot_unusable"
    assert begun.to_slot_id not in lies(wide)
    assert set(lies(wide).values()) == stored
    assert lies(wide)[begun.from_slot_id] == "green 3"
