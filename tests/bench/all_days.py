"""Forecasts of days seen whole beside those of all days, against what came: on all days, sold out or not.

By hand, on a database that holds a sample region (`freshfront db upgrade`, `freshfront sample`) or FreshRetailNet:
python tests/bench/all_days.py sqlite:///region.sqlite --end 2026-09-13 [--days 14]
Models know only what was known before those days; each is forecast on its eve. Prints sales over what was due, the
share of the mean that fell into hours in stock, over all and by fifth of the mean; and where the demand is known that
was simulated, the bias of the mean, WAPE, the mean pinball loss and what each quantile covers. Shares, no percent.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import numpy as np
import pandas as pd
from score import scores

from data.database import open_database, reading
from data.local_days import end_of_day
from flows.demand.run_snapshot import load_known
from forecasting.evaluation.backtest import replay
from forecasting.features.panel import Panel
from forecasting.known.frames import FORECAST_COLUMNS
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.region_model import learned_profiles
from forecasting.model.training_settings import TrainingSettings

KEY = ["warehouse_id", "product_id", "date"]


def sold_over_due(forecasts: pd.DataFrame, panel: Panel) -> pd.Series:
    """Over all rows, and by fifth of the mean forecast, the slowest first."""
    series = pd.MultiIndex.from_frame(panel.series[KEY[:2]])
    row = series.get_indexer(pd.MultiIndex.from_frame(forecasts[KEY[:2]]))
    day = (forecasts["date"] - panel.first_day).dt.days.to_numpy()
    beside = pd.DataFrame({"sales": panel.sales[row, day], "due": panel.exposure[row, day] * forecasts["mean"]})
    fifth = beside.groupby(pd.qcut(forecasts["mean"].rank(method="first"), 5, labels=[*"12345"]), observed=True).sum()
    found = (fifth["sales"] / fifth["due"]).rename(lambda n: f"fifth {n}")
    return pd.concat([pd.Series({"all": beside["sales"].sum() / beside["due"].sum()}), found])


def main() -> None:
    """Replay, and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("database", help="its URL")
    asked.add_argument("--end", type=date.fromisoformat, required=True, help="the last day, whose sales are known")
    asked.add_argument("--days", type=int, default=14)
    args = asked.parse_args()
    first = args.end - timedelta(days=args.days - 1)
    engine = open_database(args.database)
    with reading(engine) as session:
        known = load_known(session, end_of_day(args.end, "Asia/Shanghai"))
        of_day = "SELECT warehouse_id, product_id, date, demand FROM true_demand WHERE date BETWEEN '{}' AND '{}'"
        truth = pd.read_sql(of_day.format(first, args.end), session.connection(), parse_dates=["date"])
    replayed = replay(known, pd.Timestamp(first), pd.Timestamp(args.end), (1,), TrainingSettings(horizons=(1,)))
    methods = {
        "days seen whole": replayed.forecasts[list(FORECAST_COLUMNS)],
        "all days": of_all_days(replayed.forecasts),
    }
    panel = Panel.of(known, learned_profiles(known))
    print(pd.DataFrame({name: sold_over_due(of, panel) for name, of in methods.items()}).round(3).to_string())
    if len(truth):
        beside = {name: of.merge(truth, on=KEY) for name, of in methods.items()}
        found = {name: scores(np.asarray(of["demand"]), of) for name, of in beside.items()}
        print(pd.DataFrame(found).round(4).to_string())


if __name__ == "__main__":
    main()
