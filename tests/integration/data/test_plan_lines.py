"""The lines of a plan as SQL finds, sorts and writes them, beside the mapped rows and plain Python."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.plan_lines import (
    NAMES,
    LineFilter,
    LineSort,
    LinesShown,
    count_lines,
    line_numbers,
    read_lines,
    read_lines_as_json,
)
from data.own_warehouses import see_only
from data.tables import (
    Band,
    EditReason,
    PlanLineRow,
    PlanStatus,
    ProductRow,
    PurchasePlanRow,
    SupplierRow,
    Unit,
    WarehouseRow,
)

NOW = datetime(2026, 3, 2, 2, 30, 5, 120_000, tzinfo=UTC)
DAY = date(2026, 3, 3)
PRODUCTS = ("100%_spinach", "Milk", "saffron", "Äpfel", "菠菜")


@pytest.fixture
def plan(engine: Engine) -> Engine:
    """Thirty lines of three warehouses: bought and not, edited, ordered, with and without supplier, price and
    warnings."""
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=f"W{n}", name=f"Front {9 - n}", city="杭州", timezone="Asia/Shanghai")
            for n in range(3)
        )
        session.add_all(SupplierRow(supplier_id=f"F{n}", name=f"Farm {n % 2}", kind="farm") for n in range(3))
        session.add_all(
            ProductRow(product_id=f"P{n}", name=name, category=f"C{n % 2}", band=Band.LEAF,
                       unit=Unit.KG if n % 2 else Unit.PIECE)
            for n, name in enumerate(PRODUCTS)
        )  # fmt: skip
        session.flush()
        row = PurchasePlanRow(plan_id="plan", delivery_date=DAY, origin=NOW, status=PlanStatus.DRAFT, created_at=NOW,
                              created_by="Li Na")  # fmt: skip
        row.lines = [_line(n) for n in range(30)]
        session.add(row)
    return engine


def _line(n: int) -> PlanLineRow:
    supplied = n % 4 != 3
    return PlanLineRow(
        line_no=n + 1, warehouse_id=f"W{n % 3}", product_id=f"P{n % 5}", supplier_id=f"F{n % 3}" if supplied else None,
        delivery_date=DAY + timedelta(days=n % 2), order_by=NOW + timedelta(hours=n) if supplied else None,
        covers_from=DAY, covers_until=DAY, forecast_mean=n / 7, forecast_q10=n / 9, forecast_q50=n / 7,
        forecast_q90=n / 3, usable_stock=Decimal(n) / 8, on_order=Decimal("0.001"),
        pack_size=Decimal("2.5") if supplied else None, planned_quantity=Decimal(5 * (n % 3)),
        quantity=Decimal(5 * (n % 3)),
        unit_price=Decimal("3.1415") * (n % 6) if supplied else None, expected_shortage=n / 11, expected_waste=0.0,
        at_risk=Decimal(n * 7 % 10) / 3, at_risk_short=Decimal("0.5"), one_pack_more=Decimal("-1.25"),
        reasons=[{"code": "test", "text": 'a "quoted" 菠菜 <b>'}],
        warnings=("", " no_offer ", " declined  no_offer ")[n % 3],
        edited_at=NOW if n % 5 == 0 else None, edited_by="Li Na" if n % 5 == 0 else None,
        edit_reason_code=EditReason.EVENT if n % 5 == 0 else None,
        approved_at=datetime(2026, 3, 2, 4, tzinfo=UTC) if n % 7 == 0 else None, days_of_cover=1.5, version=3,
        previous_quantity=Decimal(n % 4) if n % 3 else None,
    )  # fmt: skip


def rows_of(session: Session) -> list[Any]:
    query = (
        select(PlanLineRow, ProductRow, WarehouseRow, SupplierRow)
        .join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .order_by(PlanLineRow.line_no)
    )
    return list(session.execute(query))


def told(row: Any) -> dict[str, Any]:
    """A line from its mapped rows, as JSON has it."""
    line, product, warehouse, supplier = row
    shown: dict[str, Any] = {name: getattr(line, name) for name in NAMES if hasattr(line, name)}
    shown |= {"product_name": product.name, "category": product.category, "unit": product.unit.value}
    shown |= {"warehouse_name": warehouse.name, "currency": warehouse.currency}
    shown["supplier_name"] = supplier and supplier.name
    shown["cost"] = None if line.unit_price is None else line.quantity * line.unit_price
    shown["warnings"] = line.warnings.split()
    shown["change"] = None if line.previous_quantity is None else line.quantity - line.previous_quantity
    return {name: _plain(value) for name, value in shown.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, EditReason) else value


def test_each_value_is_that_of_the_mapped_row(plan: Engine) -> None:
    with reading(plan) as session:
        expected = [told(row) for row in rows_of(session)]
        found = [line | {"reasons": json.loads(line["reasons"])} for line in read_lines(session, "plan")]
        assert found == expected
        in_json = [json.loads(line.json) for line in read_lines_as_json(session, "plan")]
    for line, wanted in zip(in_json, expected, strict=True):
        assert line == {
            name: pytest.approx(value, rel=1e-14) if isinstance(value, float) else value
            for name, value in wanted.items()
        }


@pytest.mark.parametrize("sort", list(LineSort))
def test_pages_in_any_order_hold_every_line_once(plan: Engine, sort: LineSort) -> None:
    with reading(plan) as session:
        lines = {line["line_no"]: line for line in read_lines(session, "plan")}
        seen: list[int] = []
        after = None
        while page := read_lines_as_json(session, "plan", sort=sort, after=after, limit=7):
            seen += [line.line_no for line in page]
            after = page[-1].sorted_by, page[-1].line_no
        whole = [line["line_no"] for line in read_lines(session, "plan", sort=sort)]
        skipped = [line["line_no"] for line in read_lines(session, "plan", sort=sort, skip=5, limit=9)]
    assert seen == whole
    assert skipped == whole[5:14]
    assert sorted(seen) == sorted(lines)
    values = [lines[number][sort.column] for number in seen]
    if not sort.of_texts:  # texts follow the database's collation
        keyed = [(float("-inf") if value is None else value) for value in values]
        assert keyed == sorted(keyed, reverse=sort.descending)
    for (value, number), (next_value, next_number) in zip(
        zip(values, seen, strict=True), zip(values[1:], seen[1:], strict=True), strict=False
    ):
        assert value != next_value or number < next_number, "ties by number"


FILTERS: list[tuple[LineFilter, Callable[[Any], bool]]] = [
    (LineFilter(warehouse_id="W1"), lambda row: row[0].warehouse_id == "W1"),
    (LineFilter(supplier_id="F2"), lambda row: row[0].supplier_id == "F2"),
    (LineFilter(category="C1"), lambda row: row[1].category == "C1"),
    (LineFilter(delivery_date=DAY), lambda row: row[0].delivery_date == DAY),
    (LineFilter(warning="no_offer"), lambda row: "no_offer" in row[0].warnings.split()),
    (LineFilter(warning="offer"), lambda row: False),
    (LineFilter(search="MILK"), lambda row: row[1].name == "Milk"),
    (LineFilter(search="100%_"), lambda row: row[1].name.startswith("100%_")),
    (LineFilter(search="菠菜"), lambda row: row[1].name == "菠菜"),
    (LineFilter(search="p2"), lambda row: row[1].product_id == "P2"),
    (LineFilter(search="c0", warehouse_id="W0"), lambda row: row[1].category == "C0" and row[0].warehouse_id == "W0"),
    (LineFilter(shown=LinesShown.TO_BUY), lambda row: row[0].quantity > 0 or row[0].edited_at is not None),
    (LineFilter(shown=LinesShown.EDITED), lambda row: row[0].edited_at is not None),
    (LineFilter(shown=LinesShown.WARNED), lambda row: bool(row[0].warnings)),
    (LineFilter(shown=LinesShown.OPEN), lambda row: row[0].approved_at is None),
    (LineFilter(shown=LinesShown.ORDERED), lambda row: row[0].approved_at is not None),
    (LineFilter(shown=LinesShown.UNWARNED), lambda row: not row[0].warnings and row[0].approved_at is None),
]


@pytest.mark.parametrize(("chosen", "belongs"), FILTERS)
def test_a_filter_lets_through_what_it_says(plan: Engine, chosen: LineFilter, belongs: Callable[[Any], bool]) -> None:
    with reading(plan) as session:
        wanted = [row[0].line_no for row in rows_of(session) if belongs(row)]
        assert line_numbers(session, "plan", chosen) == wanted
        assert [line["line_no"] for line in read_lines(session, "plan", chosen)] == wanted
        by_name = read_lines(session, "plan", chosen, LineSort.PRODUCT)
        assert sorted(line["line_no"] for line in by_name) == wanted
        assert count_lines(session, "plan", chosen) == len(wanted)


def test_who_sees_some_warehouses_sees_their_lines_only(plan: Engine) -> None:
    with reading(plan) as session:
        see_only(session, lambda: frozenset({"W0", "W2"}))
        assert {line["warehouse_id"] for line in read_lines(session, "plan")} == {"W0", "W2"}
        assert count_lines(session, "plan") == 20
    with reading(plan) as session:
        see_only(session, lambda: frozenset())
        assert read_lines(session, "plan") == []
