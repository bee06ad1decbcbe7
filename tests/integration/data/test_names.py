"""What things are called in each language: imported, refused by row, read with what has the name, found by either."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.plan_lines import LineFilter, LineSort, count_lines, line_numbers, read_lines, read_lines_as_json
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.kept.removal import remove_warehouses
from data.languages import reading_in
from data.tables import (
    ActuatorKind,
    ActuatorRow,
    Band,
    Language,
    NameKind,
    NameRow,
    PlanLineRow,
    PlanStatus,
    ProductRow,
    PurchasePlanRow,
    SensorRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)
from data.tables.names import in_order_of_names, names_of

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
DAY = date(2026, 3, 3)
ENGLISH = {"P1": "Spinach", "P2": "Apple", "P3": "Milk"}
CHINESE = {"P1": "菠菜", "P2": "苹果"}  # nobody has said what milk is called
NAMES = """kind,id,language,name
products,P1,zh,菠菜
products,P2,zh,苹果
categories,leaf vegetables,zh,叶菜
subcategories,soft leaves,zh,绿叶菜
suppliers,F1,zh,崇明农场
warehouses,W1,zh,徐汇
cities,Shanghai,zh,上海
cities,Kunshan,zh,昆山
zones,Z1,zh,叶菜区
sensors,S1,zh,门口
actuators,C1,zh,冷机
"""
Import = Callable[[str], object]


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """Two warehouses, three products of two categories, a plan with a line of each product for each warehouse."""
    with writing(engine) as session:
        for n in (1, 2):
            session.add(
                WarehouseRow(warehouse_id=f"W{n}", name=f"Front {n}", city="Shanghai", timezone="Asia/Shanghai")
            )
            session.flush()
            session.add(ZoneRow(zone_id=f"Z{n}", warehouse_id=f"W{n}", name="Leaf", band=Band.LEAF, x_m=0, y_m=0,
                                width_m=1, depth_m=1))  # fmt: skip
            session.flush()
            session.add(SensorRow(sensor_id=f"S{n}", zone_id=f"Z{n}", name="Door"))
            session.add(ActuatorRow(actuator_id=f"C{n}", zone_id=f"Z{n}", kind=ActuatorKind.COOLER, name="Cooler",
                                    topic=f"t/{n}", rule={}))  # fmt: skip
        session.add(SupplierRow(supplier_id="F1", name="Green Farm", kind="farm", city="Kunshan"))
        for product_id, name in ENGLISH.items():
            leaf = product_id == "P1"
            of = {"category": "leaf vegetables", "subcategory": "soft leaves"} if leaf else {"category": "other"}
            session.add(ProductRow(product_id=product_id, name=name, band=Band.LEAF, unit=Unit.KG, **of))
        session.flush()
        plan = PurchasePlanRow(plan_id="plan", delivery_date=DAY, origin=NOW, status=PlanStatus.DRAFT, created_at=NOW,
                               created_by="Li Na")  # fmt: skip
        plan.lines = [
            PlanLineRow(line_no=2 * n + w, warehouse_id=f"W{w}", product_id=product_id, supplier_id="F1",
                        delivery_date=DAY, covers_from=DAY, covers_until=DAY, forecast_mean=1, forecast_q10=1,
                        forecast_q50=1, forecast_q90=1, usable_stock=Decimal(0), on_order=Decimal(0),
                        planned_quantity=Decimal(1), quantity=Decimal(1), expected_shortage=0, expected_waste=0,
                        reasons=[], warnings="", version=1)
            for n, product_id in enumerate(ENGLISH) for w in (1, 2)
        ]  # fmt: skip
        session.add(plan)
    return engine


@pytest.fixture
def imported(shop: Engine, tmp_path: Path) -> Import:
    def imported(text: str) -> object:
        path = tmp_path / "names.csv"
        path.write_text(text, encoding="utf-8")
        return import_file(shop, "names", path, now=NOW)

    return imported


@contextmanager
def asked(engine: Engine) -> Iterator[list[str]]:
    """The statements that the database was asked."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        nonlocal statements
        statements += [statement] if statement.startswith("SELECT") else []

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_what_has_a_name_in_the_language_read_is_called_by_it_and_everything_else_as_it_was(
    shop: Engine, imported: Import
) -> None:
    imported(NAMES)
    with reading(shop) as session:
        keys = {SupplierRow: "F1", WarehouseRow: "W1", ZoneRow: "Z1", SensorRow: "S1", ActuatorRow: "C1"}
        rows = [session.get_one(row, key) for row, key in keys.items()]
        products = session.scalars(select(ProductRow).order_by(ProductRow.product_id)).all()
        with reading_in(Language.ZH):
            assert [row.name for row in rows] == ["崇明农场", "徐汇", "叶菜区", "门口", "冷机"]
            assert [row.name for row in products] == ["菠菜", "苹果", "Milk"]
            assert [row.category_name for row in products] == ["叶菜", "other", "other"]
            assert names_of(session, NameKind.CITIES)["Kunshan"] == "昆山"
            assert in_order_of_names(session, NameKind.CITIES, ["Shanghai", "Aarhus", "Kunshan"]) == {
                "Aarhus": "Aarhus", "Shanghai": "上海", "Kunshan": "昆山",
            }  # fmt: skip
        with reading_in(Language.EN):  # the same rows, read by somebody else
            assert [row.name for row in rows] == ["Green Farm", "Front 1", "Leaf", "Door", "Cooler"]
            assert [row.name for row in products] == list(ENGLISH.values())
            assert products[0].category_name == "leaf vegetables"
        assert [row.plain_name for row in products] == list(ENGLISH.values())


def test_a_name_in_english_is_shown_to_who_reads_english_in_place_of_a_plain_chinese_one(
    shop: Engine, imported: Import
) -> None:
    with writing(shop) as session:
        session.get_one(ProductRow, "P3").name = "鲜奶"
    imported("kind,id,language,name\nproducts,P3,en,Fresh milk\n")
    with reading(shop) as session:
        milk = session.get_one(ProductRow, "P3")
        for language, name in ((Language.EN, "Fresh milk"), (Language.ZH, "鲜奶")):
            with reading_in(language):
                asked_for = session.scalar(select(ProductRow.name).where(ProductRow.product_id == "P3"))
                assert (milk.name, asked_for) == (name, name)


def test_names_come_with_the_rows_that_have_them_and_texts_are_looked_up_once(shop: Engine, imported: Import) -> None:
    imported(NAMES)
    with reading(shop) as session, reading_in(Language.ZH), asked(shop) as statements:
        products = session.scalars(select(ProductRow)).all()
        assert len({one.name for one in products}) == 3
        assert len(statements) == 1
        assert {one.category_name for one in products} == {"叶菜", "other"}
        assert names_of(session, NameKind.CITIES)["Shanghai"] == "上海"
        assert len(statements) == 2
        read_lines(session, "plan")
        assert len(statements) == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("colours,P1,zh,菠菜", r"line 2, column kind: 'colours' is not one of products"),
        (
            "products,P9,zh,菠菜",
            r"line 2, column id: 'P9' is not among the products\. Correct it, or import the products first",
        ),
        (
            "categories,leaf,zh,叶菜",
            r"line 2, column id: 'leaf' is not among the categories\. Write it as the products have it",
        ),
        (
            "cities,Paris,zh,巴黎",
            r"line 2, column id: 'Paris' is not among the cities\. Write it as the warehouses and suppliers",
        ),
        ("products,P1,fr,épinards", r"line 2, column language: 'fr' is not one of zh, en"),
        ("products,P1,zh,", r"line 2, column name: "),
        ("products,P1,zh,菠菜\nproducts,P1,zh,赤根菜", r"kind, id, language"),
    ],
)
def test_what_cannot_be_named_is_refused_by_row_and_column(imported: Import, shop: Engine, row: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        imported(f"kind,id,language,name\n{row}\n")
    with reading(shop) as session:
        assert session.scalars(select(NameRow)).all() == []


def test_what_is_called_otherwise_has_changed_and_what_is_said_again_has_not(shop: Engine, imported: Import) -> None:
    def moments() -> dict[str, datetime]:
        with reading(shop) as session:
            return dict(session.execute(select(ProductRow.product_id, ProductRow.updated_at)).tuples().all())

    imported(NAMES)
    first = moments()
    imported(NAMES)
    assert moments() == first
    imported(NAMES.replace("苹果", "红富士"))
    assert {id for id, at in moments().items() if at != first[id]} == {"P2"}


def lines_by_product(session: Session, chosen: LineFilter, sort: LineSort) -> list[str]:
    lines = read_lines(session, "plan", chosen, sort)
    as_json = read_lines_as_json(session, "plan", chosen, sort)
    assert [line["line_no"] for line in lines] == [one.line_no for one in as_json]
    assert sorted(line["line_no"] for line in lines) == line_numbers(session, "plan", chosen)
    assert count_lines(session, "plan", chosen) == len(lines)
    return [line["product_name"] for line in lines if line["warehouse_id"] == "W1"]


def test_lines_of_a_plan_are_sorted_by_the_names_that_are_shown(shop: Engine, imported: Import) -> None:
    imported(NAMES)
    with reading(shop) as session:
        for language, names in ((Language.EN, ENGLISH), (Language.ZH, ENGLISH | CHINESE)):
            with reading_in(language):
                assert lines_by_product(session, LineFilter(), LineSort.PRODUCT) == sorted(names.values())
                assert lines_by_product(session, LineFilter(), LineSort.PRODUCT_LAST) == sorted(names.values())[::-1]
                by_category = read_lines(session, "plan", LineFilter(), LineSort.CATEGORY)
                assert [line["product_id"] == "P1" for line in by_category].index(True) == {"en": 0, "zh": 4}[language]
                by_warehouse = read_lines(session, "plan", LineFilter(), LineSort.WAREHOUSE)
                first = by_warehouse[0]["warehouse_name"], by_warehouse[-1]["warehouse_name"]
                assert first == {"en": ("Front 1", "Front 2"), "zh": ("Front 2", "徐汇")}[language]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("菠", ["P1"]),
        ("SPIN", ["P1"]),
        ("叶菜", ["P1"]),
        ("leaf veg", ["P1"]),
        ("p3", ["P3"]),
        ("果", ["P2"]),
        ("梨", []),
    ],
)
def test_a_search_finds_products_by_any_of_their_names_whatever_is_read(
    shop: Engine, imported: Import, search: str, found: list[str]
) -> None:
    imported(NAMES)
    for language in Language:
        with reading(shop) as session, reading_in(language):
            lines = read_lines(session, "plan", LineFilter(search=search))
            assert sorted({line["product_id"] for line in lines}) == found
            assert count_lines(session, "plan", LineFilter(search=search)) == len(lines) == 2 * len(found)


@pytest.mark.parametrize("words", ["菠", "SPIN"])
def test_what_is_there_is_known_by_any_of_its_names_whatever_is_read(
    shop: Engine, imported: Import, words: str
) -> None:
    imported(NAMES)
    for language in Language:
        with reading(shop) as session, reading_in(language):
            assert [row.product_id for row in session.scalars(select(ProductRow)) if row.is_called_like(words)] == [
                "P1"
            ]


def test_names_go_with_the_warehouse_whose_they_are(shop: Engine, imported: Import) -> None:
    imported(NAMES + "warehouses,W2,zh,静安\nzones,Z2,zh,叶菜二区\nsensors,S2,zh,内侧\n")
    with writing(shop) as session:
        assert remove_warehouses(session, ["W1"])["names"] == 4
    with reading(shop) as session:
        left = set(session.scalars(select(NameRow.id)))
    assert left == {"P1", "P2", "leaf vegetables", "soft leaves", "F1", "Shanghai", "Kunshan", "W2", "Z2", "S2"}
