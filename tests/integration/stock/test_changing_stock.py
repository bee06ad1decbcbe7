"""Counts, write-offs, returns, transfers and blocked lots: what is left, and what the ledger says of it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.lots_as_of import lots_as_of
from data.tables import LotRow, StockChangeRow
from flows.errors import Invalid, NotNow, Unknown
from flows.stock.blocking import block_lot, unblock_lot
from flows.stock.counting import StockCount, count_stock
from flows.stock.moving import Transfer, move_to_warehouse
from flows.stock.returning import return_to_stock
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

from .conftest import EVENING, MORNING, NOON, TODAY, lot_row

HOUR = timedelta(hours=1)


def left(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        lots = session.scalars(select(LotRow).order_by(LotRow.warehouse_id, LotRow.lot_id))
        return {f"{lot.warehouse_id} {lot.lot_id}": int(lot.quantity_on_hand) for lot in lots}


def counted(engine: Engine, count_id: str, *lots: tuple[str, int], at=NOON, **more) -> None:
    with writing(engine) as session:
        asked = StockCount("W1", at, [(lot_id, Decimal(quantity)) for lot_id, quantity in lots], **more)
        count_stock(session, count_id, asked, EVENING, "Li")


def written_off(engine: Engine, write_off_id: str, lot_id: str, quantity: int, at=NOON, reason="damaged") -> None:
    with writing(engine) as session:
        asked = WriteOff("W1", [(lot_id, Decimal(quantity))], WriteOffReason(reason), at)
        write_off(session, write_off_id, asked, EVENING, "Li")


def test_a_count_says_what_is_there_up_and_down_and_is_kept_once(shelves: Engine) -> None:
    for _ in range(2):
        counted(shelves, "C1", ("S-old", 2), ("S-new", 23))

    assert left(shelves) == {"W1 R": 40, "W1 S-new": 23, "W1 S-old": 2, "W2 S-w2": 3}
    with reading(shelves) as session:
        ledger = session.scalars(select(StockChangeRow).order_by(StockChangeRow.lot_id)).all()
        assert [(row.lot_id, row.kind, row.quantity, row.left, row.happened_at, row.by) for row in ledger] == [
            ("S-new", "counted", 3, 23, NOON, "Li"),
            ("S-old", "counted", -4, 2, NOON, "Li"),
        ]
        assert session.get_one(LotRow, ("W1", "S-old")).counted_at == NOON
    with pytest.raises(NotNow, match="was used for another change"):
        written_off(shelves, "C1", "S-new", 1)


def test_a_whole_count_makes_what_it_does_not_name_0_but_not_what_came_since(shelves: Engine) -> None:
    counted(shelves, "late", ("R", 39), at=EVENING)

    counted(shelves, "C1", ("S-new", 15), whole=True)

    assert left(shelves) == {"W1 R": 39, "W1 S-new": 15, "W1 S-old": 0, "W2 S-w2": 3}


def test_what_happened_after_a_count_is_added_to_a_count_that_is_entered_late(shelves: Engine) -> None:
    written_off(shelves, "B1", "S-new", 4, at=NOON + HOUR)

    counted(shelves, "C1", ("S-new", 10), at=NOON)

    assert left(shelves)["W1 S-new"] == 6
    with pytest.raises(NotNow, match="was counted at 2026-03-02T04:00:00"):
        written_off(shelves, "B2", "S-new", 1, at=NOON - HOUR)
    with pytest.raises(NotNow, match="was counted at"):
        counted(shelves, "C2", ("S-new", 12), at=NOON - HOUR)


def test_a_product_counted_without_its_lots_lost_what_expires_first_and_gains_a_lot_of_its_own(shelves: Engine) -> None:
    counted(shelves, "C1", products=[("spinach", Decimal(18)), ("rice", Decimal(45))])

    assert left(shelves) == {"W1 R": 40, "W1 S-new": 18, "W1 S-old": 0, "W1 rice": 5, "W2 S-w2": 3}
    with writing(shelves) as session:
        asked = StockCount("W2", NOON, products=[("spinach", Decimal(9))])
        count_stock(session, "C2", asked, EVENING, "Li")
    with reading(shelves) as session:
        own = session.get_one(LotRow, ("W2", "spinach"))
        assert (own.quantity_on_hand, own.expires_on) == (6, date(2026, 3, 4))  # as if it came today


def test_a_blocked_lot_is_not_among_what_was_counted_of_its_product(shelves: Engine) -> None:
    with writing(shelves) as session:
        block_lot(session, "W1", "S-old", "recall of F1", NOON, "Li")
        block_lot(session, "W1", "S-old", "another word", EVENING, "Wu")

    counted(shelves, "C1", products=[("spinach", Decimal(12))])

    assert left(shelves)["W1 S-old"] == 6
    assert left(shelves)["W1 S-new"] == 12
    with reading(shelves) as session:
        lot = session.get_one(LotRow, ("W1", "S-old"))
        assert (lot.blocked_at, lot.blocked_by, lot.blocked_because) == (NOON, "Li", "recall of F1")
    with writing(shelves) as session:
        assert unblock_lot(session, "W1", "S-old").blocked_at is None


def test_no_more_is_written_off_than_is_left_and_the_refusal_says_how_much(shelves: Engine) -> None:
    written_off(shelves, "B1", "S-old", 4, reason="expired")
    written_off(shelves, "B1", "S-old", 4, reason="expired")

    with pytest.raises(NotNow, match=r"S-old .* has 2 kg left"):
        written_off(shelves, "B2", "S-old", 3)

    written_off(shelves, "B3", "S-old", 1, reason="marked_down")
    written_off(shelves, "B4", "S-old", 1, reason="given_away")
    with reading(shelves) as session:
        ledger = session.scalars(select(StockChangeRow).order_by(StockChangeRow.change_no)).all()
    assert [(row.kind, row.reason, row.quantity, row.left) for row in ledger] == [
        ("written_off", "expired", -4, 2),
        ("marked_down", "marked_down", -1, 1),
        ("given_away", "given_away", -1, 0),
    ]


@pytest.mark.parametrize(
    ("kind", "field"),
    [("unknown lot", "lot_id"), ("nothing", "lots.quantity"), ("tomorrow", "happened_at"), ("no word", "note")],
)
def test_a_write_off_that_makes_no_sense_names_the_field(shelves: Engine, kind: str, field: str) -> None:
    lot, quantity = ("S-lost" if kind == "unknown lot" else "S-old"), (0 if kind == "nothing" else 1)
    at, reason = (EVENING + HOUR if kind == "tomorrow" else NOON), ("other" if kind == "no word" else "damaged")

    with pytest.raises((Unknown, Invalid)) as refused:
        written_off(shelves, "B1", lot, quantity, at, reason)

    assert refused.value.field == field


def test_a_return_of_an_unknown_lot_goes_to_what_expires_first_and_may_still_be_sold(shelves: Engine) -> None:
    with writing(shelves) as session:
        return_to_stock(session, "R1", "W1", "spinach", Decimal(2), NOON, "Li")
    with writing(shelves) as session:
        tomorrow = NOON + timedelta(days=1)
        return_to_stock(session, "R2", "W1", "spinach", Decimal(3), tomorrow, "Li")

    assert (left(shelves)["W1 S-old"], left(shelves)["W1 S-new"]) == (8, 23)


def test_a_transfer_keeps_expiry_and_farm_and_changes_both_warehouses_or_none(shelves: Engine) -> None:
    with writing(shelves) as session:
        move_to_warehouse(session, "M1", Transfer("W1", "S-new", "W2", Decimal(8)), NOON, "Li")
    with writing(shelves) as session:
        move_to_warehouse(session, "M1", Transfer("W1", "S-new", "W2", Decimal(8)), NOON, "Li")

    assert (left(shelves)["W1 S-new"], left(shelves)["W2 S-new"]) == (12, 8)
    with reading(shelves) as session:
        there = session.get_one(LotRow, ("W2", "S-new"))
        assert (there.expires_on, there.supplier_id, there.received_at) == (date(2026, 3, 4), "F1", MORNING)
    with pytest.raises(NotNow, match="12 kg left"), writing(shelves) as session:
        move_to_warehouse(session, "M2", Transfer("W1", "S-new", "W2", Decimal(13)), NOON, "Li")
    assert (left(shelves)["W1 S-new"], left(shelves)["W2 S-new"]) == (12, 8)


def test_a_lot_number_that_is_taken_there_is_not_mixed_up_with_another_lot(shelves: Engine) -> None:
    with writing(shelves) as session:
        session.get_one(LotRow, ("W2", "S-w2")).expires_on = date(2026, 3, 9)
        session.add(lot_row("S-w2", "spinach", 5, TODAY))

    with writing(shelves) as session:
        move_to_warehouse(session, "M1", Transfer("W1", "S-w2", "W2", Decimal(5)), NOON, "Li")

    assert (left(shelves)["W2 S-w2"], left(shelves)["W2 S-w2-2"]) == (3, 5)


def test_stock_as_of_a_moment_is_what_was_known_then(shelves: Engine) -> None:
    with writing(shelves) as session:
        count_stock(session, "C1", StockCount("W1", NOON, [("S-new", Decimal(11))]), NOON, "Li")
    with writing(shelves) as session:
        write_off(
            session, "B1", WriteOff("W1", [("S-new", Decimal(1))], WriteOffReason.DAMAGED, EVENING), EVENING, "Li"
        )
        block_lot(session, "W1", "S-new", "smells", EVENING, "Li")

    def then(moment):
        with reading(shelves) as session:
            return {
                lot.lot_id: (int(lot.on_hand), lot.counted_at, lot.blocked_because)
                for lot in lots_as_of(session, ["W1"], moment)
            }

    assert then(MORNING - HOUR) == {}
    assert then(NOON - HOUR)["S-new"] == (20, MORNING, None)
    assert then(NOON)["S-new"] == (11, NOON, None)
    assert then(EVENING)["S-new"] == (10, NOON, "smells")
    assert then(EVENING)["S-old"] == (6, MORNING, None)
