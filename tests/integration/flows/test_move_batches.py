"""What batches of moves were worth: what later orders were walked in less, by what was done of them."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import (
    FloorPoint,
    FloorPointRow,
    MoveBatchRow,
    MoveRow,
    MoveStatus,
    OrderLineRow,
    SlotRow,
    WarehouseRow,
)
from flows.slotting.proving import HELD_OUT, WALKED_DAYS, ProvedBatch, latest_batches, proved_batches
from flows.slotting.settling import do_move
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW
from warehouse.slotting.proof.gains import Gain

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def floor(shop: Engine) -> Engine:
    """Three aisles 4 m apart, of slots 1 m and 5 m from the front; tours begin at the first. Spinach lies 5 m into the
    first aisle, milk 1 m into the second, saffron nowhere."""
    places = {"leaf-1": (0, 1), "leaf-5": (0, 5), "chilled-2": (4, 1), "ambient-3": (8, 5)}
    with writing(shop) as session:
        for slot_id, (x_m, y_m) in places.items():
            session.execute(
                update(SlotRow).where(SlotRow.slot_id == slot_id).values(aisle=f"A{x_m}", x_m=x_m, y_m=y_m, bay=y_m)
            )
        session.add(FloorPointRow(warehouse_id="W1", point=FloorPoint.START, x_m=0, y_m=0))
    return shop


def order(session: Session, number: int, at: datetime, *products: str) -> None:
    session.add_all(
        OrderLineRow(warehouse_id="W1", order_id=f"O{number}", line_no=line, product_id=product, ordered_at=at,
                     quantity=Decimal(1), known_at=at)
        for line, product in enumerate(products)
    )  # fmt: skip


def batch(session: Session, name: str, at: datetime, *moves: tuple[str, str | None, str], done: int = 9) -> None:
    """Moves suggested at a moment, the first of them done an hour later and the next after another."""
    session.add(MoveBatchRow(batch_id=name, warehouse_id="W1", created_at=at, lines=30, metres_before=9.0,
                             metres_after=7.5))  # fmt: skip
    session.flush()
    for rank, (product, origin, target) in enumerate(moves, 1):
        made = rank <= done
        session.add(
            MoveRow(move_id=f"{name}-{rank}", warehouse_id="W1", batch_id=name, product_id=product, rank=rank,
                    from_slot_id=origin, to_slot_id=target, metres_saved_per_day=1.0, reasons=[], created_at=at,
                    status=MoveStatus.DONE if made else MoveStatus.SUGGESTED,
                    decided_at=at + rank * AN_HOUR if made else None)
        )  # fmt: skip
        if made:
            session.execute(update(SlotRow).where(SlotRow.slot_id == origin).values(product_id=None))
            session.execute(update(SlotRow).where(SlotRow.slot_id == target).values(product_id=product))


def proved(floor: Engine, now: datetime = NOW) -> dict[str, ProvedBatch]:
    with reading(floor) as session:
        rows = session.scalars(select(MoveBatchRow).order_by(MoveBatchRow.created_at.desc())).all()
        found = proved_batches(session, session.get_one(WarehouseRow, "W1"), rows, now)
        return {one.batch.batch_id: one for one in found}


def test_what_was_done_is_walked_by_the_orders_since(floor: Engine) -> None:
    began = NOW - timedelta(days=3)
    with writing(floor) as session:
        batch(session, "first", began, ("spinach", "leaf-5", "leaf-1"), ("saffron", None, "ambient-3"), done=1)
        order(session, 1, began, "spinach")  # before it was done
        order(session, 2, NOW - AN_HOUR, "spinach", "milk")
        order(session, 3, NOW - AN_HOUR, "spinach")
        order(session, 4, NOW - AN_HOUR, "saffron")  # lies nowhere

    found = proved(floor)["first"]

    assert (found.moves, found.done, found.since) == (2, 1, began + AN_HOUR)
    assert found.expected == Gain(9.0, 7.5, 30)
    # spinach and milk: 4 m aside and back, 5 or 1 m into the first aisle, 1 m into the second; then spinach alone
    assert found.walked == Gain((8 + 10 + 2 + 10) / 3, (8 + 2 + 2 + 2) / 3, 3)


def test_what_a_later_batch_carried_is_not_counted_to_the_earlier_one(floor: Engine) -> None:
    began = NOW - timedelta(days=3)
    with writing(floor) as session:
        batch(session, "first", began, ("spinach", "leaf-5", "leaf-1"))
        batch(session, "second", began + 5 * AN_HOUR, ("milk", "chilled-2", "ambient-3"))
        order(session, 1, NOW - AN_HOUR, "milk")
        order(session, 2, NOW - AN_HOUR, "spinach")

    found = proved(floor)

    assert found["first"].walked == Gain((10 + 10) / 2, (10 + 2) / 2, 2)
    assert found["second"].walked == Gain((10 + 2) / 2, (26 + 2) / 2, 2)


def test_orders_long_after_a_batch_are_not_walked(floor: Engine) -> None:
    began = NOW - timedelta(days=WALKED_DAYS + 3)
    with writing(floor) as session:
        batch(session, "first", began, ("spinach", "leaf-5", "leaf-1"))
        order(session, 1, NOW - AN_HOUR, "spinach")

    assert proved(floor)["first"].walked is None


def test_a_batch_of_which_nothing_is_done_has_saved_nothing_yet(floor: Engine) -> None:
    with writing(floor) as session:
        batch(session, "first", NOW - AN_HOUR, ("spinach", "leaf-5", "leaf-1"), done=0)

    found = proved(floor)["first"]

    assert (found.moves, found.done, found.since, found.walked) == (1, 0, None, None)


def test_moves_suggested_together_are_a_batch_with_what_the_latest_orders_let_expect(floor: Engine) -> None:
    with writing(floor) as session:
        order(session, 1, NOW - HELD_OUT - AN_HOUR, "milk")  # moves are chosen by it
        order(session, 2, NOW - AN_HOUR, "spinach", "milk")
        order(session, 3, NOW - AN_HOUR, "spinach")

    suggest_slots(floor, ["W1"], NOW)

    (found,) = proved(floor).values()
    # spinach comes from 5 to 1 m into the first aisle; saffron gets its first slot
    assert (found.moves, found.done) == (2, 0)
    assert found.expected == Gain((8 + 10 + 2 + 10) / 3, (8 + 2 + 2 + 2) / 3, 3)


def test_where_no_orders_are_known_nothing_is_expected(floor: Engine) -> None:
    suggest_slots(floor, ["W1"], NOW)

    (found,) = proved(floor).values()
    assert (found.moves, found.expected) == (2, None)


def test_without_moves_there_is_no_batch(floor: Engine) -> None:
    suggest_slots(floor, ["W1"], NOW)
    for product in ("spinach", "saffron"):
        with writing(floor) as session:
            (move,) = session.scalars(select(MoveRow).where(MoveRow.product_id == product))
            do_move(session, move.move_id, NOW, "staff")

    suggest_slots(floor, ["W1"], NOW + AN_HOUR)

    assert [one.done for one in proved(floor).values()] == [2]


def test_where_no_aisles_are_known_each_line_is_a_way_there_and_back(shop: Engine) -> None:
    began = NOW - timedelta(days=3)
    with writing(shop) as session:
        batch(session, "first", began, ("spinach", "leaf-5", "leaf-1"))
        order(session, 1, NOW - AN_HOUR, "spinach", "milk")

    assert proved(shop)["first"].walked == Gain(2 * (50 + 20) / 2, 2 * (10 + 20) / 2, 2)


def test_batches_of_which_nothing_is_done_or_to_be_done_are_not_shown(floor: Engine) -> None:
    with writing(floor) as session:
        for number, name in enumerate(("done", "open", "withdrawn", "latest")):
            at = NOW - timedelta(days=9 - number)
            batch(session, name, at, ("spinach", "leaf-5", "leaf-1"), done=1 if name == "done" else 0)
        withdrawn = update(MoveRow).where(MoveRow.batch_id == "withdrawn").values(status=MoveStatus.WITHDRAWN)
        session.execute(withdrawn)

    with reading(floor) as session:
        shown = [one.batch_id for one in latest_batches(session, "W1", 2)]
        assert shown == ["latest", "open"]
        assert [one.batch_id for one in latest_batches(session, "W1", 9)] == ["latest", "open", "done"]
