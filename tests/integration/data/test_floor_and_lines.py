"""What slots are suggested from: the floor and what goods ask of a place, as they were kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from data import tables
from data.database import reading, writing
from data.frames.floor_and_lines import floor_points, picked_tours, slots_frame, walkways, what_goods_ask
from data.importers.importing import KINDS, import_file
from data.importers.kinds.example_rows import EXAMPLE_ROWS
from data.tables import OrderLineRow
from warehouse.slotting.routing.rules import Routing

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def shop(engine: Engine, tmp_path: Path) -> Engine:
    """The documented examples, and beside each product and slot one of which the required columns alone are known."""
    plain = {"products": {"product_id": "P0002", "name": "Milk"}, "slots": {"slot_id": "W01-A2"}}
    for kind in ("warehouses", "products", "zones", "floor-points", "walkways", "slots"):
        rows = [EXAMPLE_ROWS[kind]]
        if kind in plain:
            required = {column.name for column in KINDS[kind].columns if column.required}
            rows.append({name: rows[0][name] if name in required else "" for name in rows[0]} | plain[kind])
        path = tmp_path / f"{kind}.csv"
        lines = [",".join(f'"{row[name]}"' for name in rows[0]) for row in rows]
        path.write_text("\n".join([",".join(rows[0]), *lines]), encoding="utf-8")
        import_file(engine, kind, path, now=NOW)
    return engine


def test_slots_come_with_their_place_and_what_their_zone_keeps(shop: Engine) -> None:
    with reading(shop) as session:
        known, plain = slots_frame(session, "W01").to_dict("records")

    assert known == {
        "slot_id": "W01-A1", "zone_id": "W01-L", "band": "leaf", "humidity_low_pct": 92, "humidity_high_pct": 99,
        "distance_m": 3.5, "volume_l": 40, "product_id": "P0001", "aisle": "A", "bay": 1, "level": 0, "x_m": 1,
        "y_m": 1, "max_weight_kg": 120, "pick_face": True,
    }  # fmt: skip
    assert (plain["product_id"], plain["aisle"], plain["pick_face"]) == (None, None, True)
    assert all(pd.isna(plain[name]) for name in ("bay", "level", "max_weight_kg"))


def test_a_product_of_which_nothing_is_known_asks_nothing(shop: Engine) -> None:
    with reading(shop) as session:
        known, plain = what_goods_ask(session).to_dict("records")

    assert known == {
        "product_id": "P0001", "band": "leaf", "volume_l": 1.2, "weight_kg": 0.2, "humidity_low_pct": 90,
        "humidity_high_pct": 100, "ethylene": "sensitive", "odour": None, "allergens": frozenset(), "raw_meat": False,
    }  # fmt: skip
    assert (plain["ethylene"], plain["odour"], plain["allergens"], plain["raw_meat"]) == (
        None,
        None,
        frozenset(),
        False,
    )


def test_allergens_are_a_set(shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(tables.ProductRow, "P0002").allergens = "egg,milk"
    with reading(shop) as session:
        assert list(what_goods_ask(session)["allergens"]) == [frozenset(), frozenset({"egg", "milk"})]


def test_points_and_walkways_are_those_of_the_warehouse(shop: Engine) -> None:
    with reading(shop) as session:
        assert floor_points(session, "W01") == {"start": (0.0, 5.2)}
        assert walkways(session, "W01").to_numpy().tolist() == [[0.0, 5.2, 6.0, 5.2]]
        assert floor_points(session, "W02") == {}
        assert walkways(session, "W02").empty
        assert slots_frame(session, "W02").empty


def test_tours_are_the_orders_line_by_line_in_the_order_of_time(shop: Engine) -> None:
    with writing(shop) as session:
        session.add(tables.WarehouseRow(warehouse_id="W02", name="x", city="x", timezone="Asia/Shanghai"))
        session.flush()
        for hour, warehouse_id, order_id, line_no, product_id, quantity in (
            (-1, "W01", "A", 1, "P0001", 1),
            (0, "W01", "C", 2, "P0001", 1),
            (0, "W01", "C", 1, "P0002", 3),
            (1, "W01", "B", 1, "P0001", 2),
            (1, "W01", "B", 2, "P0002", -2),  # a return
            (1, "W02", "B", 1, "P0002", 2),
            (2, "W01", "D", 1, "P0002", 2),
        ):
            at = NOW + timedelta(hours=hour)
            session.add(OrderLineRow(order_id=order_id, line_no=line_no, warehouse_id=warehouse_id, ordered_at=at,
                                     product_id=product_id, quantity=Decimal(quantity), known_at=at))  # fmt: skip
    with reading(shop) as session:
        tours = picked_tours(session, "W01", NOW, NOW + timedelta(hours=2))

    assert list(tours.itertuples(index=False, name=None)) == [("C", "P0002"), ("C", "P0001"), ("B", "P0001")]


def test_a_warehouse_names_routing_rules_as_they_are_walked() -> None:
    assert [rule.value for rule in tables.Routing] == [rule.value for rule in Routing]
