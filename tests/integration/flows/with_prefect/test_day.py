"""The Prefect flows around the steps: a task a warehouse, a run that names what failed."""

import shutil
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prefect import flow
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import OperationalError

from data.database import reading, writing
from data.sample.region import generate_sample_region
from data.tables import DayRunRow, ForecastRow, MoveRow, PlanLineRow, PurchasePlanRow, SlotRow, WarehouseDayRow
from flows.database import database
from flows.day import prefect_flows, schedule, slotting, trials, whole_day
from flows.day.steps import REGION
from flows.demand import forecasts
from flows.demand.models import training
from flows.errors import Invalid
from flows.for_each_warehouse import RunSummary, SomeWarehousesFailed, one_at_a_time
from flows.settings import Settings
from tests.integration.flows.conftest import NOW, TOMORROW

RUN = "of-this-night"


@pytest.fixture
def installed(shop: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return shop


def test_a_step_is_one_task_a_warehouse_and_names_the_one_that_failed(
    installed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggest, groups = slotting.slots_and_moves.suggest_slots, []

    def called(engine: Engine, warehouse_ids: Sequence[str], *given: Any) -> dict[str, int]:
        groups.append(list(warehouse_ids))
        return suggest(engine, warehouse_ids, *given)

    monkeypatch.setattr(slotting.slots_and_moves, "suggest_slots", called)
    with pytest.raises(SomeWarehousesFailed) as failed:
        prefect_flows.slots(["W1", "W2"], NOW)  # W2 has no slots

    summary = failed.value.summary
    assert summary.done == {"W1": 2}
    assert "no slots" in summary.failed["W2"]
    assert (summary.refused, groups) == ({"W2"}, [["W1"]])
    with reading(installed) as session:
        assert len(session.scalars(select(MoveRow)).all()) == 2


def test_a_plan_is_made_by_its_flow(installed: Engine) -> None:
    plan_id = prefect_flows.plan(["W1", "W2"], NOW, TOMORROW.isoformat())

    assert len(plan_id) == 32


def test_what_can_pass_is_tried_again_and_what_cannot_is_not() -> None:
    tries = {"busy": 0, "wrong": 0}

    def work(name: str) -> int:
        tries[name] += 1
        if name == "wrong":
            raise Invalid("never right")
        if tries[name] < 2:
            raise OperationalError("database is locked", None, Exception())
        return tries[name]

    @flow
    def trying() -> RunSummary:
        return prefect_flows.as_tasks("try", one_at_a_time(work), ["busy", "wrong"], pauses=[0.1, 0.1])

    summary = trying()

    assert summary.done == {"busy": 2}
    assert summary.failed == {"wrong": "never right"}
    assert tries == {"busy": 2, "wrong": 1}


def test_a_worker_that_is_set_up_for_another_database_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["freshfront", "elsewhere"])
    monkeypatch.setattr(prefect_flows, "_database_name", lambda: next(names))

    @flow
    def elsewhere() -> RunSummary:
        return prefect_flows.as_tasks("try", one_at_a_time(str.lower), ["W1"], pauses=[])

    assert "'elsewhere' on this worker" in elsewhere().failed["W1"]


def test_the_schedule_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def served() -> dict[str, str]:
        made = schedule.deployments(Settings())
        schedules = {one.flow_name: one.schedules[0].schedule for one in made}
        assert {found.timezone for found in schedules.values()} == {"Asia/Shanghai"}
        return {name: found.cron for name, found in schedules.items()}

    monkeypatch.setenv("FRESHFRONT_SCHEDULE", "30 2 * * *")
    assert served() == {"day": "30 2 * * *", "prune": "0 4 * * *"}
    monkeypatch.setenv("FRESHFRONT_BACKUP_FOLDER", "backups")
    monkeypatch.setenv("FRESHFRONT_PRUNE_SCHEDULE", "")
    assert served() == {"day": "30 2 * * *", "backup": "30 3 * * *"}


def test_the_day_runs_from_training_to_moves_and_outlives_a_failing_warehouse(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "day.sqlite")
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", f"sqlite:///{tmp_path / 'day.sqlite'}")
    morning = datetime(2026, 9, 15, 8, tzinfo=ZoneInfo("Asia/Shanghai"))  # a year whose holidays are announced
    yesterday = date(2026, 9, 14)
    with database() as engine:
        generate_sample_region(engine, until=yesterday, warehouses=2, products=30, days=75)
        with writing(engine) as session:
            session.execute(update(SlotRow).where(SlotRow.warehouse_id == "W02").values(product_id=None))
            session.execute(delete(SlotRow).where(SlotRow.warehouse_id == "W02"))  # no slots: one step will fail there

    trained, forecast = _seen(monkeypatch)
    told: list[tuple[int, int]] = []  # each time it is told that a day can begin: plans made, days added up
    whole_day.decided.set(lambda: told.append(_plans_and_days()))
    monkeypatch.setattr(trials, "look_at_trials", _cannot_look)
    with pytest.raises(SomeWarehousesFailed) as failed:
        schedule.day(morning, RUN)

    assert set(failed.value.summary.failed) == {"W02", REGION}
    assert failed.value.summary.failed[REGION] == "ValueError: no such coin"
    assert told == [(1, 0)]
    assert _plans_and_days() == (1, 150)
    assert (len(trained), forecast) == (1, ["W01", "W02"])
    plan_id = failed.value.summary.done["W01"]
    with database() as engine, reading(engine) as session:
        planned_for = select(PlanLineRow.warehouse_id).where(PlanLineRow.plan_id == plan_id).distinct()
        assert set(session.scalars(planned_for)) == {"W01", "W02"}
        assert session.scalars(select(MoveRow.warehouse_id).distinct()).all() == ["W01"]
        run = session.scalars(select(DayRunRow)).one()
        assert run.run_id == RUN
        assert (run.started_at, run.plan_id, set(run.failed)) == (morning, plan_id, {"W02", REGION})
        assert run.steps["trials"].keys() == {REGION}
        assert run.steps["assortment"] == {}, "what comes after it is done"
        assert run.finished_at is not None

    _killed_while_it_forecast(morning)
    later = morning + timedelta(hours=1)
    with pytest.raises(SomeWarehousesFailed) as failed:
        schedule.day(later, RUN)

    assert (len(trained), forecast) == (1, ["W01", "W02", "W02"]), "of what was finished nothing is done again"
    with database() as engine, reading(engine) as session:
        [plan] = session.scalars(select(PurchasePlanRow))
        [run] = session.scalars(select(DayRunRow))
        made = dict(session.execute(select(ForecastRow.warehouse_id, ForecastRow.origin).distinct()).tuples().all())
    assert (plan.plan_id, run.plan_id, run.attempts) == (plan_id, plan_id, 2)
    assert made == {"W01": morning, "W02": morning}
    assert run.finished_at is not None
    assert run.finished_at >= later


def _cannot_look(*_given: object) -> list[str]:
    raise ValueError("no such coin")


def _plans_and_days() -> tuple[int, int]:
    with database() as engine, reading(engine) as session:
        plans, days = (
            session.scalar(select(func.count()).select_from(row)) for row in (PurchasePlanRow, WarehouseDayRow)
        )
    return plans or 0, days or 0


def _seen(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """The regions that are trained, and the warehouses that are forecast, from now on."""
    train, make = training.train_region, forecasts.forecast_warehouses
    trained: list[str] = []
    made: list[str] = []

    def train_region(*given: Any) -> Any:
        trained.append("region")
        return train(*given)

    def forecast_warehouses(engine: Engine, warehouse_ids: Sequence[str], *given: Any) -> dict[str, int]:
        made.extend(warehouse_ids)
        made.sort()
        return make(engine, warehouse_ids, *given)

    monkeypatch.setattr(training, "train_region", train_region)
    monkeypatch.setattr(forecasts, "forecast_warehouses", forecast_warehouses)
    return trained, made


def _killed_while_it_forecast(began_at: datetime) -> None:
    """The run as a death would have left it: W01 forecast, W02 not; the plan, which could not have been made yet, is
    there as after a death between the plan and the note that it is made."""
    with database() as engine, writing(engine) as session:
        run = session.get_one(DayRunRow, RUN)
        run.finished_at, run.plan_id = None, None
        run.steps = {name: {} for name in ("sales", "train Asia/Shanghai")}
        run.held_until = began_at
        session.execute(delete(ForecastRow).where(ForecastRow.warehouse_id == "W02"))
