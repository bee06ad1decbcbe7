from collections import defaultdict
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.frames.floor_and_lines import floor_points, slots_frame, what_goods_ask
from data.sample.extent import Extent
from data.sample.floor import BENCH
from data.sample.live import live_sensors
from data.tables import LimitRow, ProductRow, ReadingRow, SensorRow, SlotRow, ZoneRow
from tests.integration.sample.conftest import SMALL, UNTIL
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch
from warehouse.slotting.lying_parts import LyingParts
from warehouse.slotting.routing.floor_plan import floor_plan
from warehouse.slotting.task import Task

EXTENT = Extent(**SMALL)
END = EXTENT.end_of(UNTIL)


@pytest.fixture
def session(small_region: Engine):
    with Session(small_region) as session:
        yield session


def test_zones_do_not_overlap_and_slots_lie_in_their_zone(session: Session) -> None:
    zones = {zone.zone_id: zone for zone in session.scalars(select(ZoneRow))}
    for one, other in combinations(zones.values(), 2):
        if one.warehouse_id == other.warehouse_id:
            beside = one.x_m + one.width_m <= other.x_m or other.x_m + other.width_m <= one.x_m
            behind = one.y_m + one.depth_m <= other.y_m or other.y_m + other.depth_m <= one.y_m
            assert beside or behind
    for slot in session.scalars(select(SlotRow)):
        zone = zones[slot.zone_id]
        assert slot.warehouse_id == zone.warehouse_id
        assert zone.x_m < slot.x_m < zone.x_m + zone.width_m
        assert zone.y_m < slot.y_m < zone.y_m + zone.depth_m
        as_the_crow_flies = ((slot.x_m - BENCH[0]) ** 2 + (slot.y_m - BENCH[1]) ** 2) ** 0.5
        assert slot.distance_m > as_the_crow_flies - 1.3  # racks stand 1.2 m beside the aisle that is walked


def test_every_product_lies_in_one_slot_of_its_band_that_is_large_enough(session: Session) -> None:
    bands = dict(session.execute(select(ZoneRow.zone_id, ZoneRow.band)).all())
    products = {product.product_id: product for product in session.scalars(select(ProductRow))}
    lies_in: dict[str, list[str]] = defaultdict(list)
    for slot in session.scalars(select(SlotRow).where(SlotRow.product_id.is_not(None))):
        lies_in[slot.warehouse_id].append(slot.product_id)
        assert bands[slot.zone_id] == products[slot.product_id].band
    assert all(sorted(found) == sorted(products) for found in lies_in.values())
    assert len(lies_in) == SMALL["warehouses"]


def test_aisles_run_from_the_corridor_where_tours_start_to_the_one_at_the_back(session: Session) -> None:
    for warehouse_id in EXTENT.warehouse_ids:
        slots, points = slots_frame(session, warehouse_id), floor_points(session, warehouse_id)
        assert set(points) == {"start", "packing", "dock"}
        sides = slots.groupby("aisle")["x_m"].agg(["min", "max"])
        aisle_x = slots["aisle"].map(sides.mean(axis=1))
        into = (slots["y_m"] - points["start"][1]).abs()
        plan = floor_plan(slots.assign(x_m=aisle_x, y_m=into), points["start"][0])
        assert plan.aisles == slots["aisle"].nunique() > 1
        np.testing.assert_allclose(aisle_x + into, slots["distance_m"])
        assert (slots.groupby(["aisle", "bay"])["y_m"].nunique() == 1).all()
        shelves = slots.groupby(["aisle", "x_m", "y_m"])["level"].agg(lambda levels: tuple(sorted(levels)))
        assert set(shelves) == {(0, 1, 2)}
        assert slots.loc[~slots["pick_face"].astype(bool), "product_id"].isna().all()
        assert set(slots.loc[~slots["pick_face"].astype(bool), "level"]) == {2}


def test_what_goods_ask_of_humidity_their_zone_keeps(session: Session) -> None:
    slots = slots_frame(session, "W01").dropna(subset="product_id")
    both = slots.merge(what_goods_ask(session), on="product_id", suffixes=("_kept", ""))
    assert not (both["humidity_low_pct_kept"] < both["humidity_low_pct"]).any()
    assert not (both["humidity_high_pct_kept"] > both["humidity_high_pct"]).any()
    assert both["humidity_low_pct"].notna().any()
    assert both["humidity_high_pct"].notna().any()
    assert both["weight_kg"].gt(0).all()


def test_few_goods_lie_beside_what_harms_them(session: Session) -> None:
    for warehouse_id in EXTENT.warehouse_ids:
        slots, goods = slots_frame(session, warehouse_id), what_goods_ask(session)
        task = Task.of(goods.assign(lines_per_day=1.0, space_l=0.0), slots)
        lying = LyingParts.of(task)
        lawful = [lying.lawful(part, np.array([at]))[0] for part, at in enumerate(task.now.tolist())]
        assert len(lawful) == SMALL["products"]
        assert np.mean(lawful) >= 0.9


def test_readings_come_every_five_minutes_from_two_sensors_a_zone(session: Session) -> None:
    sensors = session.execute(select(SensorRow.zone_id, func.count()).group_by(SensorRow.zone_id)).all()
    assert {count for _, count in sensors} == {2}
    per_sensor = session.execute(
        select(func.count(), func.min(ReadingRow.taken_at), func.max(ReadingRow.taken_at)).group_by(
            ReadingRow.sensor_id
        )
    ).all()
    assert set(per_sensor) == {(3 * 288, END - timedelta(days=3), END - timedelta(minutes=5))}


def test_only_the_faults_raise_alarms_and_one_goes_on(session: Session) -> None:
    zone_of = dict(session.execute(select(SensorRow.sensor_id, SensorRow.zone_id)).all())
    limits = {
        row.zone_id: Limit(
            zone_id=row.zone_id,
            low_c=row.low_c,
            high_c=row.high_c,
            high_delay=timedelta(minutes=row.high_delay_minutes),
            low_delay=timedelta(minutes=row.low_delay_minutes),
            valid_from=row.valid_from,
        )
        for row in session.scalars(select(LimitRow))
    }
    states = {sensor_id: SensorState(sensor_id) for sensor_id in zone_of}
    raised, ended = [], []
    for row in session.scalars(select(ReadingRow).order_by(ReadingRow.taken_at)):
        taken = Reading(row.sensor_id, row.taken_at, row.temperature_c)
        limit = limits[zone_of[row.sensor_id]]
        states[row.sensor_id], events = watch(states[row.sensor_id], taken, Rules(), limit)
        raised += [zone_of[event.sensor_id] for event in events if isinstance(event, AlarmRaised)]
        ended += [zone_of[event.sensor_id] for event in events if isinstance(event, AlarmEnded)]

    assert sorted(raised) == ["W01-LEAF"] * 2 + ["W02-FROZEN"] * 2 + ["W02-MEAT"] * 2
    assert sorted(ended) == ["W02-FROZEN"] * 2 + ["W02-MEAT"] * 2


def test_live_sensors_go_on_where_the_readings_end(small_region: Engine, session: Session) -> None:
    live = live_sensors(small_region, seed=SMALL["seed"], started_at=END)
    last = dict(
        session.execute(
            select(ReadingRow.sensor_id, ReadingRow.temperature_c).where(
                ReadingRow.taken_at == END - timedelta(minutes=5)
            )
        ).all()
    )
    now = {sensor_id: value for sensor_id, _, value in live.at(END)}
    assert now.keys() == last.keys()
    assert all(abs(now[sensor_id] - last[sensor_id]) < 3 for sensor_id in now)
    assert now["W01-LEAF-T1"] > 4, "the failing zone is still failing"
    later = {sensor_id: value for sensor_id, _, value in live.at(END + timedelta(hours=3))}
    assert later["W01-LEAF-T1"] < 4
