"""The registry of models: kept once, serving only when not worse, and the way back, on both databases."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, text, update

from data.database import reading, writing
from data.local_days import end_of_day
from data.tables import DailySalesRow, DemandModelRow, ForecastRow, TrialDayRow, TrialRow
from flows.day import steps
from flows.demand import forecasts as forecasting_step
from flows.demand.models import code_version, model_registry, training
from flows.demand.models.choice_lines import choice_lines
from flows.errors import Invalid, NotNow, Unknown
from flows.for_each_warehouse import RunSummary, SomeWarehousesFailed, side_by_side
from forecasting.features.panel import Panel
from forecasting.model import fitting
from forecasting.model.choice import Choice
from forecasting.model.training_settings import TrainingSettings
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, ZONE, sell
from tests.integration.flows.shell import Shell

FOUR = ("W1", "W2", "W3", "W4")
YESTERDAY = end_of_day(LAST - timedelta(days=1), ZONE)
LEARNS_BY_HEART = {"rungs": ("lightgbm",), "rounds": 25, "learning_rate": 0.9, "leaves": 63}
LATER = ORIGIN + timedelta(hours=1)


@pytest.fixture
def filling() -> Filling:
    return sell_in_four


def sell_in_four(engine: Engine) -> None:
    sell(engine, FOUR)


@pytest.fixture
def selling(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Four warehouses with 30 products, and trainings so small that they take a second."""
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    train_with(monkeypatch, rounds=30)
    return engine


def train_with(monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    small = {"leaves": 15, "spread_rounds": 10}
    monkeypatch.setattr(training, "TrainingSettings", partial(TrainingSettings, **small | settings))


def train_by_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on trees learn their days by heart, and no quantile trees of their own make up for it."""
    train_with(monkeypatch, **LEARNS_BY_HEART)
    monkeypatch.setattr(fitting, "best_share", lambda *_: 0.0)


def train_better_and_better(monkeypatch: pytest.MonkeyPatch) -> tuple[RunSummary, RunSummary]:
    """Two sets that served one after the other."""
    train_with(monkeypatch, rounds=2)
    first = train(YESTERDAY)
    train_with(monkeypatch, rounds=30)
    return first, train(ORIGIN)


def train(origin: datetime = ORIGIN, now: datetime | None = None, warehouses: tuple[str, ...] = FOUR) -> RunSummary:
    return steps.train(warehouses, origin, now or origin, side_by_side)


def region_models(engine: Engine) -> list[DemandModelRow]:
    with reading(engine) as session:
        query = select(DemandModelRow).where(DemandModelRow.warehouse_id.is_(None)).order_by(DemandModelRow.trained_at)
        return list(session.scalars(query))


def serving(engine: Engine, warehouse: str | None = None, origin: datetime = ORIGIN) -> str | None:
    with reading(engine) as session:
        return session.scalar(model_registry.serving(warehouse, origin).with_only_columns(DemandModelRow.model_id))


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is really trained, as it happens: the region, or a warehouse by its id."""
    done: list[str] = []
    train_region, train_warehouse_models = training.train_region, training.train_warehouse_models

    def region(*given: Any) -> object:
        done.append("region")
        return train_region(*given)

    def warehouses(panel: Panel, *given: Any) -> object:
        done.extend(panel.series["warehouse_id"].unique())
        return train_warehouse_models(panel, *given)

    monkeypatch.setattr(training, "train_region", region)
    monkeypatch.setattr(training, "train_warehouse_models", warehouses)
    return done


def test_a_model_says_what_it_was_trained_on_with_which_code_and_how_it_scored(selling: Engine) -> None:
    summary = train()

    (region,) = region_models(selling)
    assert region.code == code_version.code_version()
    assert region.settings["rounds"] == 30
    about = region.trained_on
    assert (about["rows"], about["warehouses"], about["products"]) == (4 * 30 * 56, 4, 30)
    assert (about["first_day"], about["last_day"]) == ("2026-01-05", "2026-03-01")
    assert region.scores is not None
    assert 0 < region.scores["new"]["pinball"] < 0.2
    assert region.scores["new"]["rows"] > 500
    assert region.scores["serving"] is None
    assert region.served_from == ORIGIN
    with reading(selling) as session:
        own = session.scalars(select(DemandModelRow).where(DemandModelRow.warehouse_id == "W2")).one()
    assert own.trained_on["rows"] == 30 * 56
    assert own.scores is not None
    assert (own.region_model_id, own.served_from) == (region.model_id, ORIGIN)
    assert "serve" in summary.notes[0]
    assert region.choices is not None
    assert own.choices is None
    near, far = (Choice.from_dict(region.choices[reach]) for reach in ("near", "far"))
    assert {rung for rung, loss in near.losses.items() if loss == min(near.losses.values())} == {near.rung}
    assert "weather" not in near.takes_no_account_of
    assert {"promotions", "season"} <= set(near.not_learned), "the one promotion is still to come"
    assert summary.notes[1:] == [f"What serves {line}" for line in choice_lines({"near": near, "far": far})]


def test_what_is_trained_is_not_trained_again(selling: Engine, trainings: list[str]) -> None:
    first = train(warehouses=("W1", "W2"))
    before = list(trainings)
    second = train(now=LATER)  # a restart, some time later, over all of them

    assert sorted(before) == ["W1", "W2", "region"]
    assert sorted(trainings[len(before) :]) == ["W3", "W4"]
    assert {name: second.done[name] for name in first.done} == first.done
    assert all(serving(selling, name) == second.done[name] for name in FOUR)

    # the origin has moved on by minutes and nothing became known: the same training
    train(ORIGIN + timedelta(minutes=20), LATER)
    assert len(trainings) == len(before) + 2


def test_other_data_settings_or_code_are_another_training(
    selling: Engine, trainings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training.train_region_model(selling, ORIGIN, ORIGIN)
    with writing(selling) as session:
        session.execute(
            update(DailySalesRow).where(DailySalesRow.product_id == "P00").values(sales=DailySalesRow.sales + 1)
        )
    training.train_region_model(selling, ORIGIN, ORIGIN + timedelta(minutes=1))
    train_with(monkeypatch, rounds=31)
    training.train_region_model(selling, ORIGIN, ORIGIN + timedelta(minutes=1))
    monkeypatch.setattr(model_registry, "code_version", lambda: "0.1.0+changed")
    changed = training.train_region_model(selling, ORIGIN, ORIGIN + timedelta(minutes=1))

    assert trainings == ["region"] * 4
    assert len({model.model_id for model in region_models(selling)}) == 4
    with pytest.raises(NotNow, match="Install the same on both"):
        training.train_warehouses(selling, ["W1"], changed, ORIGIN)


def test_a_new_set_serves_when_it_is_not_worse(selling: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    _, summary = train_better_and_better(monkeypatch)

    old, new = region_models(selling)
    assert new.scores is not None
    assert new.scores["serving_model"] == old.model_id
    assert new.scores["serving"]["rows"] == new.scores["new_on_the_same"]["rows"] > 500
    assert serving(selling) == new.model_id
    assert serving(selling, origin=YESTERDAY) == old.model_id  # what was known then is served as it was then
    assert "before:" in summary.notes[0]


def test_a_worse_set_is_refused_and_the_one_before_forecasts(
    selling: Engine, monkeypatch: pytest.MonkeyPatch, freshfront: Shell
) -> None:
    train(YESTERDAY)
    forecasting_step.forecast_warehouses(selling, ["W1"], ORIGIN, LATER, 7)
    before = forecasts(selling)
    train_by_heart(monkeypatch)
    summary = train(ORIGIN)

    old, new = region_models(selling)
    assert new.rejected_because is not None
    assert "pinball loss" in new.rejected_because
    assert "do not serve" in summary.notes[0]
    assert (new.served_from, serving(selling)) == (None, old.model_id)
    forecasting_step.forecast_warehouses(selling, ["W1"], ORIGIN, LATER + timedelta(minutes=1), 7)
    np.testing.assert_array_equal(before, forecasts(selling))
    assert freshfront("models", "list") == 0
    rejected, serves = (f"\n{freshfront.out}".partition(f"\n{model.model_id}")[2] for model in (new, old))
    assert rejected.split()[0] == "rejected"
    assert new.rejected_because in rejected
    assert (serves.split()[0], "further days: " in serves) == ("serves", True)
    train(ORIGIN, LATER)  # asked again, the answer stays
    assert serving(selling) == old.model_id


def test_a_warehouse_without_another_model_is_served_even_by_a_refused_set(
    selling: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(YESTERDAY, warehouses=("W1", "W2", "W3"))
    train_by_heart(monkeypatch)
    summary = train(ORIGIN)

    assert serving(selling, "W1") != summary.done["W1"]
    assert serving(selling, "W4") == summary.done["W4"]


def test_going_back_is_one_step_and_so_is_returning(selling: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    train_better_and_better(monkeypatch)
    old, new = region_models(selling)
    own = serving(selling, "W1")

    changed = roll_back(selling)

    assert changed == {"left": new.model_id, "serves": old.model_id}
    assert serving(selling) == old.model_id
    assert serving(selling, "W1") not in (own, None)
    train(ORIGIN, LATER)  # the run of the same day does not bring back what was left
    assert serving(selling) == old.model_id
    with pytest.raises(NotNow, match="models list"):
        roll_back(selling)

    roll_back(selling, new.model_id)
    assert (serving(selling), serving(selling, "W1")) == (new.model_id, own)
    left = next(model for model in region_models(selling) if model.model_id == old.model_id)
    assert left.rejected_because is not None
    assert "went back to" in left.rejected_because


def test_one_warehouse_goes_back_alone(selling: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = train_better_and_better(monkeypatch)

    roll_back(selling, warehouse="W1")

    assert serving(selling, "W1") == first.done["W1"]
    assert serving(selling, "W2") == second.done["W2"]
    assert forecasting_step.forecast_warehouses(selling, ["W1"], ORIGIN, LATER, 7) == {"W1": 7 * 30}


def test_a_set_that_is_tried_forecasts_where_the_day_is_in_its_arm(
    selling: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two sets of which the later one serves, and what each forecasts
    train_better_and_better(monkeypatch)
    first, second = region_models(selling)

    def forecast() -> dict[str, float]:
        steps.forecast(FOUR, ORIGIN, ORIGIN, side_by_side)
        with reading(selling) as session:
            means = select(ForecastRow.warehouse_id, func.sum(ForecastRow.mean)).group_by(ForecastRow.warehouse_id)
            return dict(session.execute(means).tuples().all())

    by_second = forecast()
    # when a trial tries the earlier one, today in W1
    today = LAST + timedelta(days=1)
    with writing(selling) as session:
        session.add(
            TrialRow(trial_id="T1", name="old", compares="model", challenger={"model_id": first.model_id},
                     champion={"model_id": second.model_id}, figure="wape", effect=0.03, design={}, before={}, seed=1,
                     first=today, last=today, state="running", started_at=YESTERDAY, started_by="ann")
        )  # fmt: skip
        session.flush()
        session.add_all(
            TrialDayRow(trial_id="T1", warehouse_id=name, date=today, counts=True,
                        arm="challenger" if name == "W1" else "champion")
            for name in FOUR
        )  # fmt: skip
    tried = forecast()
    # then W1 alone is forecast by it
    assert tried["W1"] != by_second["W1"]
    assert {name: tried[name] for name in FOUR[1:]} == pytest.approx({name: by_second[name] for name in FOUR[1:]})
    # and where it cannot be used, the one that serves goes on
    with writing(selling) as session:
        session.get_one(TrialRow, "T1").challenger = {"model_id": "gone"}
    assert forecast() == pytest.approx(by_second)


def test_what_cannot_be_gone_back_to_is_refused_in_words(selling: Engine) -> None:
    with pytest.raises(NotNow, match="freshfront train"):
        roll_back(selling)
    done = train().done
    with pytest.raises(NotNow, match="No other model"):
        roll_back(selling)
    with pytest.raises(Unknown, match="models list"):
        roll_back(selling, "none")
    with pytest.raises(Invalid, match="that of warehouse W1"):
        roll_back(selling, done["W1"])
    with pytest.raises(NotNow, match="is already serving"):
        roll_back(selling, region_models(selling)[0].model_id)


def nan_in_sales(engine: Engine) -> None:
    number = "'NaN'::float8" if engine.dialect.name == "postgresql" else "9e999"  # SQLite keeps no NaN
    run(engine, f"UPDATE daily_sales SET sales = {number} WHERE warehouse_id = 'W3' AND product_id = 'P07'")  # noqa: S608


def hours_cut_short(engine: Engine) -> None:
    run(engine, "UPDATE daily_sales SET hourly_sales = substr(hourly_sales, 1, 92) WHERE warehouse_id = 'W3'")


def product_unknown(engine: Engine) -> None:
    run(engine, "UPDATE daily_sales SET product_id = 'P99' WHERE warehouse_id = 'W3' AND product_id = 'P07'")


def hours_in_stock_impossible(engine: Engine) -> None:
    run(engine, "UPDATE daily_availability SET in_stock_hours = -1 WHERE warehouse_id = 'W3' AND product_id = 'P07'")


def run(engine: Engine, statement: str) -> None:
    with writing(engine) as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (nan_in_sales, "sales that are no number: P07 on 2026-01-05"),
        (hours_cut_short, "92 bytes"),
        (product_unknown, "not in the catalogue: P99"),
        (hours_in_stock_impossible, "the hours in stock of P07 in W3"),
    ],
)
def test_a_warehouse_with_broken_data_is_named_and_spoils_no_other(
    selling: Engine, break_it: Callable[[Engine], None], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(selling)
    groups = recorded(monkeypatch, steps.training, "train_warehouses")

    with pytest.raises(SomeWarehousesFailed) as failed:
        train()

    assert "W3" not in [name for group in groups for name in group], "or its group would be trained one by one"
    summary = failed.value.summary
    assert set(summary.done) == {"W1", "W2", "W4"}
    assert why in summary.failed["W3"]
    (region,) = region_models(selling)
    assert region.trained_on["warehouses"] == 3
    assert why in region.trained_on["left_out"]["W3"]
    with pytest.raises(SomeWarehousesFailed) as failed:
        steps.forecast(FOUR, ORIGIN, LATER, side_by_side)
    assert set(failed.value.summary.failed) == {"W3"}
    assert np.isfinite(forecasts(selling)).all()


def test_whom_a_forecast_must_refuse_is_left_out_of_its_group_and_refused_is_not_failed(
    selling: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan_in_sales(selling)
    groups = recorded(monkeypatch, steps.forecasts, "forecast_warehouses")

    with pytest.raises(SomeWarehousesFailed) as failed:
        steps.forecast(FOUR, ORIGIN, LATER, side_by_side)  # before any training

    summary = failed.value.summary
    assert groups == []
    assert summary.only_refused
    assert "cannot be used: sales that are no number" in summary.failed["W3"], "training would not mend it"
    assert summary.failed["W1"] == "Warehouse W1 has no model that was serving then. Run: freshfront train"


def recorded(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[Sequence[str]]:
    """The groups of warehouses that a step's function is called for from now on."""
    groups: list[Sequence[str]] = []
    real = getattr(module, name)

    def called(engine: Engine, warehouse_ids: Sequence[str], *given: object) -> object:
        groups.append(warehouse_ids)
        return real(engine, warehouse_ids, *given)

    monkeypatch.setattr(module, name, called)
    return groups


def roll_back(engine: Engine, to: str | None = None, warehouse: str | None = None) -> dict[str, object]:
    with writing(engine) as session:
        return model_registry.roll_back(session, to, warehouse, LATER, "li")


def forecasts(engine: Engine) -> np.ndarray:
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ForecastRow))
        order = (ForecastRow.warehouse_id, ForecastRow.product_id, ForecastRow.date)
        return np.array(
            session.execute(select(ForecastRow.q05, ForecastRow.mean, ForecastRow.q95).order_by(*order)).all()
        )
