"""What must not change under rows that are kept: units, clocks, the warehouse of a number."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.purchase_terms import product_terms
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import (
    Band,
    DailySalesRow,
    ForecastRow,
    InspectionRow,
    LotRow,
    OfferRow,
    OrderLineRow,
    ProductRow,
    SlotRow,
    Stage,
    SupplierRow,
    Unit,
    WarehouseRow,
    WeatherRow,
    ZoneRow,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PRODUCTS = "product_id,name,category,band,unit\nP1,Spinach,leaf,leaf,{}\n"
WAREHOUSES = "warehouse_id,name,city,timezone\n{},New,Somewhere,{}\n"
LOTS = "lot_id,warehouse_id,product_id,received_at,quantity_received\nL1,{},{},2026-03-01T06:00:00,{}\n"


@pytest.fixture
def region(engine: Engine) -> Engine:
    """Two warehouses of one clock and two products; nothing else."""
    with writing(engine) as session:
        for name in ("W1", "W2"):
            session.add(WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai"))
        for name in ("P1", "P2"):
            session.add(ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG))
        for name in ("S1", "S2"):
            session.add(SupplierRow(supplier_id=name, name=name, kind="farm"))
    return engine


def keep(engine: Engine, *rows: object) -> None:
    with writing(engine) as session:
        session.add_all(rows)


def import_text(engine: Engine, folder: Path, kind: str, text: str, now: datetime = NOW) -> None:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    import_file(engine, kind, path, now=now)


def sales(warehouse_id: str, day: date = DAY) -> DailySalesRow:
    return DailySalesRow(warehouse_id=warehouse_id, product_id="P1", date=day, known_at=NOW, sales=5.5)


def unit_of(engine: Engine) -> Unit:
    with reading(engine) as session:
        return session.get_one(ProductRow, "P1").unit


HISTORY = {
    "sales": lambda: sales("W1"),
    "orders": lambda: OrderLineRow(order_id="A", line_no=1, warehouse_id="W1", product_id="P1", ordered_at=NOW,
                                   quantity=Decimal(1), known_at=NOW),
    "offers": lambda: OfferRow(offer_id="O1", supplier_id="S1", product_id="P1", pack_size=Decimal(5),
                               min_quantity=Decimal(5), lead_time_days=1, delivery_weekdays="1", valid_from=DAY,
                               known_at=NOW),
    "lots": lambda: LotRow(lot_id="L1", warehouse_id="W1", product_id="P1", received_at=NOW, known_at=NOW,
                           quantity_received=Decimal(9), quantity_on_hand=Decimal(9)),
    "inspections": lambda: InspectionRow(inspection_id="I1", stage=Stage.ORIGIN, product_id="P1", inspected_at=NOW,
                                         inspected_quantity=Decimal(9), accepted_quantity=Decimal(9), known_at=NOW),
}  # fmt: skip


@pytest.mark.parametrize("what", HISTORY)
def test_a_product_with_history_stays_in_its_unit(region: Engine, tmp_path: Path, what: str) -> None:
    keep(region, HISTORY[what]())

    with pytest.raises(BadFile, match=rf"line 2, column unit: 'piece' is not kg, as P1 is kept.*{what} \(1\)") as error:
        import_text(region, tmp_path, "products", PRODUCTS.format("piece"))

    assert "Give the product in the new unit an id of its own" in str(error.value)
    assert unit_of(region) == Unit.KG


@pytest.mark.parametrize(("unit", "in_wholes"), [("litre", False), ("money", False), ("box", True), ("bunch", True)])
def test_a_product_is_counted_in_litres_boxes_or_money_and_planned_in_wholes_where_it_is_sold_so(
    region: Engine, tmp_path: Path, unit: str, in_wholes: bool
) -> None:
    import_text(region, tmp_path, "products", PRODUCTS.format(unit))

    assert unit_of(region) == unit
    with reading(region) as session:
        assert product_terms(session, ["P1"])["in_wholes"].tolist() == [in_wholes]


@on_sqlite
def test_a_unit_that_nobody_knows_is_refused_with_those_that_there_are(region: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"line 2, column unit: 'crate' is not one of kg, litre, money, piece, .*box"):
        import_text(region, tmp_path, "products", PRODUCTS.format("crate"))


@on_sqlite
def test_all_that_is_kept_in_the_old_unit_is_counted(region: Engine, tmp_path: Path) -> None:
    keep(region, *(sales("W1", DAY + timedelta(days=n)) for n in range(3)), HISTORY["offers"]())

    with pytest.raises(BadFile, match=r"sales \(3\), offers \(1\)"):
        import_text(region, tmp_path, "products", PRODUCTS.format("piece"))


@on_sqlite
def test_a_product_without_history_may_change_its_unit(region: Engine, tmp_path: Path) -> None:
    keep(region, DailySalesRow(warehouse_id="W1", product_id="P2", date=DAY, known_at=NOW, sales=1.0))

    import_text(region, tmp_path, "products", PRODUCTS.format("piece"))

    assert unit_of(region) == Unit.PIECE


@on_sqlite
def test_a_product_with_history_may_change_in_all_else(region: Engine, tmp_path: Path) -> None:
    keep(region, sales("W1"))

    import_text(
        region, tmp_path, "products", PRODUCTS.format("kg").replace("Spinach,leaf,leaf", "Baby spinach,x,chilled")
    )

    with reading(region) as session:
        assert session.get_one(ProductRow, "P1").band == Band.CHILLED


@pytest.mark.parametrize("zone", ["Asia/Chongqing", "Asia/Harbin", "PRC", "Asia/Hong_Kong", "Asia/Singapore"])
def test_a_warehouse_by_another_name_of_the_same_clock_sells_with_the_others(
    region: Engine, tmp_path: Path, zone: str
) -> None:
    keep(region, sales("W1"))

    import_text(region, tmp_path, "warehouses", WAREHOUSES.format("W3", zone))
    import_text(region, tmp_path, "sales", "warehouse_id,product_id,date,sales\nW3,P1,2026-03-01,5\n")

    with reading(region) as session:
        assert session.get(DailySalesRow, ("W3", "P1", DAY, datetime(2026, 3, 1, 16, tzinfo=UTC))) is not None


@on_sqlite
def test_warehouses_of_several_clocks_sell_side_by_side_each_by_its_own_days(region: Engine, tmp_path: Path) -> None:
    keep(region, sales("W1"))

    import_text(region, tmp_path, "warehouses", WAREHOUSES.format("C1", "America/Chicago"))
    import_text(
        region, tmp_path, "sales", "warehouse_id,product_id,date,sales\nW1,P1,2026-03-02,5\nC1,P1,2026-03-02,5\n"
    )
    import_text(
        region, tmp_path, "orders",
        "order_id,line_no,warehouse_id,product_id,ordered_at,quantity\nA,1,C1,P1,2026-03-01T20:30:00,1\n",
    )  # fmt: skip

    with reading(region) as session:
        known = select(DailySalesRow.warehouse_id, DailySalesRow.known_at).where(DailySalesRow.date == date(2026, 3, 2))
        assert dict(session.execute(known).tuples().all()) == {
            "W1": datetime(2026, 3, 2, 16, tzinfo=UTC), "C1": datetime(2026, 3, 3, 6, tzinfo=UTC),
        }  # fmt: skip
        assert session.scalars(select(OrderLineRow.ordered_at)).one() == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@on_sqlite
@pytest.mark.parametrize(
    ("zone", "remedy"),
    [
        ("asia/shanghai", "as Asia/Shanghai"),
        ("europe/london", "as Europe/London"),
        ("America/New York", "as America/New_York"),
        ("UTC+8", "IANA name"),
        ("Beijing", "IANA name"),
    ],
)
def test_a_time_zone_written_wrong_is_refused_with_the_right_one(
    region: Engine, tmp_path: Path, zone: str, remedy: str
) -> None:
    with pytest.raises(BadFile, match=rf"line 2, column timezone: '.*' is not a time zone.*{remedy}"):
        import_text(region, tmp_path, "warehouses", WAREHOUSES.format("W3", zone))


@on_sqlite
def test_a_warehouse_with_local_days_keeps_its_clock(region: Engine, tmp_path: Path) -> None:
    day = {"date": DAY, "observed": True, "issued_at": NOW, "temperature_c": 9.0}
    keep(region, WeatherRow(warehouse_id="W1", **day))

    with pytest.raises(BadFile, match=r"column timezone: 'Asia/Tokyo' is not Asia/Shanghai, as W1 .*weather \(1\)"):
        import_text(region, tmp_path, "warehouses", WAREHOUSES.format("W1", "Asia/Tokyo"))
    import_text(region, tmp_path, "warehouses", WAREHOUSES.format("W1", "Asia/Harbin"))  # the same clock
    import_text(region, tmp_path, "warehouses", WAREHOUSES.format("W2", "Asia/Tokyo"))  # nothing is kept of it


def test_the_same_lot_number_in_two_warehouses_is_two_lots(region: Engine, tmp_path: Path) -> None:
    import_text(region, tmp_path, "lots", LOTS.format("W1", "P1", 20))
    import_text(region, tmp_path, "lots", LOTS.format("W2", "P2", 5))

    with reading(region) as session:
        lots = session.scalars(select(LotRow).order_by(LotRow.warehouse_id)).all()
    assert [(lot.warehouse_id, lot.product_id, lot.quantity_on_hand) for lot in lots] == [
        ("W1", "P1", Decimal(20)),
        ("W2", "P2", Decimal(5)),
    ]


@on_sqlite
def test_the_same_lot_number_in_two_warehouses_may_stand_in_one_file(region: Engine, tmp_path: Path) -> None:
    import_text(region, tmp_path, "lots", LOTS.format("W1", "P1", 20) + LOTS.format("W2", "P1", 5).splitlines()[1])

    with reading(region) as session:
        assert len(session.scalars(select(LotRow)).all()) == 2


@on_sqlite
def test_numbers_that_two_warehouses_share_do_not_move_what_has_them(region: Engine, tmp_path: Path) -> None:
    place = {"x_m": 0, "y_m": 0}
    keep(region, ZoneRow(zone_id="cold", warehouse_id="W1", name="Cold", band=Band.LEAF, width_m=5, depth_m=4, **place))
    keep(region, ZoneRow(zone_id="W2-c", warehouse_id="W2", name="Cold", band=Band.LEAF, width_m=5, depth_m=4, **place))
    keep(region, SlotRow(slot_id="A1", warehouse_id="W1", zone_id="cold", distance_m=1, volume_l=Decimal(9), **place))
    keep(region, HISTORY["offers"](), HISTORY["lots"](), HISTORY["inspections"]())
    with writing(region) as session:
        session.get_one(InspectionRow, "I1").warehouse_id = "W1"
    offer = (
        "offer_id,supplier_id,product_id,pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,"
        "tier_min_quantity,unit_price\nO1,{},{},5,10,1,1,2026-01-01,0,8\n"
    )
    for kind, text, column in (
        ("zones", "zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m\ncold,W2,Cold,leaf,0,0,5,4", "warehouse_id"),
        ("slots", "slot_id,warehouse_id,zone_id,x_m,y_m,distance_m,volume_l\nA1,W2,W2-c,1,1,3,40", "warehouse_id"),
        ("lots", LOTS.format("W1", "P2", 5), "product_id"),
        ("offers", offer.format("S2", "P1"), "supplier_id"),
        ("offers", offer.format("S1", "P2"), "product_id"),
        ("inspections", "inspection_id,stage,product_id,warehouse_id,inspected_at,inspected_quantity,accepted_quantity"
         "\nI1,receipt,P1,W2,2026-03-01T06:00:00,100,97", "warehouse_id"),
    ):  # fmt: skip
        with pytest.raises(BadFile, match=rf"line 2, column {column}: .* as .* is kept\. Give"):
            import_text(region, tmp_path, kind, text)


@on_sqlite
def test_forecasts_hold_a_unit_too(region: Engine, tmp_path: Path) -> None:
    numbers = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"), 1.0)
    keep(
        region,
        ForecastRow(warehouse_id="W1", product_id="P1", date=DAY, origin=NOW, model="m", **numbers),
    )

    with pytest.raises(BadFile, match=r"forecasts \(1\)"):
        import_text(region, tmp_path, "products", PRODUCTS.format("piece"))
