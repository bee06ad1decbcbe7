"""The life of a move: done, a part of it, refused, taken back, and what becomes of the rest of the list."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.floor_and_lines import slots_frame
from data.tables import Band, MoveBatchRow, MoveRow, MoveStatus, OutboxEventRow, ProductRow, SlotRow, Unit, WarehouseRow
from flows.errors import Invalid, NotNow, Unknown
from flows.slotting.barring import barred_now, take_out_of_use
from flows.slotting.begun_moves import BegunMoves
from flows.slotting.proving import proved_batches
from flows.slotting.settling import do_move, do_part_of_move, refuse_move, take_back_move
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.query_plans import noted_plans

LIES = {"A": "kale", "B": "peas", "C": "beets", "D": None, "F": "figs", "G": "limes"}
# kale leaves A for D, peas come to A, beets to B; figs and limes change places
MOVES = {
    "kale": ("A", "D", None), "peas": ("B", "A", None), "beets": ("C", "B", None),
    "figs": ("F", "G", "X"), "limes": ("G", "F", "X"),
}  # fmt: skip


@pytest.fixture
def listed(shop: Engine) -> Engine:
    """Five products in six slots, and a list of four steps."""
    with writing(shop) as session:
        zone = {"warehouse_id": "W1", "zone_id": "W1-leaf", "y_m": 0.0, "volume_l": Decimal(500)}
        session.add_all(
            ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG) for name in MOVES
        )
        session.flush()
        session.add_all(
            SlotRow(slot_id=name, x_m=n, distance_m=n, product_id=product, **zone)
            for n, (name, product) in enumerate(LIES.items())
        )
        session.flush()
        session.add_all(
            MoveRow(move_id=product, warehouse_id="W1", product_id=product, from_slot_id=before, to_slot_id=after,
                 exchange_id=exchange, rank=rank, quantity=Decimal(8), metres_saved_per_day=9.0, reasons=[],
                 status=MoveStatus.SUGGESTED, created_at=NOW)
            for rank, (product, (before, after, exchange)) in enumerate(MOVES.items(), start=1)
        )  # fmt: skip
    return shop


def say(shop: Engine, what: Callable[..., None], move_id: str, *more: Any, **named: Any) -> None:
    with writing(shop) as session:
        what(session, move_id, *more, NOW + timedelta(hours=1), "Li Na", **named)


def lies(shop: Engine) -> dict[str, str | None]:
    with reading(shop) as session:
        query = select(SlotRow.slot_id, SlotRow.product_id).where(SlotRow.slot_id.in_(LIES))
        return dict(session.execute(query).tuples().all())


def statuses(shop: Engine) -> dict[str, str]:
    with reading(shop) as session:
        return dict(session.execute(select(MoveRow.move_id, MoveRow.status)).tuples().all())


def move(shop: Engine, move_id: str) -> MoveRow:
    with reading(shop) as session:
        return session.get_one(MoveRow, move_id)


def in_order(shop: Engine) -> list[str]:
    query = select(MoveRow.move_id).where(MoveRow.status.in_(["suggested", "partly_done"])).order_by(MoveRow.rank)
    with reading(shop) as session:
        return list(session.scalars(query))


def told(shop: Engine) -> list[str]:
    with reading(shop) as session:
        return sorted(session.scalars(select(OutboxEventRow.type)))


def test_a_list_done_in_its_order_brings_everything_where_it_should_lie(listed: Engine) -> None:
    for move_id in ("kale", "peas", "beets", "limes", "limes"):
        say(listed, do_move, move_id)
    assert lies(listed) == {"A": "peas", "B": "beets", "C": None, "D": "kale", "F": "limes", "G": "figs"}
    assert set(statuses(listed).values()) == {"done"}
    assert told(listed) == ["move.done"] * 5


def test_of_a_part_both_slots_hold_the_product_until_the_rest_is_carried(listed: Engine) -> None:
    for _ in range(2):
        say(listed, do_part_of_move, "kale", Decimal(3))
    assert (lies(listed)["A"], lies(listed)["D"]) == ("kale", "kale")
    assert (move(listed, "kale").status, move(listed, "kale").carried) == ("partly_done", 3)
    assert in_order(listed)[0] == "kale", "the rest is still to be carried"
    with pytest.raises(NotNow, match="Slot A still holds kale"):
        say(listed, do_move, "peas")

    say(listed, do_part_of_move, "kale", Decimal(5))
    say(listed, do_move, "kale")
    say(listed, do_move, "peas")

    assert (lies(listed)["A"], lies(listed)["D"], move(listed, "kale").carried) == ("peas", "kale", None)
    assert told(listed) == ["move.done"] * 2 + ["move.partly_done"] * 2


@pytest.mark.parametrize("quantity", [None, Decimal(0), Decimal(8), Decimal(9)])
def test_what_is_no_part_of_a_move_is_refused_and_changes_nothing(listed: Engine, quantity: Decimal | None) -> None:
    with pytest.raises(Invalid) as refused:
        say(listed, do_part_of_move, "kale", quantity)
    assert refused.value.field == "quantity"
    assert (lies(listed), statuses(listed)["kale"], told(listed)) == (LIES, "suggested", [])


def test_of_an_exchange_one_product_may_be_in_place_while_the_other_lies_nowhere(listed: Engine) -> None:
    say(listed, do_part_of_move, "figs", None)
    assert (lies(listed)["F"], lies(listed)["G"]) == (None, "figs")
    assert (statuses(listed)["figs"], statuses(listed)["limes"]) == ("done", "suggested")
    assert in_order(listed)[-1] == "limes"
    with pytest.raises(NotNow, match="A part of move limes was carried"):
        say(listed, refuse_move, "limes", "no room")

    say(listed, take_back_move, "limes")
    assert lies(listed) == LIES
    say(listed, do_part_of_move, "figs", Decimal(2))
    assert (lies(listed)["F"], lies(listed)["G"]) == ("figs", "figs")
    say(listed, do_move, "limes")
    assert (lies(listed)["F"], lies(listed)["G"]) == ("limes", "figs")


def test_that_one_product_of_an_exchange_is_in_place_may_be_said_again_when_the_other_is_too(listed: Engine) -> None:
    for move_id in ("figs", "limes", "figs"):
        say(listed, do_part_of_move, move_id, None)
    assert (lies(listed)["F"], lies(listed)["G"], len(told(listed))) == ("limes", "figs", 2)


@pytest.mark.parametrize("said", [do_move, do_part_of_move])
def test_what_was_done_is_taken_back_and_the_list_is_as_before(listed: Engine, said: Callable[..., None]) -> None:
    say(listed, said, "kale", *([Decimal(3)] if said is do_part_of_move else []))
    for _ in range(2):
        say(listed, take_back_move, "kale")
    assert lies(listed) == LIES
    kale = move(listed, "kale")
    assert (kale.status, kale.decided_at, kale.decided_by, kale.carried) == ("suggested", None, None, None)
    assert in_order(listed) == list(MOVES)
    assert told(listed)[-1:] == ["move.undone"], "once"
    say(listed, do_move, "kale")
    assert lies(listed)["D"] == "kale"


def test_what_was_done_is_not_taken_back_where_something_else_lies_there_by_now(listed: Engine) -> None:
    say(listed, do_move, "kale")
    say(listed, do_move, "peas")
    before = lies(listed)
    with pytest.raises(NotNow, match="Slot A holds peas now, and nothing when this was said"):
        say(listed, take_back_move, "kale")
    assert (lies(listed), statuses(listed)["kale"]) == (before, "done")


def test_what_needs_a_refused_move_is_withdrawn_names_it_and_comes_back_with_it(listed: Engine) -> None:
    say(listed, refuse_move, "kale", "too heavy")
    assert statuses(listed) == {
        "kale": "refused", "peas": "withdrawn", "beets": "withdrawn", "figs": "suggested", "limes": "suggested",
    }  # fmt: skip
    assert [move(listed, name).depended_on for name in MOVES] == [None, "kale", "kale", None, None]
    with pytest.raises(NotNow, match="was withdrawn"):
        say(listed, take_back_move, "peas")

    say(listed, take_back_move, "kale")

    assert in_order(listed) == list(MOVES)
    assert move(listed, "peas").depended_on is None
    say(listed, do_move, "kale")
    say(listed, do_move, "peas")


def test_a_refusal_is_taken_back_while_the_target_still_waits_to_be_emptied(listed: Engine) -> None:
    say(listed, refuse_move, "peas", "too heavy")
    say(listed, take_back_move, "peas")
    assert (in_order(listed), lies(listed)) == (list(MOVES), LIES)


def test_what_depended_on_a_refused_move_stays_away_once_other_moves_were_suggested(listed: Engine) -> None:
    say(listed, refuse_move, "kale", "too heavy")
    with writing(listed) as session:
        session.add(MoveBatchRow(batch_id="newer", warehouse_id="W1", created_at=NOW + timedelta(hours=2), lines=0))
        session.flush()
        session.add(
            MoveRow(move_id="newer", warehouse_id="W1", product_id="beets", from_slot_id="C", to_slot_id="leaf-1",
                 rank=1, metres_saved_per_day=9.0, reasons=[], status=MoveStatus.SUGGESTED, batch_id="newer",
                 created_at=NOW + timedelta(hours=2))
        )  # fmt: skip
    say(listed, take_back_move, "kale")
    assert statuses(listed)["peas"] == "withdrawn"
    assert set(in_order(listed)) == {"kale", "newer", "figs", "limes"}


def test_what_has_to_wait_for_a_move_taken_back_comes_after_it(listed: Engine) -> None:
    say(listed, do_move, "kale")
    with writing(listed) as session:
        session.get_one(MoveRow, "kale").rank = 9
    say(listed, take_back_move, "kale")
    order = in_order(listed)
    assert order.index("kale") < order.index("peas") < order.index("beets")


def test_a_refusal_may_take_the_slot_out_of_use_until_it_is_taken_back(listed: Engine) -> None:
    say(listed, refuse_move, "kale", "the shelf is bent", slot_unusable=True)
    with reading(listed) as session:
        assert session.get_one(SlotRow, "D").unusable_because == "the shelf is bent"

    say(listed, take_back_move, "kale")
    with reading(listed) as session:
        assert session.get_one(SlotRow, "D").unusable_because is None
    assert in_order(listed) == list(MOVES)

    say(listed, refuse_move, "kale", "too heavy")
    with writing(listed) as session:
        take_out_of_use(session, "D", "the shelf is bent", NOW)
    with pytest.raises(NotNow, match=r"cannot be used \(the shelf is bent\)"):
        say(listed, take_back_move, "kale")


def test_that_the_slot_cannot_be_used_may_be_said_after_the_refusal(listed: Engine) -> None:
    say(listed, refuse_move, "kale", "the shelf is bent")
    say(listed, refuse_move, "kale", "the shelf is bent", slot_unusable=True)
    with reading(listed) as session:
        assert session.get_one(SlotRow, "D").unusable_because == "the shelf is bent"


def test_a_slot_out_of_use_withdraws_what_needs_the_moves_into_it_too(listed: Engine) -> None:
    with writing(listed) as session:
        take_out_of_use(session, "D", "the shelf is bent", NOW)
    assert in_order(listed) == ["figs", "limes"]


@pytest.mark.parametrize("what", [do_move, take_back_move])
def test_a_move_that_there_is_not_is_said(listed: Engine, what: Callable[..., None]) -> None:
    with pytest.raises(Unknown, match="no-such"):
        say(listed, what, "no-such")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_answer_reads_all_moves_there_ever_were(listed: Engine) -> None:
    with reading(listed) as session:
        place = session.get_one(WarehouseRow, "W1")
        batch = MoveBatchRow(batch_id="B", warehouse_id="W1", created_at=NOW, lines=0)
    with noted_plans(listed) as steps:
        say(listed, refuse_move, "peas", "too heavy")
        say(listed, take_back_move, "peas")
        say(listed, refuse_move, "kale", "the shelf is bent", slot_unusable=True)
        say(listed, do_part_of_move, "figs", None)
        with reading(listed) as session:
            barred_now(session, "W1", TODAY)
            BegunMoves.of(session, "W1", slots_frame(session, "W1"))
            proved_batches(session, place, [batch], NOW)

    of_moves = [step for step in steps if re.match(r"(SCAN|SEARCH) moves", step)]
    assert any("decided_at>?" in step for step in of_moves), "what was made since a batch"
    whole = [step for step in of_moves if step.startswith("SCAN") or step.endswith("(warehouse_id=?)")]
    assert whole == []
