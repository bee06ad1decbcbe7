"""A day forecast again, by backtest or report, is what was forecast of it live, to the last digit, whatever serves."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.database import open_database, reading
from data.tables import ForecastRow
from flows.demand import run_snapshot
from flows.demand.models import training
from flows.reports import accuracy, backtesting
from forecasting.evaluation import backtest
from forecasting.known import looking_back
from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.mean_models import REGRESSION, RUNGS
from forecasting.model.training_settings import TrainingSettings
from tests.integration.flows.few_weeks import LAST, sell
from tests.integration.flows.shell import Shell, shell_on_a_file

PRODUCTS = ("P01", "P02", "P03", "P04", "P05")
NUMBERS = [*QUANTILE_COLUMNS, "mean"]


@pytest.fixture
def freshfront(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return shell_on_a_file(tmp_path, capsys, monkeypatch)


def only(monkeypatch: pytest.MonkeyPatch, rung: str) -> None:
    few = partial(TrainingSettings, rungs=(rung,), rounds=5, spread_rounds=5)
    for module in (training, backtest, accuracy):
        monkeypatch.setattr(module, "TrainingSettings", few)


def live(engine: Engine) -> pd.DataFrame:
    names = [name for name in FORECAST_COLUMNS if name != "origin"]
    with reading(engine) as session:
        columns = [getattr(ForecastRow, name) for name in names]
        rows = session.execute(select(*columns).where(ForecastRow.date == LAST).order_by(ForecastRow.product_id)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=names)


def assert_same(replayed: pd.DataFrame, served: pd.DataFrame) -> None:
    again = of_all_days(replayed.sort_values("product_id", ignore_index=True))
    assert again["model"].tolist() == served["model"].tolist()
    assert again[NUMBERS].to_numpy(dtype=float).tolist() == served[NUMBERS].to_numpy(dtype=float).tolist()


def test_a_replay_looks_back_no_further_than_a_run_of_its_day(
    freshfront: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs look at sixty days here; the report trains a week before too, and more is known when it is made."""
    only(monkeypatch, REGRESSION)
    for module in (looking_back, run_snapshot):
        monkeypatch.setattr(module, "HISTORY_DAYS", 60)
    monkeypatch.setattr(looking_back, "MOST_ROWS", 0)
    engine = open_database(f"sqlite:///{tmp_path / 'freshfront.sqlite'}")
    sell(engine, ("W1",), PRODUCTS, 90)
    for command in ("train", "forecast"):
        assert freshfront(command, "--as-of", f"{LAST - timedelta(days=1):%Y-%m-%d}") == 0, freshfront.err

    served = live(engine)
    reported = backtesting.report_accuracy(engine, ["W1"], LAST - timedelta(days=7), LAST, [1]).forecasts
    backtested = backtesting.backtest(engine, ["W1"], LAST, LAST + timedelta(days=7), 1)

    engine.dispose()
    for replayed in (reported, backtested):
        assert_same(replayed[replayed["date"] == pd.Timestamp(LAST)], served)


@pytest.mark.parametrize("rung", [*RUNGS, "level alone"])
def test_backtest_and_report_are_the_live_forecast(
    freshfront: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rung: str
) -> None:
    """A shop of five products and six weeks, or one."""
    if rung in RUNGS:
        only(monkeypatch, rung)
    engine = open_database(f"sqlite:///{tmp_path / 'freshfront.sqlite'}")
    sell(engine, ("W1",), PRODUCTS, 42 if rung in RUNGS else 8)
    eve, day = f"{LAST - timedelta(days=1):%Y-%m-%d}", f"{LAST:%Y-%m-%d}"

    for command in ("train", "forecast"):
        assert freshfront(command, "--as-of", eve) == 0, freshfront.err
    file = str(tmp_path / "backtest.parquet")
    assert freshfront("backtest", "--start", day, "--end", day, "--out", file) == 0, freshfront.err
    reported = backtesting.report_accuracy(engine, ["W1"], LAST, LAST, [1]).forecasts

    served = live(engine)
    engine.dispose()
    assert len(served) == len(PRODUCTS)
    assert set(served["model"]) == {rung if rung in RUNGS else "exponential_smoothing"}
    for replayed in (pd.read_parquet(file), reported):
        assert_same(replayed, served)
