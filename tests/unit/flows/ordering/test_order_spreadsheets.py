"""A purchase order for a spreadsheet, read back from XLSX and CSV."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from flows.ordering.documents.csv_file import as_csv
from flows.ordering.documents.order_document import OrderDocument, amount_of
from flows.ordering.documents.spreadsheet import as_xlsx


def test_a_workbook_has_a_frozen_head_a_filter_formats_and_the_total(chinese: OrderDocument) -> None:
    book = load_workbook(io.BytesIO(as_xlsx(chinese)))
    lines, details = book.worksheets

    assert [sheet.title for sheet in book] == ["采购订单", "订单信息"]
    assert lines["A1"].value == "采购订单 PO-20261127-014   2026年11月28日星期六  05:00–07:30  西湖前置仓"
    rows = [[cell.value for cell in row] for row in lines.iter_rows(min_row=2)]
    assert rows == [
        ["序号", "商品编号", "品名", "包装规格", "件数", "数量", "单位", "单价", "金额"],
        [1, "P-1", "菠菜", 5, 8, 40, "公斤", 6.5, 260],
        [2, "P-2", "鸡蛋", None, None, 1200, "个", 0.7125, 855],
        [3, "P-3", "冬瓜", None, None, 12.345, "公斤", 3.33, 41.11],
        [None, None, None, None, None, None, None, "合计", 1156.11],
    ]
    assert (lines.freeze_panes, lines.auto_filter.ref) == ("A3", "A2:I5")
    assert [lines[cell].number_format for cell in ("F3", "F5", "H4", "I3", "I6")] == [
        *("#,##0", "#,##0.0##", "#,##0.00##", "#,##0.00", "#,##0.00"),
    ]
    assert lines.column_dimensions["C"].width > lines.column_dimensions["A"].width
    facts = {row[0].value: row[1].value for row in details.iter_rows()}
    assert facts["送货日期"] == datetime(2026, 11, 28)  # noqa: DTZ001 - a spreadsheet's day has no zone
    assert facts["收货地址"] == "杭州市西湖区文三路 478 号\n后门"
    assert facts["供应商"] == "绿源蔬菜合作社 (S7)"


def test_csv_has_a_row_a_line_that_says_the_whole_order(english: OrderDocument) -> None:
    data = as_csv(english)

    assert data.startswith("\ufeff".encode())
    first, _, third = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert first == {
        "Purchase order": "PO-20261127-014", "Order date": "2026-11-27", "Buyer": "Freshfront", "Supplier no.": "S7",
        "Supplier": "Green Spring", "Warehouse no.": "W1", "Warehouse": "Xihu warehouse",
        "Delivery date": "2026-11-28", "Deliver from": "05:00", "Deliver until": "07:30", "No.": "1",
        "Product no.": "P-1", "Product": "Product 1", "Pack": "5", "Packs": "8", "Quantity": "40", "Unit": "kg",
        "Unit price": "6.5", "Amount": "260", "Currency": "CNY", "Note": "",
    }  # fmt: skip
    assert (third["Quantity"], third["Amount"], third["Packs"]) == ("12.345", "41.11", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_names_from_outside_are_no_formulas(chinese: OrderDocument, start: str) -> None:
    evil = f'{start}HYPERLINK("http://evil")'
    party = replace(chinese.supplier, name=evil, address=evil, contact=evil)
    line = replace(chinese.lines[0], product_name=evil, product_id=evil)
    document = replace(chinese, supplier=party, lines=[line], note=evil, shop_name=evil)

    [row] = csv.DictReader(io.StringIO(as_csv(document).decode("utf-8-sig"), newline=""))
    assert [row[name] for name in ("采购方", "供应商", "商品编号", "品名", "备注")] == [f"'{evil}"] * 5
    for sheet in load_workbook(io.BytesIO(as_xlsx(document))):
        for cells in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in cells)


def test_a_workbook_leaves_out_characters_that_it_cannot_hold(chinese: OrderDocument) -> None:
    line = replace(chinese.lines[0], product_name="菠\x08菜\ufffe🍅")

    book = load_workbook(io.BytesIO(as_xlsx(replace(chinese, lines=[line]))))

    assert book.worksheets[0]["C3"].value == "菠菜🍅"


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "amount"),
    [
        ("3", "0.335", "CNY", "1.01"),  # 1.005, half up
        ("1", "1.0049", "CNY", "1.00"),
        ("3", "10.5", "JPY", "32"),
        ("999999999.999", "999999.9999", "CNY", "999999999899000.00"),
    ],
)
def test_an_amount_is_rounded_to_the_smallest_coin(quantity: str, price: str, currency: str, amount: str) -> None:
    assert str(amount_of(Decimal(quantity), Decimal(price), currency)) == amount
