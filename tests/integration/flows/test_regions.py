"""Shops of two clocks and countries in one database: two regions, each by its own local days, in one run."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.frames.sales_days import warehouses_to_learn_from
from data.local_days import end_of_day
from data.tables import (
    DailyAvailabilityRow,
    DailySalesRow,
    DemandModelRow,
    ForecastRow,
    LotRow,
    PlanWarehouseRow,
    WarehouseRow,
)
from flows.day import steps
from flows.day.scope import RegionOfRun, end_of_day_everywhere, moment_named, regions_of_run
from flows.demand.models import model_registry, training
from flows.demand.promotion_effects import learn_promotion_effects
from flows.demand.run_snapshot import clock_of
from flows.errors import Invalid, NotNow
from flows.for_each_warehouse import RunSummary, in_regions, side_by_side
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.reports import backtesting
from forecasting.model.training_settings import TrainingSettings
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, sell

BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
EVENING = datetime(LAST.year, LAST.month, LAST.day, 20, tzinfo=UTC)  # there already the next day, here not yet
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sell_in_two_countries(engine: Engine) -> None:
    sell(engine, ("B1", "S1", "S2"), products=("P03", "P04", "P05"))
    with writing(engine) as session:
        place = session.get_one(WarehouseRow, "B1")
        place.timezone, place.country = BERLIN, "DE"
        for table in (DailySalesRow, DailyAvailabilityRow):
            for day in session.scalars(select(table.date).where(table.warehouse_id == "B1").distinct()).all():
                of_day = table.warehouse_id == "B1", table.date == day
                session.execute(update(table).where(*of_day).values(known_at=end_of_day(day, BERLIN)))


@pytest.fixture
def filling() -> Filling:
    return sell_in_two_countries


@pytest.fixture
def two(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    monkeypatch.setattr(training, "TrainingSettings", partial(TrainingSettings, rounds=10, spread_rounds=5, leaves=7))
    return engine


def in_region(step: Callable[..., RunSummary], now: datetime, region: RegionOfRun) -> RunSummary:
    return step(region.warehouses, region.origin, now, side_by_side)


def run(engine: Engine, now: datetime) -> list[str]:
    """Trains and forecasts all regions; returns what was noted."""
    with reading(engine) as session:
        zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    regions = regions_of_run(engine, zones, now)
    notes = []
    for step in (steps.train, steps.forecast):
        name = step.__name__
        notes += in_regions(name, regions, partial(in_region, step, now)).notes
    return notes


def test_a_run_learns_and_forecasts_each_region_alone_by_its_own_days(two: Engine) -> None:
    notes = run(two, EVENING)

    with reading(two) as session:
        first = select(ForecastRow.warehouse_id, func.min(ForecastRow.date)).group_by(ForecastRow.warehouse_id)
        assert dict(session.execute(first).tuples().all()) == {
            "B1": LAST, "S1": LAST + timedelta(days=1), "S2": LAST + timedelta(days=1),
        }  # fmt: skip
        sets = select(DemandModelRow.warehouse_id, DemandModelRow.region_model_id)
        of = dict(session.execute(sets.where(DemandModelRow.warehouse_id.is_not(None))).tuples().all())
        listed = {one["region"]: one for one in model_registry.listed(session)}
    assert of["S1"] == of["S2"] != of["B1"]
    assert {zone: (one["model_id"], one["serves"]) for zone, one in listed.items()} == {
        BERLIN: (of["B1"], True), SHANGHAI: (of["S1"], True),
    }  # fmt: skip
    assert {zone: one["trained_on"]["warehouses"] for zone, one in listed.items()} == {BERLIN: 1, SHANGHAI: 2}
    assert any(note.startswith(f"{BERLIN}: The models trained up to") for note in notes)
    plan_id = make_purchase_plan(two, ["B1", "S1"], EVENING, "li")
    with reading(two) as session:
        parts = session.scalars(select(PlanWarehouseRow).where(PlanWarehouseRow.plan_id == plan_id))
        assert {part.warehouse_id: part.order_date for part in parts} == {"B1": LAST, "S1": LAST + timedelta(days=1)}


def test_going_back_asks_which_region_s_models_are_meant_and_leaves_the_others(two: Engine) -> None:
    steps.train(["B1"], EVENING - timedelta(days=1), EVENING, side_by_side)
    for warehouses in (["B1"], ["S1", "S2"]):
        steps.train(warehouses, EVENING, EVENING, side_by_side)

    with writing(two) as session:
        before = model_registry.listed(session)
        earlier = next(one["model_id"] for one in before if one["region"] == BERLIN and not one["serves"])
        with pytest.raises(NotNow, match=r"2 regions serve \(Europe/Berlin, Asia/Shanghai\).*--to"):
            model_registry.roll_back(session, None, None, EVENING, "li")
        model_registry.roll_back(session, earlier, None, EVENING + timedelta(minutes=1), "li")
        after = model_registry.listed(session)
    assert serving(after) == serving(before) | {BERLIN: earlier}


def serving(models: list[dict[str, Any]]) -> dict[str, str]:
    return {one["region"]: one["model_id"] for one in models if one["serves"]}


def test_warehouses_of_two_regions_are_not_trained_as_one(two: Engine) -> None:
    with pytest.raises(Invalid, match=r"several clocks \(Europe/Berlin, Asia/Shanghai\)"):
        training.train_region_model(two, EVENING, EVENING, ["B1", "S1"])


def test_past_days_are_forecast_and_promotions_learned_over_both_regions(two: Engine) -> None:
    frame = backtesting.backtest(two, ["B1", "S1", "S2"], LAST, LAST, horizon=1)
    alone = backtesting.backtest(two, ["B1"], LAST, LAST, horizon=1)

    assert frame.groupby("warehouse_id").size().to_dict() == {"B1": 3, "S1": 3, "S2": 3}
    of_berlin = frame[frame["warehouse_id"] == "B1"].reset_index(drop=True)
    assert of_berlin.equals(alone), "the other region changes nothing"
    learn_promotion_effects(two, EVENING, EVENING)


def test_a_day_has_passed_when_it_has_everywhere_and_a_time_says_where(two: Engine) -> None:
    assert end_of_day_everywhere(two, LAST) == end_of_day(LAST, BERLIN)
    assert end_of_day_everywhere(two, LAST, ["S1"]) == end_of_day(LAST, SHANGHAI)
    assert moment_named(two, "2026-03-01T20:00", ["B1"]) == datetime(2026, 3, 1, 19, tzinfo=UTC)
    with pytest.raises(Invalid, match=r"several clocks \(Europe/Berlin, Asia/Shanghai\).*offset"):
        moment_named(two, "2026-03-01T20:00")


def test_a_new_warehouse_joins_the_region_of_its_clock(two: Engine) -> None:
    came = end_of_day(LAST, BERLIN) - timedelta(days=1)
    with writing(two) as session:
        for name, zone in (("B2", "Europe/Paris"), ("T1", "Asia/Tokyo")):
            session.add(WarehouseRow(warehouse_id=name, name=name, city="Kiel", timezone=zone))
            session.flush()
            session.add(LotRow(lot_id="L", warehouse_id=name, product_id="P03", received_at=came, known_at=came,
                               counted_at=came, quantity_received=5, quantity_on_hand=5))  # fmt: skip

    with reading(two) as session:
        assert clock_of(session, EVENING, ["B2", "B1"]) == BERLIN
        found = warehouses_to_learn_from(session)
    assert found["B2"] == "Europe/Paris"
    assert "T1" not in found, "there nobody has sold anything yet"
