"""A column that a file lacks changes nothing: in every kind, for every optional column, by the kinds themselves."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.database import reading
from data.importers.importing import KINDS, import_file
from data.importers.problems import BadFile
from data.tables import Base, DailySalesRow, LimitRow, LotRow, WeatherRow
from tests.integration.conftest import Filling

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
# every column of every kind, each optional one with a value that is not its default
ROWS: dict[str, list[dict[str, object]]] = {
    "warehouses": [
        {"warehouse_id": "W1", "name": "Xihu", "city": "Hangzhou", "timezone": "Asia/Shanghai", "latitude": 30.2,
         "longitude": 120.1, "opened_on": "2025-01-01", "closed_on": "2027-12-31", "address": "478 Wensan Road",
         "contact": "Wang Fang 138", "country": "DE", "subdivision": "SH", "currency": "USD", "routing": "s-shape"},
        {"warehouse_id": "W2", "name": "Binjiang", "city": "Hangzhou", "timezone": "Asia/Shanghai"},
    ],
    "products": [
        {"product_id": "P1", "name": "Spinach", "category": "leaf", "subcategory": "spinach", "band": "leaf",
         "unit": "kg", "volume_l": 3, "shelf_life_days": 4, "list_price": 12.5, "introduced_on": "2025-02-01",
         "delisted_on": "2027-11-30", "weight_kg": 1, "humidity_low_pct": 90, "humidity_high_pct": 99,
         "ethylene": "sensitive", "odour": "takes", "allergens": "milk", "raw_meat": "yes"},
        {"product_id": "P2", "name": "Kale", "category": "leaf", "band": "leaf", "unit": "kg"},
    ],
    "shelf-life-classes": [
        {"class_id": "herbs", "band": "leaf", "category": "leaf vegetables", "subcategory": "herbs", "q10": 2.5,
         "reference_c": 12, "valid_from_c": 10, "valid_until_c": 20, "chilling_below_c": 10, "source": "our trial"},
    ],
    "category-terms": [
        {"category": "leaf", "known_at": "2026-01-05T08:00:00Z", "goodwill": 1.5, "disposal": 0.25,
         "fill_rate_floor": 0.97, "display_minimum": 2.5, "freshest_first": 0.3, "set_by": "Li Na"},
    ],
    "suppliers": [
        {"supplier_id": "S1", "name": "Green Farm", "kind": "farm", "city": "Jiaxing", "address": "Xincheng",
         "contact": "Li Zhe 139", "send_to": "mailto://u:p@host?to=farm@host", "language": "en",
         "delivers_from": "05:00", "delivers_until": "07:30"},
    ],
    "offers": [
        {"offer_id": "O1", "supplier_id": "S1", "product_id": "P1", "pack_size": 5, "min_quantity": 10,
         "daily_capacity": 300, "lead_time_days": 1, "order_cut_off": "21:30", "delivery_weekdays": "1,3",
         "valid_from": "2026-01-01", "valid_until": "2026-06-30", "known_at": "2025-12-30T08:00:00Z",
         "tier_min_quantity": tier, "unit_price": 8}
        for tier in (0, 50)
    ],
    "closures": [
        {"supplier_id": "S1", "first_day": "2026-02-16", "last_day": "2026-02-22", "known_at": "2026-01-05T08:00:00Z"},
    ],
    "supplier-terms": [
        {"supplier_id": "S1", "valid_from": "2026-01-01", "valid_until": "2026-06-30", "delivery_cost": 40,
         "min_order_value": 100, "min_order_packs": 5, "known_at": "2025-12-30T08:00:00Z"},
    ],
    "transfer-terms": [
        {"from_warehouse_id": "W1", "to_warehouse_id": "W2", "valid_from": "2026-01-01", "valid_until": "2026-06-30",
         "hours": 3, "drive_cost": 35, "cost_per_unit": 0.2, "known_at": "2025-12-30T08:00:00Z"},
    ],
    "orders": [
        {"order_id": "A", "line_no": 1, "warehouse_id": "W1", "product_id": "P1", "ordered_at": "2026-03-01T08:30:00Z",
         "quantity": 2, "unit_price": 12, "known_at": "2026-03-02T08:00:00Z", "wanted_on": "2026-03-04"},
    ],
    "handovers": [
        {"warehouse_id": "W1", "order_id": "A", "delivered_at": "2026-03-01T09:01:00Z",
         "known_at": "2026-03-02T08:00:00Z"},
    ],
    "sales": [
        {"warehouse_id": "W1", "product_id": "P1", "date": "2026-03-01", "hour": 9, "sales": 3.5,
         "known_at": "2026-03-03T08:00:00Z"},
    ],
    "availability": [
        {"warehouse_id": "W1", "product_id": "P1", "date": "2026-03-01", "hour": hour, "in_stock": int(hour < 18),
         "known_at": "2026-03-03T08:00:00Z"}
        for hour in range(24)
    ],
    "promotions": [
        {"warehouse_id": "W1", "product_id": "P1", "starts_on": "2026-03-02", "ends_on": "2026-03-04",
         "discount": 0.8, "promoted": 1, "known_at": "2026-02-20T09:00:00Z"},
    ],
    "events": [
        {"event_id": "E1", "name": "Autumn Fair", "kind": "fair", "first_day": "2026-03-20", "last_day": "2026-03-22",
         "warehouse_id": "W1", "city": None, "closed": 1, "cancelled": 1, "known_at": "2026-02-01T09:00:00Z"},
        {"event_id": "E2", "name": "Spring break", "kind": "school holidays", "first_day": "2026-04-01",
         "last_day": "2026-04-09", "city": "Hangzhou", "closed": 0, "cancelled": 0, "known_at": "2026-02-01T09:00:00Z"},
    ],
    "weather": [
        {"warehouse_id": "W1", "date": "2026-03-01", "observed": 1, "issued_at": "2026-03-02T08:00:00Z",
         "temperature_c": 11, "precipitation_mm": 2, "humidity_pct": 80, "wind_level": 3},
    ],
    "purchase-orders": [
        {"number": "T-7", "supplier_id": "S1", "warehouse_id": "W1", "delivery_date": "2026-03-02",
         "ordered_at": "2026-03-01T06:00:00Z", "product_id": "P1", "quantity": 20, "unit_price": 6,
         "ordered_by": "Li Na", "note": "by phone", "known_at": "2026-03-01T09:00:00Z"},
    ],
    "lots": [
        {"lot_id": "L1", "warehouse_id": "W1", "product_id": "P1", "supplier_id": "S1",
         "received_at": "2026-03-01T06:00:00Z", "expires_on": "2026-03-05", "quantity_received": 20,
         "quantity_on_hand": 7, "unit_cost": 6, "known_at": "2026-03-01T09:00:00Z",
         "counted_at": "2026-03-01T09:00:00Z"},
    ],
    "stock": [{"warehouse_id": "W1", "product_id": "P2", "quantity": 7, "counted_at": NOW.isoformat()}],
    "inspections": [
        {"inspection_id": "I1", "stage": "receipt", "supplier_id": "S1", "product_id": "P1", "warehouse_id": "W1",
         "lot_id": "L1", "inspected_at": "2026-03-01T06:30:00Z", "inspected_quantity": 20, "accepted_quantity": 19,
         "defect": "bruised", "residues": "none found", "known_at": "2026-03-01T09:00:00Z"},
    ],
    "zones": [
        {"zone_id": "Z1", "warehouse_id": "W1", "name": "Cold", "band": "leaf", "x_m": 0, "y_m": 0, "width_m": 5,
         "depth_m": 4, "humidity_low_pct": 92, "humidity_high_pct": 98},
    ],
    "limits": [
        {"zone_id": "Z1", "valid_from": "2026-01-01T00:00:00Z", "low_c": 1, "high_c": 4, "low_delay_minutes": 10,
         "high_delay_minutes": 20, "recovery_margin_c": 0.5},
    ],
    "floor-points": [{"warehouse_id": "W1", "point": "start", "x_m": 0, "y_m": 5}],
    "walkways": [{"warehouse_id": "W1", "number": 1, "from_x_m": 0, "from_y_m": 5, "to_x_m": 9, "to_y_m": 5}],
    "slots": [
        {"slot_id": "A1", "warehouse_id": "W1", "zone_id": "Z1", "x_m": 1, "y_m": 1, "distance_m": 3, "volume_l": 40,
         "product_id": "P1", "unusable_because": "shelf is bent", "aisle": "A", "bay": 3, "level": 1,
         "max_weight_kg": 80, "pick_face": 0},
    ],
    "sensors": [{"sensor_id": "T1", "zone_id": "Z1", "name": "door", "interval_minutes": 20, "gateway": "G1"}],
    "readings": [
        {"sensor_id": "T1", "taken_at": "2026-03-01T08:00:00Z", "temperature_c": 3.5,
         "known_at": "2026-03-01T09:00:00Z"},
    ],
    "courier-terms": [
        {"warehouse_id": "W1", "promise_minutes": 40, "promise_share": 0.9, "least_share": 0.8,
         "preparation_minutes": 7, "preparation_spread": 1, "loading_minutes": 2, "handover_minutes": 4,
         "handover_spread": 1, "batch": 2, "radius_km": 2.5, "detour": 1.4, "speed_kmh": 20, "rain_slower": 1.5,
         "shortest_hours": 3, "longest_hours": 9, "break_after_hours": 5, "break_minutes": 60,
         "employed_cost_per_hour": 28, "employed_at_most": 25, "crowd_cost_per_hour": 50, "dear_hours": "11,18",
         "dear_factor": 1.5, "rain_factor": 1.6, "pool": 12, "acceptance": 0.4, "rain_acceptance": 0.5,
         "reliability": 0.8, "set_by": "Li Na"},
    ],
    "travel-times": [
        {"warehouse_id": "W1", "from_place": "warehouse", "to_place": "north", "minutes": 6.5, "orders": 120},
    ],
    "names": [{"kind": "products", "id": "P1", "language": "zh", "name": "菠菜"}],
}  # fmt: skip
OPTIONAL = [(kind.name, column.name) for kind in KINDS.values() for column in kind.columns if not column.required]


@pytest.fixture
def filling() -> Filling:
    return import_all_rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for files, beside a database that has all of ROWS."""
    return tmp_path


def import_all_rows(engine: Engine) -> None:
    with TemporaryDirectory() as folder:
        for kind in KINDS:
            import_rows(engine, Path(folder), kind, ROWS[kind])


def import_rows(engine: Engine, folder: Path, kind: str, rows: list[dict[str, object]]) -> None:
    path = folder / f"{kind}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    import_file(engine, kind, path, now=NOW)


def without(kind: str, *columns: str, **changed: object) -> list[dict[str, object]]:
    return [{n: v for n, v in row.items() if n not in columns} | changed for row in ROWS[kind]]


def everything(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return {
            f"{table.name}: {row!r}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table)).all()
        }


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_tried_here_have_every_column(kind: str) -> None:
    assert set(ROWS[kind][0]) == {column.name for column in KINDS[kind].columns}


@pytest.mark.parametrize(("kind", "column"), OPTIONAL)
def test_a_column_that_a_file_lacks_changes_nothing(engine: Engine, folder: Path, kind: str, column: str) -> None:
    before = everything(engine)

    import_rows(engine, folder, kind, without(kind, column))

    added = everything(engine) - before
    assert before <= everything(engine)
    # known and issued later is a key of its own: the file then speaks of another row, known at its default
    assert not added or column in KINDS[kind].once[0].key


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_the_required_columns_alone_changes_nothing(engine: Engine, folder: Path, kind: str) -> None:
    before = everything(engine)

    import_rows(engine, folder, kind, without(kind, *(name for of, name in OPTIONAL if of == kind)))

    assert before <= everything(engine)


def test_new_rows_take_the_default_of_a_column_that_the_file_lacks(engine: Engine, folder: Path) -> None:
    import_rows(engine, folder, "lots", without("lots", "quantity_on_hand", lot_id="L2"))
    import_rows(engine, folder, "limits", without("limits", "low_delay_minutes", valid_from="2026-02-01T00:00:00Z"))

    with reading(engine) as session:
        assert session.get_one(LotRow, ("W1", "L2")).quantity_on_hand == Decimal(20)
        assert session.get_one(LimitRow, ("Z1", datetime(2026, 2, 1, tzinfo=UTC))).low_delay_minutes == 30


def test_an_empty_cell_of_a_column_that_is_there_clears_it_or_takes_its_default(engine: Engine, folder: Path) -> None:
    import_rows(engine, folder, "lots", without("lots", quantity_on_hand="", expires_on=""))

    with reading(engine) as session:
        lot = session.get_one(LotRow, ("W1", "L1"))
    assert (lot.quantity_on_hand, lot.expires_on) == (Decimal(20), None)


@pytest.mark.parametrize(
    ("kind", "lacking", "changed", "reason"),
    [
        ("lots", "quantity_on_hand", {"quantity_received": 5}, "column quantity_received: '5' is less than is left"),
        ("lots", "expires_on", {"received_at": "2026-03-06T06:00:00Z"}, "lies before the day of receipt"),
        ("limits", "low_c", {"high_c": 0.5}, "is not below high_c"),
        ("zones", "humidity_low_pct", {"humidity_high_pct": 80}, "humidity_high_pct: '80' is not above .*, 92"),
        ("products", "humidity_high_pct", {"humidity_low_pct": 99}, "humidity_low_pct: '99' is not below .*, 99"),
        ("slots", "bay", {"aisle": ""}, "column aisle: makes a bay of no aisle. Write the aisle too"),
        ("slots", "aisle", {"bay": ""}, "column bay: makes a level of no bay"),
        ("offers", "valid_until", {"valid_from": "2026-07-01"}, "lies before valid_from"),
        ("suppliers", "delivers_from", {"delivers_until": "4:30"}, "is not after delivers_from, 05:00"),
    ],
)
def test_a_row_that_contradicts_what_is_kept_of_it_is_refused(
    engine: Engine, folder: Path, kind: str, lacking: str, changed: dict[str, object], reason: str
) -> None:
    before = everything(engine)

    with pytest.raises(BadFile, match=reason):
        import_rows(engine, folder, kind, without(kind, lacking, **changed))

    assert everything(engine) == before


def test_a_forecast_of_weather_stays_a_forecast(engine: Engine, folder: Path) -> None:
    forecast = {"date": "2026-03-12", "observed": 0, "issued_at": "2026-03-09T00:00:00Z"}
    import_rows(engine, folder, "weather", without("weather", **forecast))

    corrected = without("weather", **forecast, temperature_c=8.5)
    import_rows(engine, folder, "weather", [{n: v for n, v in row.items() if n != "observed"} for row in corrected])

    with reading(engine) as session:
        row = session.scalars(select(WeatherRow).where(WeatherRow.date == date(2026, 3, 12))).one()
    assert (row.observed, row.temperature_c) == (False, 8.5)


def test_hours_go_where_the_day_sold_something_else(engine: Engine, folder: Path) -> None:
    import_rows(engine, folder, "sales", without("sales", "hour", sales=4))

    with reading(engine) as session:
        day = session.scalars(select(DailySalesRow)).one()
    assert (day.sales, day.hourly_sales) == (4.0, None)


def test_hours_stay_where_the_day_sold_the_same(engine: Engine, folder: Path) -> None:
    import_rows(engine, folder, "sales", without("sales", "hour"))

    with reading(engine) as session:
        day = session.scalars(select(DailySalesRow)).one()
    assert day.hourly_sales is not None
    assert np.frombuffer(day.hourly_sales, "<f4")[9] == 3.5
