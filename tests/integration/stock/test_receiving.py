"""Deliveries at the door: lots, inspections, purchase orders, and corrections of what was entered."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.purchase_terms import lost_after_receipt, receipt_inspections
from data.tables import InspectionRow, LotRow, PurchaseOrderRow, ReceiptRow, Stage, StockChangeRow
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.stock.counting import StockCount, count_stock
from flows.stock.inspecting import Inspection, keep_inspection
from flows.stock.receiving import Received, ReceivedLine, correct_receipt_line, receive
from flows.stock.tracing import trace_lot
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off
from tests.integration.query_plans import noted_plans

from .conftest import EVENING, MORNING, NOON, TODAY

YESTERDAY = MORNING - timedelta(hours=10)


def kg(quantity: int) -> Decimal:
    return Decimal(quantity)


@pytest.fixture
def ordered(shelves: Engine) -> Engine:
    """For W1 on Monday: 30 spinach at 6 and 20 rice from F1."""
    with writing(shelves) as session:
        lines = [
            NewPurchaseOrderLine("F1", "W1", TODAY, product, kg(quantity), unit_price=Decimal(6))
            for product, quantity in (("spinach", 30), ("rice", 20))
        ]
        place_purchase_orders(session, lines, YESTERDAY, "Wu")
    return shelves


def taken_in(engine: Engine, receipt_id: str, *lines: ReceivedLine, supplier: str | None = "F1") -> ReceiptRow:
    with writing(engine) as session:
        receipt = receive(session, receipt_id, Received("W1", supplier, NOON, lines), EVENING, "Li")
        session.expunge_all()
        return receipt


def received(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        orders = session.scalars(select(PurchaseOrderRow))
        return {line.product_id: int(line.received) for order in orders for line in order.lines}


def test_what_is_accepted_becomes_a_lot_and_all_that_came_ends_its_order(ordered: Engine) -> None:
    for _ in range(2):
        receipt = taken_in(
            ordered,
            "R1",
            ReceivedLine("spinach", kg(26), kg(2), "wilted"),
            ReceivedLine("rice", kg(25), lot_id="RICE-7", expires_on=date(2027, 1, 31)),
        )

    assert [(line.without_order, line.lot_id, line.expires_on) for line in receipt.lines] == [
        (0, "260302-001", date(2026, 3, 4)),  # three days of life
        (5, "RICE-7", date(2027, 1, 31)),
    ]
    assert received(ordered) == {"spinach": 28, "rice": 20}
    with reading(ordered) as session:
        lot = session.get_one(LotRow, ("W1", "260302-001"))
        assert (lot.quantity_on_hand, lot.quantity_received, lot.supplier_id, lot.unit_cost) == (26, 26, "F1", 6)
        assert (lot.received_at, lot.counted_at, lot.known_at) == (NOON, NOON, EVENING)
        changes = session.scalars(select(StockChangeRow).order_by(StockChangeRow.lot_id)).all()
        assert [(row.action_id, row.kind, row.left) for row in changes] == [
            ("R1", "received", 26),
            ("R1", "received", 25),
        ]
        yields = receipt_inspections(session, EVENING).set_index("product_id")
        assert yields.loc["spinach", ["inspected", "accepted"]].tolist() == [28, 26]
    with pytest.raises(NotNow, match="of another delivery"):
        taken_in(ordered, "R1", ReceivedLine("rice", kg(25)))


def test_a_partial_delivery_leaves_the_rest_under_way_and_a_second_one_ends_it(ordered: Engine) -> None:
    taken_in(ordered, "R1", ReceivedLine("spinach", kg(20)), supplier=None)
    with reading(ordered) as session:
        [order] = session.scalars(select(PurchaseOrderRow))
        assert order.closed_at is None

    second = taken_in(ordered, "R2", ReceivedLine("spinach", kg(10)), ReceivedLine("rice", NOTHING, kg(20), "wet"))

    assert [line.without_order for line in second.lines] == [0, 0]
    assert second.lines[1].lot_id is None
    with reading(ordered) as session:
        [order] = session.scalars(select(PurchaseOrderRow))
        assert order.closed_at == NOON


NOTHING = kg(0)


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (ReceivedLine("spinach", NOTHING), Invalid, "Nothing came"),
        (ReceivedLine("spinach", kg(1), kg(1)), Invalid, "what was wrong"),
        (ReceivedLine("spinach", kg(1), expires_on=date(2026, 3, 1)), Invalid, "before the day of receipt"),
        (ReceivedLine("kale", kg(1)), Unknown, "kale"),
        (ReceivedLine("spinach", kg(-1)), Invalid, "at least 0"),
        (ReceivedLine("spinach", kg(1), lot_id="S-new"), NotNow, "S-new is in warehouse W1 already"),
    ],
)
def test_a_receipt_that_cannot_be_leaves_nothing_behind(ordered: Engine, line: ReceivedLine, error, words: str) -> None:
    with pytest.raises(error, match=words):
        taken_in(ordered, "R1", ReceivedLine("rice", kg(20)), line)

    assert received(ordered) == {"spinach": 0, "rice": 0}
    with reading(ordered) as session:
        assert session.scalars(select(StockChangeRow)).all() == []


def test_a_delivery_counts_against_the_order_that_it_names_which_must_be_its_supplier_s(ordered: Engine) -> None:
    with writing(ordered) as session:
        later = NewPurchaseOrderLine("F1", "W1", TODAY + timedelta(days=1), "spinach", kg(15))
        [order] = place_purchase_orders(session, [later], YESTERDAY, "Wu")
        named = {"purchase_order_id": order.purchase_order_id}
        came = Received("W1", "F1", NOON, [ReceivedLine("spinach", kg(12))], **named)
        receive(session, "R1", came, EVENING, "Li")
        assert order.lines[0].received == 12
    assert received(ordered)["rice"] == 0
    with pytest.raises(Invalid, match="is of supplier F1 for warehouse W1"), writing(ordered) as session:
        receive(session, "R2", replace(came, supplier_id="F2"), EVENING, "Li")
    with pytest.raises(Unknown, match="PO-none"), writing(ordered) as session:
        receive(session, "R2", replace(came, purchase_order_id="PO-none"), EVENING, "Li")


def test_a_corrected_line_corrects_its_lot_its_order_and_its_inspection(ordered: Engine) -> None:
    taken_in(ordered, "R1", ReceivedLine("spinach", kg(35)))
    with writing(ordered) as session:
        asked = WriteOff("W1", [("260302-001", kg(4))], WriteOffReason.DAMAGED, EVENING)
        write_off(session, "B1", asked, EVENING, "Li")

    for _ in range(2):
        with writing(ordered) as session:
            line = ReceivedLine("spinach", kg(25), kg(3), "wilted")
            corrected = correct_receipt_line(session, "R1", 1, line, EVENING, "Li").lines[0]
            assert corrected.without_order == 0

    assert received(ordered)["spinach"] == 28
    with reading(ordered) as session:
        lot = session.get_one(LotRow, ("W1", "260302-001"))
        assert (lot.quantity_received, lot.quantity_on_hand) == (25, 21)
        [inspection] = session.scalars(select(InspectionRow))
        assert (inspection.inspected_quantity, inspection.accepted_quantity) == (28, 25)
    with pytest.raises(NotNow, match="21 kg left"), writing(ordered) as session:
        correct_receipt_line(session, "R1", 1, ReceivedLine("spinach", kg(3)), EVENING, "Li")
    assert received(ordered)["spinach"] == 28


def test_a_correction_leaves_what_a_count_has_found_since(ordered: Engine) -> None:
    taken_in(ordered, "R1", ReceivedLine("spinach", kg(30)))
    with writing(ordered) as session:
        count_stock(session, "C1", StockCount("W1", EVENING, [("260302-001", kg(24))]), EVENING, "Li")
        correct_receipt_line(session, "R1", 1, ReceivedLine("spinach", kg(27)), EVENING, "Li")

    with reading(ordered) as session:
        lot = session.get_one(LotRow, ("W1", "260302-001"))
        assert (lot.quantity_received, lot.quantity_on_hand) == (27, 24)
    assert received(ordered)["spinach"] == 27


def test_what_is_rejected_before_dispatch_or_complained_about_is_lost_of_its_lot_and_farm(shelves: Engine) -> None:
    taken_in(shelves, "R1", ReceivedLine("spinach", kg(28), kg(2), "wilted"))
    seen = {
        "I1": Inspection(Stage.DISPATCH, "spinach", kg(5), kg(3), NOON, None, "W1", "260302-001"),
        "I2": Inspection(Stage.COMPLAINT, "spinach", kg(1), NOTHING, NOON, None, "W1", "260302-001"),
        "I3": Inspection(Stage.DISPATCH, "spinach", kg(5), kg(5), NOON, None, "W1"),
        "I4": Inspection(Stage.DISPATCH, "spinach", kg(5), kg(4), NOON, None, "W1"),
        "I5": Inspection(Stage.ORIGIN, "spinach", kg(50), kg(10), MORNING, "F1"),
    }
    with writing(shelves) as session:
        for inspection_id, made in seen.items():
            keep_inspection(session, inspection_id, made, EVENING)

    with reading(shelves) as session:
        came, gone = receipt_inspections(session, EVENING), lost_after_receipt(session, EVENING)
        assert lost_after_receipt(session, EVENING - timedelta(minutes=1)).empty, "not known yet"
        assert lost_after_receipt(session, EVENING + timedelta(days=366)).empty, "too long ago"
    assert came["lot"].tolist() == ["W1/260302-001"]
    rows = gone.astype(object).where(gone.notna(), None).sort_values("quantity", kind="stable")
    assert sorted(rows["quantity"]) == [1, 1, 2]
    of_lot = rows[rows["lot"] == "W1/260302-001"]
    assert (of_lot["supplier_id"] == "F1").all()
    assert of_lot["quantity"].sum() == 3
    assert rows[rows["lot"].isna()]["supplier_id"].tolist() == [None]


def test_inspections_apart_from_receipts_are_none_of_them(shelves: Engine) -> None:
    origin = Inspection(Stage.ORIGIN, "spinach", kg(40), kg(30), MORNING, "F2", residues="chlorpyrifos 0.02 mg/kg")
    complaint = Inspection(Stage.COMPLAINT, "spinach", kg(1), NOTHING, NOON, None, "W1", "S-new", "slimy")
    with writing(shelves) as session:
        keep_inspection(session, "I1", origin, EVENING)
        assert keep_inspection(session, "I2", complaint, EVENING).supplier_id == "F1"  # by its lot
        keep_inspection(session, "I2", complaint, EVENING)

    with reading(shelves) as session:
        assert session.get_one(InspectionRow, "I1").residues == "chlorpyrifos 0.02 mg/kg"
        assert receipt_inspections(session, EVENING).empty
    with pytest.raises(NotNow, match="with the receipt"), writing(shelves) as session:
        keep_inspection(session, "I3", Inspection(Stage.RECEIPT, "spinach", kg(1), kg(1), NOON), EVENING)
    with pytest.raises(Invalid, match="than was inspected"), writing(shelves) as session:
        keep_inspection(session, "I4", Inspection(Stage.DISPATCH, "spinach", kg(1), kg(2), NOON), EVENING)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_inspected_is_found_by_when_it_was_known_and_by_its_lot(shelves: Engine) -> None:
    taken_in(shelves, "R1", ReceivedLine("spinach", kg(28), kg(2), "wilted"))
    with noted_plans(shelves) as steps, reading(shelves) as session:
        receipt_inspections(session, EVENING)
        lost_after_receipt(session, EVENING)
        trace_lot(session, "W1", "260302-001", EVENING)

    found = [re.sub(r".*\(", "(", step) for step in steps if " inspections" in step]
    assert found == 2 * ["(stage=? AND known_at>? AND known_at<?)"] + ["(warehouse_id=? AND lot_id=?)"]
