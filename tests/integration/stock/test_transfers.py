"""The life of a transfer between two warehouses: kept aside, sent, on the way, received, lost in part; or ended."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import (
    LotRow,
    OutboxEventRow,
    StockChangeKind,
    StockChangeRow,
    TransferLotRow,
    TransferRow,
    TransferStage,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Refusal, Unknown
from flows.purchasing.shelves.expiring_stock import expiring_products
from flows.purchasing.shelves.stock_outlook import ProductStock, stock_of_warehouse
from flows.stock.blocking import block_lot
from flows.stock.expected_stock import expected_stock
from flows.stock.tracing import trace_lot
from flows.stock.transfers.approving import keep_approved
from flows.stock.transfers.ending import cancel_transfer, lapse_transfers
from flows.stock.transfers.receiving import receive_transfer
from flows.stock.transfers.sending import send_transfer
from flows.stock.transfers.showing import transfers_to_do
from flows.stock.transfers.under_way import coming_to
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

from .conftest import MORNING, NOON, TODAY

LEAVES = MORNING + timedelta(hours=1)
COMES = MORNING + timedelta(hours=3)
LAST = date(2026, 3, 4)
ENOUGH = Decimal(10_000)  # for all that is tried on the same lots


def transfer(
    transfer_id: str = "T", *, at: datetime = MORNING, send_by: datetime = NOON, **lots: int | Decimal
) -> TransferRow:
    """Of lots of spinach of W1, approved in the morning to be in W2 two hours after they leave."""
    return TransferRow(
        transfer_id=transfer_id, transfer_no=1, from_warehouse_id="W1", to_warehouse_id="W2", product_id="spinach",
        stage=TransferStage.APPROVED, send_by=send_by, hours=2.0, approved_at=at, approved_by="Li Na",
        lots=[
            TransferLotRow(lot_id=lot_id.replace("_", "-"), action_id=f"{transfer_id} {lot_id}", last_day=LAST,
                           approved=Decimal(quantity))
            for lot_id, quantity in lots.items()
        ],
    )  # fmt: skip


@pytest.fixture
def approved(shelves: Engine) -> Engine:
    """4 of 6 and 15 of 20 kg of spinach in W1 are to be carried to W2."""
    with writing(shelves) as session:
        keep_approved(session, transfer(S_old=4, S_new=15))
    return shelves


def send(engine: Engine, lots: dict[str, int] | None = None, because: str | None = None, at=LEAVES, of="W1") -> None:
    with writing(engine) as session:
        send_transfer(session, of, "T", _exact(lots), because, at, "Zhang")


def receive(engine: Engine, lots: dict[str, int] | None = None, because: str | None = None, at=COMES, of="W2") -> None:
    with writing(engine) as session:
        receive_transfer(session, of, "T", _exact(lots), because, at, "Wang")


def _exact(lots: dict[str, int] | None) -> dict[str, Decimal] | None:
    return None if lots is None else {name: Decimal(quantity) for name, quantity in lots.items()}


def kept(engine: Engine) -> TransferRow:
    with reading(engine) as session:
        return session.get_one(TransferRow, "T")


def left(engine: Engine) -> dict[tuple[str, str], Decimal]:
    with reading(engine) as session:
        lots = session.scalars(select(LotRow).where(LotRow.product_id == "spinach"))
        return {(lot.warehouse_id, lot.lot_id): lot.quantity_on_hand for lot in lots}


def told(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(OutboxEventRow.type).order_by(OutboxEventRow.happened_at)))


def changes(engine: Engine) -> list[tuple[str, str, Decimal, str]]:
    with reading(engine) as session:
        rows = session.scalars(select(StockChangeRow).order_by(StockChangeRow.known_at, StockChangeRow.change_no)).all()
        return [(row.warehouse_id, row.lot_id, row.quantity, row.kind) for row in rows]


def spinach(engine: Engine, warehouse_id: str, at: datetime) -> ProductStock:
    with reading(engine) as session:
        stock = stock_of_warehouse(session, session.get_one(WarehouseRow, warehouse_id), at)
        return next(one for one in stock.products if one.product.product_id == "spinach")


def test_what_was_approved_is_kept_aside_there_and_known_to_come_here(approved: Engine) -> None:
    of, to = spinach(approved, "W1", LEAVES), spinach(approved, "W2", LEAVES)
    assert {one.lot.lot_id: (one.expected, one.kept_aside) for one in of.lots} == {"S-old": (2, 4), "S-new": (5, 15)}
    assert of.outlook.on_shelf == 7
    assert (to.outlook.on_shelf, to.outlook.arriving) == (3, ((TODAY, 19.0),))
    assert changes(approved) == []
    assert told(approved) == ["transfer.approved"]


def test_what_is_kept_aside_does_not_expire_unsold(approved: Engine) -> None:
    with reading(approved) as session:
        [one] = expiring_products(session, [session.get_one(WarehouseRow, "W1")], LEAVES)
        assert (one.lot_ids, one.on_hand) == (["S-old"], 2)


def test_on_the_way_it_is_nobody_s_and_known_to_come(approved: Engine) -> None:
    send(approved)
    assert left(approved) == {("W1", "S-old"): 2, ("W1", "S-new"): 5, ("W2", "S-w2"): 3}
    of, to = spinach(approved, "W1", LEAVES), spinach(approved, "W2", LEAVES)
    assert {one.lot.lot_id: (one.expected, one.kept_aside) for one in of.lots} == {"S-old": (2, 0), "S-new": (5, 0)}
    assert (to.outlook.on_shelf, to.outlook.arriving) == (3, ((TODAY, 19.0),))


def test_what_arrives_is_stock_there_once_however_often_it_is_said(approved: Engine) -> None:
    for _ in range(2):
        send(approved)
    for _ in range(2):
        receive(approved)
    send(approved)
    assert left(approved) == {
        **{("W1", "S-old"): 2, ("W1", "S-new"): 5, ("W2", "S-w2"): 3},
        **{("W2", "S-old"): 4, ("W2", "S-new"): 15},
    }
    assert spinach(approved, "W2", COMES).outlook.arriving == ()
    one = kept(approved)
    assert (one.stage, one.sent_by, one.received_by) == ("received", "Zhang", "Wang")
    assert told(approved) == ["transfer.approved", "transfer.sent", "transfer.received"]
    with reading(approved) as session:
        there = session.get_one(LotRow, ("W2", "S-new"))
        assert (there.expires_on, there.supplier_id, there.quantity_received) == (LAST, "F1", 15)
        lots = {(part.lot.warehouse_id, part.lot.lot_id) for part in trace_lot(session, "W1", "S-new", COMES).lots}
        assert lots == {("W1", "S-new"), ("W2", "S-new")}


def test_less_is_sent_and_the_rest_stays(approved: Engine) -> None:
    send(approved, {"S-new": 10}, "the others are wilted")
    assert left(approved)["W1", "S-new"] == 10
    assert left(approved)["W1", "S-old"] == 6
    assert spinach(approved, "W1", LEAVES).outlook.on_shelf == 16  # nothing is kept aside any more
    receive(approved)
    assert (left(approved)["W2", "S-new"], ("W2", "S-old") in left(approved)) == (10, False)


def test_none_is_refused_with_a_reason(approved: Engine) -> None:
    with pytest.raises(Invalid, match="Say why nothing of it leaves"):
        send(approved, {"S-new": 0}, "  ")
    for _ in range(2):
        send(approved, {"S-new": 0, "S-old": 0}, "sold after all")
    one = kept(approved)
    assert (one.stage, one.because, one.ended_at, one.sent_at) == ("refused", "sold after all", LEAVES, None)
    assert (changes(approved), spinach(approved, "W1", LEAVES).outlook.on_shelf) == ([], 26)
    assert spinach(approved, "W2", LEAVES).outlook.arriving == ()
    with pytest.raises(NotNow, match="was refused: nothing more of it can be sent"):
        send(approved)
    with pytest.raises(NotNow, match="was refused: there is nothing of it to receive"):
        receive(approved)


def test_what_does_not_arrive_is_lost_with_a_reason(approved: Engine) -> None:
    send(approved)
    with pytest.raises(Invalid, match="how what was not accepted was lost"):
        receive(approved, {"S-new": 12, "S-old": 4})
    assert kept(approved).stage == "sent"
    receive(approved, {"S-new": 12}, "too warm")
    assert left(approved) == {
        **{("W1", "S-old"): 2, ("W1", "S-new"): 5, ("W2", "S-w2"): 3},
        **{("W2", "S-old"): 0, ("W2", "S-new"): 12},
    }
    assert {lot.lot_id: (lot.sent, lot.accepted) for lot in kept(approved).lots} == {"S-old": (4, 0), "S-new": (15, 12)}
    with reading(approved) as session:
        lost = session.scalars(select(StockChangeRow).where(StockChangeRow.kind == StockChangeKind.WRITTEN_OFF)).all()
        assert {(row.lot_id, row.quantity, row.reason, row.note) for row in lost} == {
            ("S-old", -4, "lost_on_the_way", "too warm"), ("S-new", -3, "lost_on_the_way", "too warm"),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "lots", "match"),
    [
        (send, {"S-new": 16}, "there can be 15 at most, not 16"),
        (send, {"R": 1}, "Lot 'R' is not in this transfer, which is of S-"),
        (send, {"S-new": -1}, "at least 0"),
        (receive, {"S-new": 11}, "there can be 10 at most, not 11"),
        (receive, {"S-old": 1}, "there can be 0 at most"),
    ],
)
def test_more_than_there_can_be_is_refused(approved: Engine, step: Callable[..., None], lots, match: str) -> None:
    if step is receive:
        send(approved, {"S-new": 10})
    before = changes(approved)
    with pytest.raises(Invalid, match=match):
        step(approved, lots, "because")
    assert changes(approved) == before


def test_something_else_said_again_changes_nothing(approved: Engine) -> None:
    with pytest.raises(NotNow, match="has not been sent: there is nothing of it to receive"):
        receive(approved)
    send(approved, {"S-new": 10})
    with pytest.raises(NotNow, match="has been sent"):
        send(approved)
    receive(approved)
    with pytest.raises(NotNow, match="received already, with other quantities"):
        receive(approved, {"S-new": 9}, "one was wet")
    assert len(changes(approved)) == 2


def test_each_end_has_its_part_only(approved: Engine) -> None:
    for step, other in ((send, "W2"), (receive, "W1")):
        with pytest.raises(Unknown, match=f"Warehouse {other} has no transfer 'T'"):
            step(approved, of=other)
    with writing(approved) as session, pytest.raises(Unknown, match="Transfer 'X' was not found"):
        send_transfer(session, "W1", "X", None, None, LEAVES, "Zhang")


def test_a_lot_that_is_blocked_or_holds_less_does_not_leave(approved: Engine) -> None:
    with writing(approved) as session:
        block_lot(session, "W1", "S-old", "a recall", MORNING, "Li")
        write_off(session, "O", WriteOff("W1", [("S-new", Decimal(8))], WriteOffReason.DAMAGED, LEAVES), LEAVES, "Li")
    with pytest.raises(NotNow, match="S-old of warehouse W1 is blocked: a recall"):
        send(approved)
    with pytest.raises(NotNow, match="S-new of warehouse W1 has 12 kg left"):
        send(approved, {"S-new": 15})
    assert kept(approved).stage == "approved"
    assert [one for _, one in spinach(approved, "W2", LEAVES).outlook.arriving] == [15.0]  # the blocked lot stays
    send(approved, {"S-new": 12})
    assert kept(approved).stage == "sent"


def test_a_lot_that_is_blocked_on_the_way_comes_blocked(approved: Engine) -> None:
    send(approved)
    with writing(approved) as session:
        block_lot(session, "W1", "S-new", "a recall", LEAVES, "Li")
    receive(approved)
    with reading(approved) as session:
        assert session.get_one(LotRow, ("W2", "S-new")).blocked_because == "a recall"
        assert session.get_one(LotRow, ("W2", "S-old")).blocked_at is None


def test_what_is_kept_aside_is_not_promised_twice(approved: Engine) -> None:
    with writing(approved) as session, pytest.raises(NotNow, match="S-new of warehouse W1 has 5 kg left that is not"):
        keep_approved(session, transfer("T2", S_new=6))
    with writing(approved) as session:
        keep_approved(session, transfer("T3", S_new=5))
    with reading(approved) as session:
        stock = expected_stock(session, session.get_one(WarehouseRow, "W1"), None, LEAVES)
        assert {lot.lot_id: lot.quantity for lot in stock.lots if lot.product_id == "spinach"} == {"S-old": 2}


def test_it_is_cancelled_until_it_was_sent(approved: Engine) -> None:
    for _ in range(2):
        with writing(approved) as session:
            cancel_transfer(session, "T", "not wanted", LEAVES, "Li Na")
    assert (kept(approved).stage, kept(approved).because) == ("cancelled", "not wanted")
    assert told(approved) == ["transfer.approved", "transfer.cancelled"]
    assert spinach(approved, "W1", LEAVES).outlook.on_shelf == 26
    with pytest.raises(NotNow, match="was cancelled"):
        send(approved)


def test_it_is_not_cancelled_on_the_way(approved: Engine) -> None:
    send(approved)
    with writing(approved) as session, pytest.raises(NotNow, match="has been sent: it cannot be cancelled"):
        cancel_transfer(session, "T", None, COMES, "Li Na")


def test_what_has_not_left_in_time_lapses_and_is_told_once(approved: Engine) -> None:
    assert lapse_transfers(approved, NOON - timedelta(seconds=1)) == 0
    # from that moment on, though nobody has written so yet
    with pytest.raises(NotNow, match="has lapsed, since it had not left in time"):
        send(approved, at=NOON)
    assert spinach(approved, "W1", NOON).outlook.on_shelf == 26
    assert spinach(approved, "W2", NOON).outlook.arriving == ()
    with reading(approved) as session:
        todo = transfers_to_do(session, ["W2"], NOON)
        assert [one.transfer.transfer_id for one in todo.lapsed] == ["T"]
        assert (todo.to_send, todo.to_receive) == ([], [])

    assert [lapse_transfers(approved, NOON + timedelta(minutes=minutes)) for minutes in (1, 2)] == [1, 0]

    assert (kept(approved).stage, kept(approved).ended_at) == ("lapsed", NOON)
    assert told(approved) == ["transfer.approved", "transfer.lapsed"]
    with reading(approved) as session:
        assert len(transfers_to_do(session, ["W1"], NOON + timedelta(hours=20)).lapsed) == 1
        assert transfers_to_do(session, ["W1"], NOON + timedelta(hours=24)).lapsed == []


def test_what_is_on_the_way_for_too_long_is_not_counted_on_but_received(approved: Engine) -> None:
    send(approved)
    later = NOON + timedelta(days=3)
    with reading(approved) as session:
        place = session.get_one(WarehouseRow, "W2")
        assert sum(one.quantity for one in coming_to(session, place, NOON)) == 19
        assert coming_to(session, place, later) == []
    receive(approved, at=later)
    assert left(approved)["W2", "S-new"] == 15


def test_stock_of_a_moment_is_as_it_was_then(approved: Engine) -> None:
    send(approved)
    receive(approved)
    assert spinach(approved, "W1", MORNING).outlook.on_shelf == 7
    assert [q for _, q in spinach(approved, "W2", COMES - timedelta(minutes=1)).outlook.arriving] == [19.0]
    assert spinach(approved, "W2", COMES).outlook.on_shelf == 22


@pytest.mark.parametrize("step", [send, receive])
def test_of_two_who_tap_at_once_one_does_it(approved: Engine, step: Callable[..., None]) -> None:
    if step is receive:
        send(approved)
    together, failed = Barrier(2), []

    def tap() -> None:
        together.wait()
        try:
            step(approved)
        except Exception as error:
            failed.append(error)

    both = [Thread(target=tap) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert failed == []
    assert len(changes(approved)) == (4 if step is receive else 2)


def test_sent_and_cancelled_at_once_is_one_of_the_two(approved: Engine) -> None:
    together, refused = Barrier(2), []

    def cancel() -> None:
        together.wait()
        try:
            with writing(approved) as session:
                cancel_transfer(session, "T", None, LEAVES, "Li Na")
        except NotNow as error:
            refused.append(str(error))

    def tap() -> None:
        together.wait()
        try:
            send(approved)
        except NotNow as error:
            refused.append(str(error))

    both = [Thread(target=tap), Thread(target=cancel)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert len(refused) == 1
    assert len(changes(approved)) == (2 if kept(approved).stage == "sent" else 0)


STEPS = st.sampled_from(["send", "receive", "cancel"])
SHARES = st.lists(st.integers(0, 6), min_size=2, max_size=2)


@given(steps=st.lists(st.tuples(STEPS, SHARES, st.booleans()), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_left_is_on_the_way_received_or_lost(shelves: Engine, steps: list[tuple[str, list[int], bool]]) -> None:
    """Whatever is said in whatever order: of each lot, by what the transfer says and by the ledger of both ends."""
    with writing(shelves) as session:
        number = session.scalar(select(func.count()).select_from(TransferRow)) or 0
        name = f"T{number}"
        for lot_id in ("S-old", "S-new"):
            session.get_one(LotRow, ("W1", lot_id)).quantity_on_hand = ENOUGH
        session.flush()
        keep_approved(session, transfer(name, S_old=4, S_new=5))
    for step, (old, new), all_of_it in steps:
        lots = None if all_of_it else {"S-old": Decimal(old), "S-new": Decimal(new)}
        try:
            with writing(shelves) as session:
                _do(session, step, name, lots)
        except Refusal:
            pass
        _check_sums(shelves, name)


def _do(session: Session, step: str, name: str, lots: dict[str, Decimal] | None) -> None:
    if step == "send":
        send_transfer(session, "W1", name, lots, "why", LEAVES, "Zhang")
    elif step == "receive":
        receive_transfer(session, "W2", name, lots, "why", COMES, "Wang")
    elif step == "cancel":
        cancel_transfer(session, name, None, LEAVES, "Li Na")


def _check_sums(engine: Engine, name: str) -> None:
    with reading(engine) as session:
        one = session.get_one(TransferRow, name)
        for lot in one.lots:
            moved = session.scalars(select(StockChangeRow).where(StockChangeRow.action_id == lot.action_id)).all()
            went = -sum(row.quantity for row in moved if row.warehouse_id == "W1")
            came = sum(row.quantity for row in moved if row.warehouse_id == "W2")
            in_transit = lot.sent if one.stage is TransferStage.SENT else 0
            assert went == in_transit + came == (lot.sent or 0)
            assert went <= lot.approved
