"""A purchase order of three lines in Chinese and English, and ways to change it."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest

from data.tables import Language, Unit
from flows.ordering.documents.order_document import DocumentLine, OrderDocument, Party

WAREHOUSE = Party("W1", "西湖前置仓", "杭州市西湖区文三路 478 号\n后门", "王芳 138 0571 2288")
SUPPLIER = Party("S7", "绿源蔬菜合作社", "嘉兴市秀洲区", "李喆 139 1234 5678")
LINES = (
    DocumentLine(1, "P-1", "菠菜", Decimal("40"), Unit.KG, Decimal("6.5"), Decimal("260.00"), Decimal(8), Decimal(5)),
    DocumentLine(2, "P-2", "鸡蛋", Decimal("1200"), Unit.PIECE, Decimal("0.7125"), Decimal("855.00")),
    DocumentLine(3, "P-3", "冬瓜", Decimal("12.345"), Unit.KG, Decimal("3.33"), Decimal("41.11")),
)


@pytest.fixture
def chinese() -> OrderDocument:
    return OrderDocument(
        number="PO-20261127-014",
        order_date=date(2026, 11, 27),
        language=Language.ZH,
        shop_name="鲜到家",
        warehouse=WAREHOUSE,
        supplier=SUPPLIER,
        delivery_date=date(2026, 11, 28),
        delivery_from=time(5),
        delivery_until=time(7, 30),
        currency="CNY",
        lines=LINES,
        note="请用周转筐",
    )


@pytest.fixture
def english(chinese: OrderDocument) -> OrderDocument:
    return replace(
        chinese,
        language=Language.EN,
        shop_name="Freshfront",
        warehouse=Party("W1", "Xihu warehouse", "478 Wensan Road", "Wang Fang"),
        supplier=Party("S7", "Green Spring", "Jiaxing", "Li Zhe"),
        lines=[replace(line, product_name=f"Product {line.line_no}") for line in LINES],
        note=None,
    )
