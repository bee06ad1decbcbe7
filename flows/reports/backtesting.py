"""Past days are forecast again, with what was known then, and scored."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import Engine

from data.database import reading
from data.frames.sales_days import warehouses_with_sales
from data.local_days import by_clock, end_of_day
from flows.demand.run_snapshot import load_known
from flows.errors import NotNow
from flows.for_each_warehouse import watched_by
from flows.reports.accuracy import AccuracyReport, accuracy_report
from forecasting.evaluation.backtest import backtest as backtest_frames
from forecasting.known.frames import KnownAtOrigin

SETTLED = 14  # days after which what was sold on a day no longer changes


def backtest(engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizon: int) -> pd.DataFrame:
    """Past days forecast as they would have been: SEEN_WHOLE_COLUMNS, one row a warehouse, product and day.

    They are of days that stay in stock, since on others sales do not tell the demand that they could be scored by.
    Models know only days before `start`; a forecast for day d knows what was known at the end of d - horizon."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("backtest", 2, 0)
    regions = _known_by_region(engine, warehouse_ids, *(day - timedelta(days=horizon) for day in (start, end)))
    progress("backtest", 2, 1)
    frames = [backtest_frames(known, pd.Timestamp(start), pd.Timestamp(end), [horizon]) for known in regions]
    progress("backtest", 2, 2)
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def report_accuracy(
    engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizons: Sequence[int]
) -> AccuracyReport:
    """How well the days start..end would have been forecast from every horizon (days ahead), beside baselines.

    Scored is what became known of these days by SETTLED days after the last."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("report accuracy", 2, 0)
    first = start - timedelta(days=max(horizons, default=0))
    regions = _known_by_region(engine, warehouse_ids, first, end + timedelta(days=SETTLED))
    progress("report accuracy", 2, 1)
    report = accuracy_report(regions, pd.Timestamp(start), pd.Timestamp(end), horizons)
    progress("report accuracy", 2, 2)
    return report


def _known_by_region(engine: Engine, warehouse_ids: Sequence[str], first: date, last: date) -> list[KnownAtOrigin]:
    """What is known of these warehouses at the end of a local day, of those of each clock apart; of the days that runs
    look at whose origins are the ends of the days from `first` on."""
    with reading(engine) as session:
        zones = warehouses_with_sales(session)
        chosen = by_clock({name: zones[name] for name in warehouse_ids}, end_of_day(last, "UTC"))
        return [
            load_known(session, end_of_day(last, zone), names, end_of_day(first, zone))
            for zone, names in chosen.items()
        ]
