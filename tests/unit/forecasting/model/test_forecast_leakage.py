"""Nothing that became known after an origin changes a forecast made at it: not one row, not one column."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.evaluation.backtest import backtest
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.region_model import RegionModel
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins
from tests.unit.forecasting.small_region import TRAINED_TO, Region

CHANGES = ("sales", "hourly_sales", "in_stock", "late", "gone", "discount", "promoted", "temperature_c", "humidity_pct")


def changed(region: Region, what: str, day: pd.Timestamp, pick: int, by: float) -> Region:
    """The region with one thing of `day` or later, or one thing known after the end of the day before, altered."""
    history = region.history
    if what in ("sales", "hourly_sales", "in_stock", "late", "gone"):
        rows = np.flatnonzero((history.days["date"] >= day).to_numpy())
        row = rows[pick % len(rows)]
        if what == "gone":
            keep = np.ones(len(history), dtype=bool)
            keep[row] = False
            return region.only(keep)
        days, hourly, in_stock = history.days.copy(), history.hourly_sales.copy(), history.in_stock.copy()
        if what == "sales":
            days.loc[row, "sales"] += by
        elif what == "hourly_sales":
            hourly[row] += np.float32(by)
        elif what == "in_stock":
            in_stock[row] = 1 - in_stock[row]
        else:
            days.loc[row, "known_at"] += pd.Timedelta(days=2)
        return replace(region, history=replace(history, days=days, hourly_sales=hourly, in_stock=in_stock))
    name, moment = ("promotions", "known_at") if what in ("discount", "promoted") else ("weather", "issued_at")
    frame = getattr(region, name).copy()
    origin = region.at_end_of(day - pd.Timedelta(days=1)).origin
    rows = np.flatnonzero((frame[moment] > origin).to_numpy())
    row = rows[pick % len(rows)]
    frame.loc[row, what] = (not frame.loc[row, what]) if what == "promoted" else frame.loc[row, what] * 0.5 + by
    return replace(region, **{name: frame})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    what=st.sampled_from(CHANGES),
    ago=st.integers(1, 12),
    pick=st.integers(0, 10**6),
    by=st.floats(0.5, 1000),
)
def test_changing_what_was_known_later_changes_no_earlier_forecast(
    region: Region,
    region_model: RegionModel,
    models: dict[str, WarehouseModel],
    what: str,
    ago: int,
    pick: int,
    by: float,
) -> None:
    last = TRAINED_TO + pd.Timedelta(days=12)
    day = last - pd.Timedelta(days=ago - 1)
    origins = [day - pd.Timedelta(days=1), day - pd.Timedelta(days=4)]
    some = {name: models[name] for name in ("w0", "w1")}
    before = forecast_origins(region.at_end_of(last), some, region_model, origins, [1, 3])
    after = forecast_origins(changed(region, what, day, pick, by).at_end_of(last), some, region_model, origins, [1, 3])
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_a_backtest_trains_only_on_days_before_its_start(region: Region, quick: TrainingSettings) -> None:
    start = TRAINED_TO + pd.Timedelta(days=1)
    end = start + pd.Timedelta(days=2)
    known = region.at_end_of(end)
    honest = backtest(known, start, end, settings=replace(quick, horizons=(1,)))
    days = region.history.days.copy()
    later = (days["date"] >= start).to_numpy()
    days.loc[later, "sales"] *= 50
    hourly = region.history.hourly_sales.copy()
    hourly[later] = hourly[later, ::-1]
    tampered = replace(region, history=replace(region.history, days=days, hourly_sales=hourly))
    again = backtest(tampered.at_end_of(end), start, end, settings=replace(quick, horizons=(1,)))
    first = honest["date"] == start
    pd.testing.assert_frame_equal(honest[first], again[first], check_exact=True)
    assert not honest[~first]["q50"].equals(again[~first]["q50"]), "later origins do see the later sales"


def test_a_row_known_late_is_not_seen_by_the_origins_before_it(
    region: Region, region_model: RegionModel, models: dict[str, WarehouseModel]
) -> None:
    last = TRAINED_TO + pd.Timedelta(days=8)
    origin = last - pd.Timedelta(days=3)
    days = region.history.days.copy()
    late = (days["date"] == origin).to_numpy()
    days.loc[late, "known_at"] += pd.Timedelta(days=2)
    delayed = replace(region, history=replace(region.history, days=days))
    from_batch = forecast_origins(delayed.at_end_of(last), models, region_model, [origin], [2])
    alone = pd.concat([model.forecast(delayed.at_end_of(origin), [2]) for model in models.values()], ignore_index=True)
    pd.testing.assert_frame_equal(of_all_days(from_batch), alone, check_exact=True)
    timely = forecast_origins(region.at_end_of(last), models, region_model, [origin], [2])
    assert not timely["q50"].equals(from_batch["q50"])
