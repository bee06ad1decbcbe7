"""Importing documented files: what is kept, what is refused and with which words, and that twice is once."""

import csv
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading
from data.frames.purchase_terms import offers_known_at
from data.importers.importing import KINDS, import_file
from data.importers.problems import BadFile
from data.importers.result import ImportResult
from data.tables import (
    Base,
    DailyAvailabilityRow,
    DailySalesRow,
    InspectionRow,
    LimitRow,
    LotRow,
    OfferRow,
    OrderLineRow,
    ProductRow,
    PromotionRow,
    ReadingRow,
    SlotRow,
    WarehouseRow,
    WeatherRow,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
FILES = {
    "warehouses": "warehouse_id,name,city,timezone\nW1,Xihu,Hangzhou,Asia/Shanghai\nC1,Loop,Chicago,America/Chicago\n",
    "products": 'product_id,name,category,band,unit,list_price\nP1,"Spinach, washed",leaf,leaf,kg,12.5\n'
    "P2,鸡蛋,dairy,chilled,piece,\n",
    "suppliers": "supplier_id,name,kind\nS1,Green Farm,farm\n",
    "zones": "zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m\nZ1,W1,Cold,leaf,0,0,5,4\n"
    "Z2,C1,Cold,leaf,0,0,5,4\n",
    "sensors": "sensor_id,zone_id,name\nT1,Z1,door\nT2,Z2,door\n",
    "orders": "order_id,line_no,warehouse_id,product_id,ordered_at,quantity,unit_price\n"
    "A,1,W1,P1,2026-03-01T08:30:00,0.5,12.5\nA,2,W1,P2,2026-03-01T08:30:00+08:00,6,\n",
}
OTHER_FILES = {
    "shelf-life-classes": "class_id,band,q10,reference_c,valid_from_c,valid_until_c,source\n"
    "herbs,leaf,3,3,0,20,our trial\n",
    "supplier-terms": "supplier_id,valid_from,delivery_cost,min_order_value,min_order_packs\nS1,2026-01-01,40,100,5\n",
    "category-terms": "category,known_at,goodwill\nleaf,2026-01-05T08:00Z,1.5\n,2026-01-05T08:00Z,1\n",
    "transfer-terms": "from_warehouse_id,to_warehouse_id,valid_from,hours,drive_cost,cost_per_unit\n"
    "W1,C1,2026-01-01,3,35,0.2\n",
    "closures": "supplier_id,first_day,last_day\nS1,2026-02-16,2026-02-22\n",
    "limits": "zone_id,valid_from,low_c,high_c\nZ1,2026-01-01T00:00,1,4\n",
    "floor-points": "warehouse_id,point,x_m,y_m\nW1,start,0,5.2\nW1,dock,9,5.2\n",
    "walkways": "warehouse_id,number,from_x_m,from_y_m,to_x_m,to_y_m\nW1,1,0,5.2,9,5.2\n",
    "slots": "slot_id,warehouse_id,zone_id,x_m,y_m,distance_m,volume_l,product_id\n"
    "A1,W1,Z1,1,1,3.5,40,P1\nA2,W1,Z1,2,1,4,40,\n",
    "offers": "offer_id,supplier_id,product_id,pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,"
    'tier_min_quantity,unit_price\nO1,S1,P1,5,10,1,"1,3,5",2026-01-01,0,8\nO1,S1,P1,5,10,1,"1,3,5",2026-01-01,50,7.5\n',
    "handovers": "warehouse_id,order_id,delivered_at\nW1,A,2026-03-01T09:01:00\n",
    "sales": "warehouse_id,product_id,date,sales\nW1,P1,2026-03-01,3.5\nW1,P2,2026-03-01,0\n",
    "availability": "warehouse_id,product_id,date,hour,in_stock\n"
    + "".join(f"W1,P1,2026-03-01,{hour},{int(hour < 18)}\n" for hour in range(24)),
    "promotions": "warehouse_id,product_id,starts_on,ends_on,discount,promoted,known_at\n"
    "W1,P1,2026-03-02,2026-03-04,0.8,1,2026-02-20T09:00:00\n",
    "events": "event_id,name,kind,first_day,last_day,warehouse_id,closed\n"
    "E1,Autumn Fair,fair,2026-03-20,2026-03-22,W1,0\nE2,Stocktaking,closed,2026-03-31,2026-03-31,,1\n",
    "weather": "warehouse_id,date,temperature_c,precipitation_mm,observed,issued_at\nW1,2026-03-01,11.5,0,1,\n"
    "W1,2026-03-11,9,2.5,0,2026-03-10T06:00:00+08:00\n",
    "purchase-orders": "supplier_id,warehouse_id,delivery_date,ordered_at,product_id,quantity,unit_price\n"
    "S1,W1,2026-03-02,2026-03-01T20:00:00,P1,40,5.5\nS1,W1,2026-03-02,2026-03-01T20:00:00+08:00,P2,6,\n",
    "inspections": "inspection_id,stage,supplier_id,product_id,warehouse_id,inspected_at,inspected_quantity,"
    "accepted_quantity\nI1,receipt,S1,P1,W1,2026-03-01T06:00:00,100,97\n",
    "lots": "lot_id,warehouse_id,product_id,supplier_id,received_at,expires_on,quantity_received\n"
    "L1,W1,P1,S1,2026-03-01T06:00:00,2026-03-04,97\n",
    "stock": "warehouse_id,product_id,quantity,counted_at\nW1,P1,97,2026-03-01T22:00:00\n",
    "readings": "sensor_id,taken_at,temperature_c\nT1,2026-03-01T08:00:00,3.5\nT1,2026-03-01T08:15:00,-1\n",
    "courier-terms": 'warehouse_id,promise_minutes,dear_hours\nW1,30,"11,12"\nC1,,\n',
    "travel-times": "warehouse_id,from_place,to_place,minutes,orders\nW1,warehouse,north,6.5,120\n"
    "W1,north,warehouse,7,\n",
    "names": "kind,id,language,name\nwarehouses,W1,zh,徐汇\ncategories,leaf,zh,叶菜\n",
}
Import = Callable[..., ImportResult]
# what is refused before the database is asked needs no second database
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def imported(engine: Engine, tmp_path: Path) -> Import:
    """Imports a text as a file of a kind, into a database that has warehouses, products, suppliers, sensors, orders."""

    def import_text(kind: str, text: str, **options: bool) -> ImportResult:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        return import_file(engine, kind, path, now=NOW, **options)

    for kind, text in FILES.items():
        import_text(kind, text)
    return import_text


def everything(engine: Engine) -> dict[str, list[tuple]]:
    with reading(engine) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all())) for table in Base.metadata.sorted_tables
        }


def rows_of(engine: Engine, table) -> list:
    with reading(engine) as session:
        return list(session.scalars(select(table).order_by(*table.__table__.primary_key)))


@pytest.mark.parametrize("kind", OTHER_FILES)
def test_a_file_imported_twice_changes_nothing(engine: Engine, imported: Import, kind: str) -> None:
    first = imported(kind, OTHER_FILES[kind])
    kept = everything(engine)

    again = imported(kind, OTHER_FILES[kind])

    assert first.rows == again.rows > 0
    assert everything(engine) == kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_parquet_file_says_the_same_as_the_csv_file(engine: Engine, tmp_path: Path, imported: Import, kind) -> None:
    text = (FILES | OTHER_FILES)[kind]
    imported(kind, text)
    kept = everything(engine)
    csv_path, parquet_path = tmp_path / f"{kind}.csv", tmp_path / f"{kind}.parquet"
    frame = pd.read_csv(csv_path)
    for name in {"date", "ordered_at"} & set(frame):  # Parquet files have days and moments of their own
        frame[name] = pd.to_datetime(frame[name], utc=name == "ordered_at", format="mixed")
        if name == "ordered_at":  # the first line is local to Shanghai
            frame.loc[0, name] -= pd.Timedelta(hours=8)
    frame.to_parquet(parquet_path)

    import_file(engine, kind, parquet_path, now=NOW)

    assert everything(engine) == kept


def test_local_times_are_the_warehouse_s_and_defaults_are_the_end_of_the_day(engine: Engine, imported: Import) -> None:
    for kind, text in OTHER_FILES.items():
        imported(kind, text)

    morning = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    end_of_day = datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert [(line.ordered_at, line.known_at) for line in rows_of(engine, OrderLineRow)] == [(morning, morning)] * 2
    assert [(day.sales, day.known_at, day.hourly_sales) for day in rows_of(engine, DailySalesRow)] == [
        (3.5, end_of_day, None),
        (0.0, end_of_day, None),
    ]
    assert rows_of(engine, DailyAvailabilityRow)[0].in_stock_hours == (1 << 18) - 1
    assert [(day.observed, day.issued_at) for day in rows_of(engine, WeatherRow)] == [
        (True, end_of_day),
        (False, datetime(2026, 3, 9, 22, tzinfo=UTC)),
    ]
    assert rows_of(engine, LotRow)[0].quantity_on_hand == Decimal(97)
    assert rows_of(engine, InspectionRow)[0].accepted_quantity == Decimal(97)
    assert rows_of(engine, LimitRow)[0].high_delay_minutes == 30
    assert [slot.product_id for slot in rows_of(engine, SlotRow)] == ["P1", None]
    assert [reading.temperature_c for reading in rows_of(engine, ReadingRow)] == [3.5, -1.0]
    assert rows_of(engine, PromotionRow)[0].ends_on == date(2026, 3, 4)


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("floor-points", "warehouse_id,point,x_m,y_m\nW1,door,0,5\n",
         "line 2, column point: 'door' is not one of start, packing, dock. Write one of these words."),
        ("walkways", "warehouse_id,number,from_x_m,from_y_m,to_x_m,to_y_m\nW1,1,4,5,4,5\n",
         "line 2, column to_x_m: '4' leads to where it begins. Write where it ends, or leave the row out."),
        ("products", "product_id,name,category,band,unit,allergens\nP3,Bun,bread,ambient,piece,\"wheat, egg\"\n",
         "column allergens: 'wheat, egg' has 'wheat', which is none of gluten, .* Write these words alone"),
        ("zones", "zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m,humidity_low_pct\nZ1,W1,C,leaf,0,0,5,4,102\n",
         "column humidity_low_pct: '102' is above 100"),
    ],
)  # fmt: skip
def test_what_a_floor_cannot_have_is_refused(imported: Import, kind: str, text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        imported(kind, text)


def test_allergens_are_kept_in_one_order_and_without_them_a_product_asks_nothing(
    engine: Engine, imported: Import
) -> None:
    header = "product_id,name,category,band,unit,allergens,raw_meat"
    imported("products", f'{header}\nP3,Bun,bread,ambient,piece,"milk, egg,milk",\nP4,Rice,dry,ambient,piece,,\n')

    told = {row.product_id: (row.allergens, row.raw_meat, row.ethylene) for row in rows_of(engine, ProductRow)}
    assert told["P3"] == ("egg,milk", False, None)
    assert told["P4"] == told["P1"] == (None, False, None)


def test_the_tiers_of_an_offer_are_those_of_the_last_file(engine: Engine, imported: Import) -> None:
    imported("offers", OTHER_FILES["offers"])
    header, first, _ = OTHER_FILES["offers"].splitlines()

    imported("offers", f"{header}\n{first.removesuffix(',8')},7.9\n")

    (offer,) = rows_of(engine, OfferRow)
    assert [(tier.min_quantity, tier.unit_price) for tier in offer.tiers] == [(Decimal(0), Decimal("7.9"))]


def test_an_offer_is_known_14_days_before_it_begins_where_the_file_does_not_say(
    engine: Engine, imported: Import
) -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    imported("offers", OTHER_FILES["offers"].replace("2026-01-01", tomorrow.isoformat()))

    (offer,) = rows_of(engine, OfferRow)
    assert offer.known_at == datetime(2026, 2, 25, tzinfo=UTC)
    with reading(engine) as session:
        assert [found.offer_id for found in offers_known_at(session, NOW, tomorrow)] == ["O1"]
        assert not offers_known_at(session, offer.known_at - timedelta(seconds=1), tomorrow)


def test_hours_of_a_day_become_one_row(engine: Engine, imported: Import) -> None:
    hours = (
        "warehouse_id,product_id,date,hour,sales\nW1,P1,2026-03-01,9,1.5\nW1,P1,2026-03-01,16,2\nW1,P1,2026-03-02,9,1\n"
    )

    assert imported("sales", hours).rows == 3

    days = rows_of(engine, DailySalesRow)
    assert [day.sales for day in days] == [3.5, 1.0]
    expected = np.zeros(24, "<f4")
    expected[[9, 16]] = 1.5, 2
    assert np.array_equal(np.frombuffer(days[0].hourly_sales, "<f4"), expected)


def changed(kind: str, old: str, new: str) -> tuple[str, str]:
    text = (FILES | OTHER_FILES)[kind]
    assert old in text
    return kind, text.replace(old, new, 1)


SPRING = "sensor_id,taken_at,temperature_c\nT2,2026-03-08T02:30:00,3\n"
AUTUMN = "sensor_id,taken_at,temperature_c\nT2,2025-11-02T01:30:00,3\n"
BAD_FILES = {
    "a negative quantity": (*changed("sales", "3.5", "-3.5"), "line 2, column sales: '-3.5' is negative"),
    "not a number": (*changed("sales", "3.5", "NaN"), "column sales: 'NaN' is not a number"),
    "infinite": (*changed("sales", "3.5", "1e400"), "is not a number|is above"),
    "a decimal comma": (*changed("sales", "3.5", '"3,5"'), "Write digits with a point"),
    "an unknown product": (*changed("sales", "P2", "P9"), "line 3, column product_id: 'P9' is not among the products"),
    "an unknown warehouse": (*changed("sales", "W1,P1", "W9,P1"), "is not among the warehouses"),
    "a missing value": (*changed("sales", "3.5", ""), "column sales: is missing"),
    "a day that does not exist": (*changed("sales", "2026-03-01", "2026-02-30"), "'2026-02-30' is not a day"),
    "a day not over yet": (*changed("sales", "2026-03-01", "2026-03-10"), "is not over yet"),
    "an old year": (*changed("sales", "2026-03-01", "1926-03-01"), "lies outside the years"),
    "a missing column": (*changed("sales", "product_id,", ""), "lacks the columns product_id"),
    "an unknown column": (*changed("sales", "sales\n", "sale\n"), r"'sale' \(did you mean 'sales'\?\)"),
    "a column twice": (*changed("sales", "date,sales", "date,date"), "has the column date twice"),
    "semicolons": ("sales", "warehouse_id;product_id;date;sales\nW1;P1;2026-03-01;1\n", "not separated by commas"),
    "too many values": (*changed("sales", "3.5", "3,5"), "line 2: has 5 values, the header has 4 columns"),
    "an empty file": ("sales", "", "is empty"),
    "a header alone": ("sales", "warehouse_id,product_id,date,sales\n", "has a header but no rows"),
    "an open quote": (*changed("sales", "3.5", '"3.5'), "Check the quotes"),
    "an unknown sensor": (*changed("readings", "T1", "T9"), "'T9' is not among the sensors"),
    "a time that clocks left out": ("readings", SPRING, "does not exist in America/Chicago: clocks went forward"),
    "a time that clocks showed twice": ("readings", AUTUMN, r"came twice.*2025-11-02T01:30:00-05:00"),
    "no offset and no warehouse": (*changed("inspections", "S1,P1,W1", "S1,P1,"), "has no time zone"),
    "the same key with other values": (
        *changed("readings", "08:15:00,-1", "08:00:00,-1"),
        "line 3: is about the same sensor_id, taken_at as line 2",
    ),
    "terms that differ": (
        *changed("offers", "50,7.5", "50,7.5\nO1,S1,P1,6,10,1,1,2026-01-01,90,7"),
        "line 4: is about the same offer_id as line 2 but says otherwise",
    ),
    "not a weekday": (*changed("offers", '"1,3,5"', "Monday"), "is not a list of weekdays"),
    "a pack of nothing": (*changed("offers", "P1,5,", "P1,0,"), "is not above zero"),
    "a missing hour": (*changed("availability", "W1,P1,2026-03-01,7,1\n", ""), "a day without the hours 7"),
    "hours apart": (
        "sales",
        "warehouse_id,product_id,date,hour,sales\nW1,P1,2026-03-01,9,1\nW1,P2,2026-03-01,9,1\nW1,P1,2026-03-01,10,1\n",
        "Sort the file",
    ),
    "another band": (*changed("products", "leaf,leaf", "leaf,cold"), "is not one of leaf, chilled"),
    "another zone": (*changed("warehouses", "Asia/Shanghai", "China"), "is not a time zone"),
    "a zone of another warehouse": (*changed("slots", "A1,W1,Z1", "A1,W1,Z2"), "is a zone of warehouse C1, not of W1"),
    "limits upside down": (*changed("limits", "1,4", "4,1"), "is not below high_c"),
    "more accepted than inspected": (*changed("inspections", "100,97", "97,100"), "is more than was inspected"),
    "expired before it came": (*changed("lots", "2026-03-04", "2026-02-04"), "lies before the day of receipt"),
    "a promotion that ends before": (*changed("promotions", "2026-03-04", "2026-03-01"), "lies before starts_on"),
    "a forecast without its time": (*changed("weather", "2026-03-10T06:00:00+08:00", ""), "is missing of a forecast"),
    "weather observed too early": (*changed("weather", "1,\n", "1,2026-03-01T10:00\n"), "before the end of the day"),
}


@on_sqlite
@pytest.mark.parametrize("what", BAD_FILES)
def test_a_wrong_file_is_named_and_leaves_nothing(engine: Engine, imported: Import, what: str) -> None:
    kind, text, reason = BAD_FILES[what]
    before = everything(engine)

    with pytest.raises(BadFile, match=reason) as error:
        imported(kind, text)

    assert str(error.value).startswith(f"{kind}.csv")
    assert everything(engine) == before


def test_a_file_that_is_not_utf8_is_named_with_its_line(engine: Engine, imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(FILES["products"].encode("gbk"))

    with pytest.raises(BadFile, match=r"products\.csv, line 3: not UTF-8"):
        import_file(engine, "products", path, now=NOW)


def test_a_line_after_a_quoted_line_break_is_still_counted_right(imported: Import) -> None:
    text = 'product_id,name,category,band,unit\nP7,"Two\nlines",x,leaf,kg\nP8,One,x,leaf,ton\n'

    with pytest.raises(BadFile, match="line 4, column unit: 'ton'"):
        imported("products", text)


def test_all_bad_rows_are_counted_and_the_first_are_told(imported: Import) -> None:
    rows = "".join(f"W1,P1,2026-02-{n:02},-1\n" for n in range(1, 29))

    with pytest.raises(BadFile) as error:
        imported("sales", f"warehouse_id,product_id,date,sales\n{rows}")

    assert error.value.count == 28
    assert len(error.value.problems) == 20
    assert "28 bad rows" in str(error.value)
    assert "and 8 more" in str(error.value)


def test_bad_rows_can_be_skipped_and_stand_in_a_file_with_their_reason(engine: Engine, imported: Import) -> None:
    text = (
        "sensor_id,taken_at,temperature_c\nT1,2026-03-01T08:00:00,3.5\nT9,2026-03-01T08:15:00,3\nT1,x\n"
        "T1,2026-03-01T08:00:00,4\nT1,2026-03-01T08:30:00,3\n"
    )

    result = imported("readings", text, skip_bad_rows=True)

    assert (result.rows, result.bad_rows) == (2, 3)
    assert result.bad_rows_file is not None
    assert result.bad_rows_file.name == "readings.bad.csv"
    with result.bad_rows_file.open(newline="", encoding="utf-8") as file:
        bad = list(csv.DictReader(file))
    assert sorted(row["line"] for row in bad) == ["3", "4", "5"]
    assert all(f"line {row['line']}" in row["reason"] for row in bad)
    assert [reading.temperature_c for reading in rows_of(engine, ReadingRow)] == [3.5, 3.0]

    corrected = result.bad_rows_file.read_text().replace("T9", "T1").splitlines()[:2]
    assert imported("readings", "\n".join(corrected)).rows == 1


def test_a_day_with_a_bad_hour_is_skipped_as_a_whole(engine: Engine, imported: Import) -> None:
    rows = "W1,P1,2026-03-01,9,1.5\nW1,P1,2026-03-01,16,-2\nW1,P1,2026-03-02,9,1\n"
    hours = f"warehouse_id,product_id,date,hour,sales\n{rows}"

    result = imported("sales", hours, skip_bad_rows=True)

    assert (result.rows, result.bad_rows) == (1, 2)
    assert [day.date for day in rows_of(engine, DailySalesRow)] == [date(2026, 3, 2)]


@on_sqlite
def test_memory_does_not_grow_with_the_file(engine: Engine, imported: Import, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("data.importers.rows.files.ROWS_AT_ONCE", 500)
    monkeypatch.setattr("data.importers.row_values.REMEMBERED", 500)

    def peak_of(rows: int) -> int:
        moments = pd.date_range("2020-01-01", periods=rows, freq="min").strftime("%Y-%m-%dT%H:%M:%S+00:00")
        path = tmp_path / f"{rows}.csv"
        pd.DataFrame({"sensor_id": "T1", "taken_at": moments, "temperature_c": 3.5}).to_csv(path, index=False)
        del moments
        tracemalloc.start()
        import_file(engine, "readings", path, now=NOW)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_of(500)  # what is allocated once
    small, large = peak_of(2_000), peak_of(10_000)

    assert large < 1.3 * small
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 10_000


def test_progress_counts_the_rows_read(engine: Engine, imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(OTHER_FILES["sales"])
    read: list[int] = []

    import_file(engine, "sales", path, now=NOW, progress=read.append)

    assert sum(read) == 2


@on_sqlite
@pytest.mark.parametrize(
    ("country", "subdivision", "problem"),
    [
        ("XX", "", "column country: 'XX' is no country whose holidays are known. Write its code of ISO 3166"),
        ("de", "", "column country: 'de' is no country whose holidays are known. Write its code of ISO 3166, as DE"),
        ("DE", "XX", "column subdivision: 'XX' makes DE with XX, whose holidays are not known. Write one of BB, BE"),
        ("CN", "SH", "column subdivision: 'SH' makes CN with SH, whose holidays are not known. Leave it empty"),
        ("", "SH", "column subdivision: 'SH' makes CN with SH"),
    ],
)
def test_a_place_without_known_holidays_is_refused(imported: Import, country: str, subdivision: str, problem: str):
    header = "warehouse_id,name,city,timezone,country,subdivision"
    with pytest.raises(BadFile, match=re.escape(problem)):
        imported("warehouses", f"{header}\nW8,New,Kiel,Asia/Shanghai,{country},{subdivision}\n")


def test_a_warehouse_pays_in_its_countrys_currency_unless_another_is_written(imported: Import, engine: Engine) -> None:
    header = "warehouse_id,name,city,timezone,country"
    imported("warehouses", f"{header}\nW8,North,Kiel,Europe/Berlin,DE\nW9,South,Hangzhou,Asia/Shanghai,\n")
    imported("warehouses", f"{header},currency\nW7,West,Aarhus,Europe/Copenhagen,DE,DKK\n")
    imported("warehouses", f"{header}\nW7,West,Aarhus,Europe/Copenhagen,DE\n")  # says nothing: what is kept stays

    with reading(engine) as session:
        paid = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.currency)).tuples().all())
    assert {name: paid[name] for name in ("W7", "W8", "W9")} == {"W7": "DKK", "W8": "EUR", "W9": "CNY"}


@on_sqlite
def test_what_is_no_currency_is_refused(imported: Import) -> None:
    header = "warehouse_id,name,city,timezone,currency"
    with pytest.raises(BadFile, match=r"'eur' is no currency.*Write its code of ISO 4217, as EUR"):
        imported("warehouses", f"{header}\nW8,New,Kiel,Europe/Berlin,eur\n")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ("E1,Fair,fair,2026-03-22,2026-03-20,,", "column last_day: '2026-03-20' lies before first_day"),
        ("E1,Fair,fair,2026-03-20,2026-03-22,W1,Hangzhou", "column city: 'Hangzhou' is given beside warehouse W1"),
        ("E1,Fair,fair,2026-03-20,2026-03-22,,Atlantis", "column city: 'Atlantis' has no warehouse"),
        ("E1,Fair,fair,2026-03-20,2026-03-22,W9,", "column warehouse_id: 'W9' is not among the warehouses"),
        ("E1,Fair,fair,2026-03-20,2027-03-21,W1,", "column last_day: '2027-03-21' lies 366 days after first_day"),
        ("E1,Easter,holiday,2026-04-05,2026-04-06,W1,", "column kind: 'holiday' would be taken for a public holiday"),
        ("E1,Easter,Public_Holiday,2026-04-05,2026-04-06,,", "Leave the row out: public holidays are those of the"),
        (
            "E1,Fair,fair,2026-03-20,2026-03-22,,\nE1,Fair,fair,2026-03-10,2026-03-12,,",
            "line 3: is about the same event_id as line 2 but says otherwise. Write known_at in each of them",
        ),
    ],
)
@on_sqlite
def test_an_event_that_is_nowhere_or_never_is_refused(imported: Import, changed: str, problem: str) -> None:
    with pytest.raises(BadFile, match=re.escape(problem)):
        imported("events", f"event_id,name,kind,first_day,last_day,warehouse_id,city\n{changed}\n")
