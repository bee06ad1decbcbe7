"""Purchase orders that were placed by phone, entered or imported afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.problems import BadFile
from data.tables import PurchaseOrderEventRow, PurchaseOrderRow
from flows.errors import Invalid, Refusal, Unknown
from flows.importing.documented_kinds import import_documented_file
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.placing import NewPurchaseOrderLine
from flows.ordering.placing_by_hand import place_by_hand
from tests.integration.ordering.conftest import CAME, DUE, ORDERED, days, kept, line, order, under_way

HEADER = "number,supplier_id,warehouse_id,delivery_date,ordered_at,product_id,quantity,unit_price"
OF_F1 = "F1,W1,2026-03-03,2026-03-02T20:00:00"
LATER = CAME + timedelta(hours=2)
Ordered = Callable[..., list[tuple[str, list[tuple[str, int]]]]]


@pytest.fixture
def ordered(shop: Engine, tmp_path: Path) -> Ordered:
    """Imports rows; returns all orders, each with its products and quantities."""

    def bring(*rows: str, header: str = HEADER) -> list[tuple[str, list[tuple[str, int]]]]:
        path = tmp_path / "purchase-orders.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        import_documented_file(shop, "purchase-orders", path, now=LATER)
        with reading(shop) as session:
            return [
                (row.number, [(of_it.product_id, int(of_it.quantity)) for of_it in row.lines])
                for row in session.scalars(select(PurchaseOrderRow).order_by(PurchaseOrderRow.number))
            ]

    return bring


def test_rows_of_one_number_or_of_one_moment_are_one_order_however_often_they_come(ordered: Ordered) -> None:
    rows = [f"T7,{OF_F1},milk,40,5.5", f",{OF_F1},kefir,6,", f"T7,{OF_F1},kefir,10,", f",{OF_F1},milk,3,"]
    expected = [("PO-20260302-001", [("kefir", 6), ("milk", 3)]), ("T7", [("milk", 40), ("kefir", 10)])]
    assert ordered(*rows) == expected
    assert ordered(*rows) == expected
    without_numbers = [row.removeprefix(",") for row in rows if row.startswith(",")]
    assert ordered(*without_numbers, header=HEADER.removeprefix("number,")) == expected


def test_a_later_file_adds_products_and_prices_and_contradicts_nothing(shop: Engine, ordered: Ordered) -> None:
    ordered(f"T7,{OF_F1},milk,40,")
    assert ordered(f"T7,{OF_F1},milk,40,5.5", f"T7,{OF_F1},kefir,6,")[0][1] == [("milk", 40), ("kefir", 6)]
    with reading(shop) as session:
        assert kept(session, "T7").lines[0].unit_price == Decimal("5.5")
    for row, words in [
        (f"T7,{OF_F1},milk,30,", "column quantity: '30' is not 40, as it was ordered"),
        ("T7,F2,W1,2026-03-03,2026-03-02T20:00:00,milk,40,", "column supplier_id: 'F2' is not F1, as order T7 has it"),
        ("T8,F1,W1,2026-03-01,2026-03-02T20:00:00,milk,40,", "column delivery_date"),
        (f"T8,{OF_F1},milk,0,", "column quantity"),
    ]:
        with pytest.raises(BadFile, match=words):
            ordered(row)
    with pytest.raises(BadFile, match="Add the two up"):
        ordered(f"T9,{OF_F1},milk,40,", f"T9,{OF_F1},milk,10,")
    with writing(shop) as session:
        cancel_purchase_order(session, "T7", LATER, "Li Na")
    ordered(f"T7,{OF_F1},milk,40,")  # as it was: it stays cancelled
    assert under_way(shop, LATER) == {}
    products = [("milk", 40), ("kefir", 6)]
    assert ordered(f"T7,{OF_F1},milk,40,") == [("T7", products)]


def test_a_number_like_ours_is_not_given_again(shop: Engine, ordered: Ordered) -> None:
    ordered(f"PO-20260302-007,{OF_F1},milk,40,", f"PO-20269999-001,{OF_F1},milk,40,")
    assert order(shop, line()) == ["PO-20260302-008"]


def test_what_came_before_its_order_was_entered_counts_against_it(
    shop: Engine, ordered: Ordered, tmp_path: Path
) -> None:
    path = tmp_path / "lots.csv"
    path.write_text(
        "lot_id,warehouse_id,product_id,received_at,quantity_received\n"
        "L0,W1,milk,2026-03-02T06:00:00,40\nL1,W1,milk,2026-03-03T06:00:00,25\nL2,W1,kefir,2026-03-03T06:00:00,9\n"
    )
    import_documented_file(shop, "lots", path, now=LATER)
    ordered(f"T7,{OF_F1},milk,40,")
    assert under_way(shop, LATER) == {("milk", DUE): 15}
    ordered(f"T7,{OF_F1},milk,40,")
    import_documented_file(shop, "lots", path, now=LATER)
    assert under_way(shop, LATER) == {("milk", DUE): 15}

    with writing(shop) as session:
        by_phone = place_by_hand(session, [line("kefir", 10)], LATER, "Li Na", ordered_at=ORDERED, note="by phone")
        assert (by_phone.note, by_phone.lines[0].received) == ("by phone", 9)
        order_id = by_phone.purchase_order_id
    assert under_way(shop, ORDERED + days(0.1)) == {("milk", DUE): 40}  # known at once by its file, the other not yet
    with reading(shop) as session:
        known = select(PurchaseOrderEventRow.known_at).where(PurchaseOrderEventRow.purchase_order_id == order_id)
        assert set(session.scalars(known)) == {LATER}


@pytest.mark.parametrize(
    ("lines", "kind", "words"),
    [
        ([], Invalid, "at least one"),
        ([line(), line("kefir", supplier_id="F2")], Invalid, "One order"),
        ([line(), line()], Invalid, "add the two up"),
        ([line(warehouse_id="W9")], Unknown, "W9"),
        ([line(supplier_id="F9")], Unknown, "F9"),
        ([line("kefri")], Unknown, "kefri"),
        ([replace(line(), quantity=Decimal(0))], Invalid, "more than 0"),
        ([line(due=date(2026, 3, 1))], Invalid, "due before"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_have_been_ordered_is_refused(
    shop: Engine, lines: list[NewPurchaseOrderLine], kind: type[Refusal], words: str
) -> None:
    with writing(shop) as session, pytest.raises(kind, match=words):
        place_by_hand(session, lines, LATER, "Li Na", ordered_at=ORDERED)
    with writing(shop) as session, pytest.raises(Invalid, match="future"):
        place_by_hand(session, [line()], ORDERED, "Li Na", ordered_at=datetime.max.replace(tzinfo=ORDERED.tzinfo))


def test_a_cancelled_order_takes_no_further_product(shop: Engine, ordered: Ordered) -> None:
    ordered(f"T7,{OF_F1},milk,40,")
    with writing(shop) as session:
        cancel_purchase_order(session, "T7", LATER, "Li Na")
    with pytest.raises(BadFile, match="new in an order that was cancelled"):
        ordered(f"T7,{OF_F1},kefir,6,")
