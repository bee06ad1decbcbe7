"""What spreadsheets and habits do to files: blank rows, separators, shortened ids, zeros for prices, rows twice."""

import codecs
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import KINDS, import_file
from data.importers.problems import BadFile
from data.tables import (
    Band,
    DailySalesRow,
    LotRow,
    OfferTierRow,
    OrderLineRow,
    ProductRow,
    PromotionRow,
    SensorRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HEADER = "warehouse_id,product_id,date,sales"
# what is refused before the database is asked needs no second database
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROW_OF_A_KIND = {
    "warehouses": "warehouse_id,name,city,timezone\nW7,North,Hangzhou,Asia/Shanghai",
    "products": "product_id,name,category,band,unit\nP7,Kale,leaf,leaf,kg",
    "shelf-life-classes": "class_id,band,q10,reference_c,valid_from_c,valid_until_c,source\n"
    "herbs,leaf,3,3,0,20,our trial",
    "category-terms": "category,known_at,fill_rate_floor\nleaf,2026-01-05T08:00:00Z,0.97",
    "suppliers": "supplier_id,name,kind\nS7,Hill Farm,farm",
    "supplier-terms": "supplier_id,valid_from,delivery_cost,min_order_value,min_order_packs\nS1,2026-01-01,40,100,5",
    "transfer-terms": "from_warehouse_id,to_warehouse_id,valid_from,hours,drive_cost,cost_per_unit\n"
    "W1,W2,2026-01-01,3,35,0.2",
    "closures": "supplier_id,first_day,last_day\nS1,2026-02-16,2026-02-22",
    "purchase-orders": "supplier_id,warehouse_id,delivery_date,ordered_at,product_id,quantity\n"
    "S1,W1,2026-03-04,2026-03-02T10:00:00,P1,40",
    "offers": "offer_id,supplier_id,product_id,pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,"
    "tier_min_quantity,unit_price\nO1,S1,P1,5,10,1,1,2026-01-01,0,8",
    "orders": "order_id,line_no,warehouse_id,product_id,ordered_at,quantity\nA,1,W1,P1,2026-03-01T08:30:00,0.5",
    "handovers": "warehouse_id,order_id,delivered_at\nW1,B,2026-03-01T09:01:00",
    "sales": f"{HEADER}\nW1,P1,2026-03-01,5",
    "availability": "warehouse_id,product_id,date,hour,in_stock"
    + "".join(f"\nW1,P1,2026-03-01,{hour},1" for hour in range(24)),
    "promotions": "warehouse_id,product_id,starts_on,ends_on,discount,promoted,known_at\n"
    "W1,P1,2026-03-02,2026-03-04,0.8,1,2026-02-20T09:00:00",
    "events": "event_id,name,kind,first_day,last_day\nE7,Autumn Fair,fair,2026-03-20,2026-03-22",
    "weather": "warehouse_id,date,temperature_c\nW1,2026-03-01,11.5",
    "lots": "lot_id,warehouse_id,product_id,received_at,quantity_received\nL1,W1,P1,2026-03-01T06:00:00,97",
    "stock": "warehouse_id,product_id,quantity\nW1,P1,97",
    "inspections": "inspection_id,stage,product_id,warehouse_id,inspected_at,inspected_quantity,accepted_quantity\n"
    "I1,receipt,P1,W1,2026-03-01T06:00:00,100,97",
    "zones": "zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m\nZ7,W1,Cold,leaf,0,0,5,4",
    "limits": "zone_id,valid_from,low_c,high_c\nZ1,2026-01-01T00:00,1,4",
    "floor-points": "warehouse_id,point,x_m,y_m\nW1,start,0,5",
    "walkways": "warehouse_id,number,from_x_m,from_y_m,to_x_m,to_y_m\nW1,1,0,5,9,5",
    "slots": "slot_id,warehouse_id,zone_id,x_m,y_m,distance_m,volume_l\nA1,W1,Z1,1,1,3.5,40",
    "sensors": "sensor_id,zone_id,name\nT7,Z1,door",
    "readings": "sensor_id,taken_at,temperature_c\nT1,2026-03-01T08:00:00,3.5",
    "courier-terms": "warehouse_id,promise_minutes\nW1,30",
    "travel-times": "warehouse_id,from_place,to_place,minutes\nW1,warehouse,north,6.5",
    "names": "kind,id,language,name\nwarehouses,W1,zh,徐汇",
}


@pytest.fixture
def region(engine: Engine) -> Engine:
    """A database with two warehouses, a product, supplier, zone and sensor, and an order."""
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai")
            for name in ("W1", "W2")
        )
        session.add(SupplierRow(supplier_id="S1", name="Green Farm", kind="farm"))
        session.add(ProductRow(product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG,
                               list_price=Decimal("12.5")))  # fmt: skip
        session.flush()
        session.add(ZoneRow(zone_id="Z1", warehouse_id="W1", name="Cold", band=Band.LEAF, x_m=0, y_m=0, width_m=5,
                            depth_m=4))  # fmt: skip
        session.flush()
        session.add(SensorRow(sensor_id="T1", zone_id="Z1", name="door"))
        session.add(OrderLineRow(warehouse_id="W1", order_id="B", line_no=1, product_id="P1", quantity=Decimal(1),
                                 ordered_at=NOW - timedelta(days=30), known_at=NOW - timedelta(days=30)))  # fmt: skip
    return engine


def import_text(engine: Engine, folder: Path, kind: str, text: str, **options: bool) -> int:
    path = folder / f"{kind}.csv"
    path.write_bytes(text.encode())
    return import_file(engine, kind, path, now=NOW, **options).rows


def sold(engine: Engine) -> list[float]:
    with reading(engine) as session:
        return list(session.scalars(select(DailySalesRow.sales).order_by(DailySalesRow.date)))


@on_sqlite
@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_value_are_passed_over_in_every_kind(region: Engine, tmp_path: Path, kind: str) -> None:
    header, *rows = ROW_OF_A_KIND[kind].split("\n")
    empty = "," * header.count(",")
    blank = '" "' + empty

    kept = import_text(region, tmp_path, kind, "\n".join([header, empty, *rows, blank, ",,", "", empty, ""]))

    assert kept == len(rows)


@on_sqlite
def test_a_day_by_hour_stays_whole_across_a_blank_row(region: Engine, tmp_path: Path) -> None:
    rows = "W1,P1,2026-03-01,9,2\n,,,,\nW1,P1,2026-03-01,10,3\n"

    import_text(region, tmp_path, "sales", f"warehouse_id,product_id,date,hour,sales\n{rows}")

    assert sold(region) == [5.0]


@on_sqlite
@pytest.mark.parametrize(
    "text",
    [
        f"sep=,\n{HEADER}\nW1,P1,2026-03-01,5\n",
        f"SEP=,,,,\r\n{HEADER}\r\nW1,P1,2026-03-01,5\r\n",
        f'"sep=;"\n{HEADER}\nW1,P1,2026-03-01,5\n'.replace(",", ";"),
        f"sep=;\n{HEADER}\nW1,P1,2026-03-01,5\n".replace(",", ";"),
        f"sep=\t\n{HEADER}\nW1,P1,2026-03-01,5\n".replace(",", "\t"),
        f"\ufeffsep=,\n{HEADER}\nW1,P1,2026-03-01,5\n",
        f"\ufeff{HEADER}\nW1,P1,2026-03-01,5\n",
        f"\n,,,\n{HEADER}\nW1,P1,2026-03-01,5\n",
        f"{HEADER},,\nW1,P1,2026-03-01,5,,\n",
        f"{HEADER},,\nW1,P1,2026-03-01,5\n",
        f"{HEADER}\nW1,P1,2026-03-01,5,, \n",
    ],
)
def test_what_spreadsheets_put_around_a_table_is_passed_over(region: Engine, tmp_path: Path, text: str) -> None:
    import_text(region, tmp_path, "sales", text)

    assert sold(region) == [5.0]


@on_sqlite
def test_lines_are_those_of_the_file_whatever_was_passed_over(region: Engine, tmp_path: Path) -> None:
    text = f"sep=,\n{HEADER}\n,,,\n\nW1,P1,2026-03-01,5\nW1,P1,2026-03-02,-5\n"

    with pytest.raises(BadFile, match=r"line 6, column sales: '-5' is negative"):
        import_text(region, tmp_path, "sales", text)
    with pytest.raises(BadFile, match=r"line 3: .*Check the quotes"):
        import_text(region, tmp_path, "sales", f'sep=,\n{HEADER}\nW1,P1,2026-03-01,"5')


@on_sqlite
def test_a_value_in_a_column_without_a_name_is_refused(region: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="line 2: has 5 values, the header has 4 columns"):
        import_text(region, tmp_path, "sales", f"{HEADER},\nW1,P1,2026-03-01,5,1\n")


@on_sqlite
def test_a_file_of_utf16_with_a_byte_order_mark_is_refused(region: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(codecs.BOM_UTF16_LE + HEADER.encode("utf-16-le"))

    with pytest.raises(BadFile, match="not UTF-8"):
        import_file(region, "sales", path, now=NOW)


IDS = [(kind.name, c.name) for kind in KINDS.values() for c in kind.columns if c.type.name == "id" and c.required]


@on_sqlite
@pytest.mark.parametrize(("kind", "column"), IDS)
def test_an_id_that_a_spreadsheet_shortened_is_refused_in_every_column(
    region: Engine, tmp_path: Path, kind: str, column: str
) -> None:
    header, first, *rest = ROW_OF_A_KIND[kind].split("\n")
    cells = first.split(",")
    cells[header.split(",").index(column)] = "6.93E+12"

    with pytest.raises(BadFile, match=rf"line 2, column {column}: '6.93E\+12' .*Format the column as text"):
        import_text(region, tmp_path, kind, "\n".join([header, ",".join(cells), *rest]))


@on_sqlite
@pytest.mark.parametrize(
    ("discount", "remedy"),
    [
        ("8", "0.8 for 80% of it"),
        ("8.5", "0.85 for 85% of it"),
        ("85", "0.85 for 85% of it, 0.15 for 85% off"),
        ("20%", "0.2 for 20% of it, 0.8 for 20% off"),
        ("8折", "0.8 for 80% of it"),
        ("100", "at most 1"),
        ("1.2", "at most 1"),
        ("0", "Write 1 for the full price"),
        ("-0.2", "is negative"),
    ],
)
def test_a_discount_that_is_no_part_of_the_list_price_is_refused(
    region: Engine, tmp_path: Path, discount: str, remedy: str
) -> None:
    with pytest.raises(BadFile, match=f"line 2, column discount: '{discount}' .*{remedy}"):
        import_text(region, tmp_path, "promotions", ROW_OF_A_KIND["promotions"].replace("0.8", discount))


@on_sqlite
@pytest.mark.parametrize(("discount", "kept"), [("1", 1.0), ("0.05", 0.05), ("0.8", 0.8)])
def test_a_part_of_the_list_price_is_kept(region: Engine, tmp_path: Path, discount: str, kept: float) -> None:
    import_text(region, tmp_path, "promotions", ROW_OF_A_KIND["promotions"].replace("0.8", discount))

    with reading(region) as session:
        assert session.scalars(select(PromotionRow.discount)).all() == [kept]


@on_sqlite
@pytest.mark.parametrize(("price", "kept"), [("0", None), ("0.00", None), ("", None), ("3.5", Decimal("3.5"))])
def test_a_price_or_cost_of_0_is_one_that_the_source_does_not_know(
    region: Engine, tmp_path: Path, price: str, kept: Decimal | None
) -> None:
    import_text(
        region, tmp_path, "products", f"product_id,name,category,band,unit,list_price\nP1,Kale,leaf,leaf,kg,{price}"
    )
    lot = f"{ROW_OF_A_KIND['lots']},{price}".replace("quantity_received", "quantity_received,unit_cost")
    import_text(region, tmp_path, "lots", lot)

    with reading(region) as session:
        assert session.get_one(ProductRow, "P1").list_price == kept
        assert session.get_one(LotRow, ("W1", "L1")).unit_cost == kept


@on_sqlite
@pytest.mark.parametrize("price", ["0", "0.00001", "-1"])
def test_an_offer_without_a_price_is_refused(region: Engine, tmp_path: Path, price: str) -> None:
    text = ROW_OF_A_KIND["offers"].removesuffix(",8") + f",{price}"

    with pytest.raises(BadFile, match=r"line 2, column unit_price: '.*' is (not above zero|negative)"):
        import_text(region, tmp_path, "offers", text)

    with reading(region) as session:
        assert session.scalars(select(OfferTierRow)).all() == []


@on_sqlite
@pytest.mark.parametrize("kind", KINDS)
def test_two_equal_rows_of_one_key_are_refused_in_every_kind(region: Engine, tmp_path: Path, kind: str) -> None:
    header, first, *rest = ROW_OF_A_KIND[kind].split("\n")

    with pytest.raises(BadFile, match=r"line 3: is about the same .* as line 2"):
        import_text(region, tmp_path, kind, "\n".join([header, first, first, *rest]))


@on_sqlite
def test_a_product_sold_by_two_channels_is_to_be_added_up(region: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"line 3: is about the same warehouse_id, product_id, date as line 2.*Add up"):
        import_text(region, tmp_path, "sales", f"{HEADER}\nW1,P1,2026-03-01,5\nW1,P1,2026-03-01,5\n")

    assert sold(region) == []


@on_sqlite
def test_equal_terms_on_each_tier_of_an_offer_are_one_offer(region: Engine, tmp_path: Path) -> None:
    text = ROW_OF_A_KIND["offers"]

    assert import_text(region, tmp_path, "offers", f"{text}\n{text.splitlines()[1].replace(',0,8', ',50,7')}") == 2


@on_sqlite
def test_a_correction_known_later_may_stand_in_the_same_file(region: Engine, tmp_path: Path) -> None:
    rows = "W1,P1,2026-03-01,5,2026-03-02T08:00:00\nW1,P1,2026-03-01,6,2026-03-03T08:00:00\n"

    assert import_text(region, tmp_path, "sales", f"{HEADER},known_at\n{rows}") == 2
