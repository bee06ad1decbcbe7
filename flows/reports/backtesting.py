"""Past days are forecast again, with what was known then, and scored."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import Engine

from data.database import reading
from data.frames.sales_days import warehouses_with_sales
from data.local_days import end_of_day
from flows.demand.run_snapshot import load_known
from flows.errors import NotNow
from flows.for_each_warehouse import watched_by
from flows.reports.accuracy import AccuracyReport, accuracy_report
from forecasting.evaluation.backtest import backtest as backtest_frames

SETTLED = 14  # days after which what was sold on a day no longer changes


def backtest(engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizon: int) -> pd.DataFrame:
    """Past days forecast as they would have been: SEEN_WHOLE_COLUMNS, one row a warehouse, product and day.

    They are of days that stay in stock, since on others sales do not tell the demand that they could be scored by.
    Models know only days before `start`; a forecast for day d knows what was known at the end of d - horizon."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("backtest", 2, 0)
    with reading(engine) as session:
        zone = warehouses_with_sales(session)[warehouse_ids[0]]
        known = load_known(session, end_of_day(end - timedelta(days=horizon), zone), warehouse_ids)
    progress("backtest", 2, 1)
    frame = backtest_frames(known, pd.Timestamp(start), pd.Timestamp(end), [horizon])
    progress("backtest", 2, 2)
    return frame


def report_accuracy(
    engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizons: Sequence[int]
) -> AccuracyReport:
    """How well the days start..end would have been forecast from every horizon (days ahead), beside baselines.

    Scored is what became known of these days by SETTLED days after the last."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("report accuracy", 2, 0)
    with reading(engine) as session:
        zone = warehouses_with_sales(session)[warehouse_ids[0]]
        known = load_known(session, end_of_day(end + timedelta(days=SETTLED), zone), warehouse_ids)
    progress("report accuracy", 2, 1)
    report = accuracy_report(known, pd.Timestamp(start), pd.Timestamp(end), horizons)
    progress("report accuracy", 2, 2)
    return report
