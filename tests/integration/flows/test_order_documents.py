"""A kept purchase order as a document, and where its supplier's address comes from and never shows."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.languages import reading_in
from data.tables import (
    Language,
    NameKind,
    NameRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierRow,
    Unit,
    WarehouseRow,
)
from flows.errors import NotNow, Unknown
from flows.ordering.documents.document_of import document_of
from flows.ordering.documents.formats import WRITERS
from flows.ordering.documents.order_document import DocumentLine, Party

LATE_EVENING = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # 01:30 of Tuesday in Shanghai


@pytest.fixture
def ordered(shop: Engine) -> Engine:
    """PO-1 of spinach, milk and saffron from F1, some of it cancelled; F1 delivers from five on."""
    with writing(shop) as session:
        farm, warehouse = session.get_one(SupplierRow, "F1"), session.get_one(WarehouseRow, "W1")
        farm.address, farm.contact, farm.language, farm.delivers_from = "Jiaxing", "Li Zhe", "en", "05:00"
        warehouse.address, warehouse.contact, warehouse.currency = "478 Wensan Road", "Wang Fang", "JPY"
        lines = [
            ("spinach", "40", "5", "6.50", "10"), ("milk", "25", "10", None, "0"), ("saffron", "3", None, "1", "3"),
        ]  # fmt: skip
        session.add(
            PurchaseOrderRow(
                purchase_order_id="1", number="PO-1", supplier_id="F1", warehouse_id="W1",
                delivery_date=date(2026, 3, 4), ordered_at=LATE_EVENING, ordered_by="Li", note="crates",
                lines=[
                    PurchaseOrderLineRow(
                        line_no=number, product_id=product, quantity=Decimal(quantity), cancelled=Decimal(cancelled),
                        pack_size=pack and Decimal(pack), unit_price=price and Decimal(price),
                    )
                    for number, (product, quantity, pack, price, cancelled) in enumerate(lines, 1)
                ],
            )
        )  # fmt: skip
    return shop


def test_a_document_says_what_is_still_ordered_and_whom_it_concerns(ordered: Engine) -> None:
    with reading(ordered) as session:
        document = document_of(session, "1", "Freshfront")

    assert (document.number, document.order_date, document.delivery_date) == (
        "PO-1",
        date(2026, 3, 3),
        date(2026, 3, 4),
    )
    assert (document.delivery_from, document.delivery_until) == (time(5), None)
    assert (document.language, document.shop_name, document.note) == (Language.EN, "Freshfront", "crates")
    assert document.supplier == Party("F1", "F1", "Jiaxing", "Li Zhe")
    assert document.warehouse == Party("W1", "W1", "478 Wensan Road", "Wang Fang")
    assert document.lines == [
        DocumentLine(1, "spinach", "spinach", Decimal(30), Unit.KG, Decimal("6.5"), Decimal("195"), Decimal(6),
                     Decimal(5)),
        DocumentLine(2, "milk", "milk", Decimal(25), Unit.PIECE, None, None, None, Decimal(10)),
    ]  # fmt: skip
    assert (document.currency, document.total) == ("JPY", None)
    assert all(writer.write(document) for writer in WRITERS.values())


def test_there_is_no_document_of_what_is_not_ordered(ordered: Engine) -> None:
    with writing(ordered) as session:
        for line in session.get_one(PurchaseOrderRow, "1").lines:
            line.cancelled = line.quantity

    with reading(ordered) as session:
        with pytest.raises(NotNow, match="PO-1 was cancelled"):
            document_of(session, "1", "Freshfront")
        with pytest.raises(Unknown, match="no purchase order 2"):
            document_of(session, "2", "Freshfront")


def test_a_supplier_without_a_language_is_written_to_in_chinese_or_as_asked(ordered: Engine) -> None:
    with writing(ordered) as session:
        session.get_one(SupplierRow, "F1").language = None

    with reading(ordered) as session:
        assert document_of(session, "1", "Freshfront").language == Language.ZH
        assert document_of(session, "1", "Freshfront", Language.EN).language == Language.EN


def test_a_refused_send_address_is_not_shown(shop: Engine, tmp_path: Path) -> None:
    path = tmp_path / "suppliers.csv"
    path.write_text("supplier_id,name,kind,send_to\nF9,Nine,farm,user:secret@mail.example\n", encoding="utf-8")

    with pytest.raises(BadFile, match="column send_to: is not an address that apprise sends to") as refused:
        import_file(shop, "suppliers", path, now=LATE_EVENING)

    assert "secret" not in f"{refused.value}{refused.value.problems}"


def test_names_are_those_of_the_language_of_the_document_whoever_asks_for_it(ordered: Engine) -> None:
    with writing(ordered) as session:
        session.add_all(
            NameRow(kind=kind, id=id, language=Language.ZH, name=name)
            for kind, id, name in (
                (NameKind.PRODUCTS, "milk", "鲜牛奶"),
                (NameKind.WAREHOUSES, "W1", "徐汇"),
            )
        )  # fmt: skip
    with reading(ordered) as session:
        plain = [session.get_one(ProductRow, "milk").plain_name, session.get_one(WarehouseRow, "W1").plain_name]
        for asks in Language:
            for language, names in ((Language.EN, plain), (Language.ZH, ["鲜牛奶", "徐汇"])):
                with reading_in(asks):
                    document = document_of(session, "1", "Freshfront", language)
                assert [document.lines[1].product_name, document.warehouse.name] == names
