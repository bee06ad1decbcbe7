"""What quantiles cover of true demand, days cut short by stock-outs included: the sample region and made worlds.

python -m tests.bench.coverage [WORLD ...] [--sample sqlite:///region.sqlite] [--seeds 2]
A world is MAKE.BUYER, e.g. hours.constant, or MAKE.plan: there the plan's own orders decide for 56 days what runs out.
Each is forecast one day ahead by models trained every week, over the last 28 days (of a plan: 14 and all 56). Percent;
bias of the mean, and what q50, q75, q90 and q95 cover.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from data.database import open_database, reading
from data.local_days import end_of_day
from flows.demand.run_snapshot import load_known
from forecasting.evaluation.backtest import replay
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.training_settings import TrainingSettings
from tests.worlds.buyers import Buyer, OrderingByForecasts, constant_stock, erratic, up_to_the_mean
from tests.worlds.coverage import KEY, table
from tests.worlds.world import DAYS_HIGH_TOGETHER, HOURS_BUNCHED, SINGLE_BUYERS, Make, World

MAKES: Final[Mapping[str, Make]] = {"single": SINGLE_BUYERS, "hours": HOURS_BUNCHED, "days": DAYS_HIGH_TOGETHER}
BUYERS: Final[Mapping[str, Buyer]] = {"constant": constant_stock, "mean": up_to_the_mean, "erratic": erratic}
WORLDS: Final = (
    "single.erratic",
    "hours.constant",
    "hours.mean",
    "days.constant",
    "days.mean",
    "days.erratic",
    "days.plan",
)
DAYS, SCORED, PLANNED = 128, 28, 56
SETTINGS: Final = TrainingSettings(horizons=(1,))


def of_world(make: Make, buyer: Buyer, seed: int) -> pd.DataFrame:
    """The table of a world in which a buyer of its own orders."""
    world = World(make, seed=seed, warehouses=8, products=120, days=DAYS)
    while world.day < DAYS:
        world.live(buyer(world))
    return table(forecasts_of(world.known()), world.truth())


def of_plan(make: Make, seed: int) -> pd.DataFrame:
    """The tables of a world in which the forecasts' own quantiles are ordered for `PLANNED` days."""
    days = DAYS - SCORED + PLANNED
    world = World(make, seed=seed, warehouses=8, products=100, days=days)
    plan = OrderingByForecasts(SETTINGS)
    while world.day < days:
        world.live((up_to_the_mean if world.day < days - PLANNED else plan)(world))
    truth = world.truth()
    parts = {"days 1-56": plan.forecasts, "days 1-14": plan.forecasts[:14], "days 43-56": plan.forecasts[-14:]}
    return pd.concat({name: table(pd.concat(frames), truth) for name, frames in parts.items()})


def of_sample(url: str) -> pd.DataFrame:
    """The table of a sample region, with the demand that it was simulated from."""
    engine = open_database(url)
    with reading(engine) as session:
        truth = pd.read_sql("SELECT * FROM true_demand", session.connection(), parse_dates=["date"])
        known = load_known(session, end_of_day(truth["date"].max().date(), "Asia/Shanghai"))
    before = truth[truth["date"] <= known.origin_day - pd.Timedelta(days=SCORED)]
    level = before.groupby(KEY[:2])["demand"].mean().rename("level").reset_index()
    plans = known.promotions.sort_values("known_at").drop_duplicates(KEY, keep="last")
    truth = truth.merge(level, on=KEY[:2]).merge(known.products[["product_id", "category"]], on="product_id")
    truth = truth.merge(plans[[*KEY, "discount", "promoted"]], how="left", on=KEY)
    promoted = truth["promoted"].eq(True) | (truth["discount"] < 1)
    return table(forecasts_of(known), truth.assign(promoted=promoted))


def forecasts_of(known: KnownAtOrigin) -> pd.DataFrame:
    """Forecasts of all days, one day ahead, of the last days known."""
    first = known.origin_day - pd.Timedelta(days=SCORED - 1)
    return of_all_days(replay(known, first, known.origin_day, (1,), SETTINGS, retrain_days=7).forecasts)


def main() -> None:
    """Measure, and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("worlds", nargs="*", default=WORLDS)
    asked.add_argument("--sample", help="URL of a database that holds a sample region")
    asked.add_argument("--seeds", type=int, default=1)
    args = asked.parse_args()
    runs: dict[str, Callable[[], pd.DataFrame]] = {}
    if args.sample:
        runs["sample region"] = lambda: of_sample(args.sample)
    for name in args.worlds:
        make, buyer = name.split(".")
        for seed in range(1, args.seeds + 1):
            runs[f"{name}, seed {seed}"] = lambda make=make, buyer=buyer, seed=seed: (
                of_plan(MAKES[make], seed) if buyer == "plan" else of_world(MAKES[make], BUYERS[buyer], seed)
            )
    for name, run in runs.items():
        started = time.process_time()
        found = run()
        print(f"{name} ({time.process_time() - started:.0f} CPU s)\n{found.round(1).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
