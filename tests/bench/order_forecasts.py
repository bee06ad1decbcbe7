"""Orders by half hour, 48 hours ahead, beside the same half hour of last week and the mean of four weeks, as ratios of
pinball; what quantiles and sums of days cover; and whether half hours add up.

`python -m tests.bench.order_forecasts [--seeds 2 3 4] [--freshretailnet FILE]` prints Markdown. Worlds: the sample
region with other seeds, forecast every night through the real steps against SQLite; shops of another make, whose orders
come as a Cox process (`tests/worlds/shop_orders.py`); and, as far as real hours are at hand, FreshRetailNet, whose
product-hours with sales stand for order lines by the hour (each halved by a coin).
A yardstick is scored as the number it is, and as a negative binomial around it whose dispersion is that of its own
errors on the four weeks before. Where the law is known that orders come by, its own distribution (of who knows the
demand of the day, not its shock) says how much of our pinball is chance.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.bulk import write_rows
from data.database import open_database, reading, upgrade_schema, writing
from data.frames.order_counts import as_frame, order_counts
from data.local_days import end_of_day
from data.sample.cities import TIMEZONE
from data.sample.orders import order_rows
from data.sample.playable import make_playable_region, write_past
from data.tables import OrderLineRow
from flows.demand.forecasts import forecast_warehouses
from flows.demand.models.promoting import promote_or_reject
from flows.demand.models.training import train_region_model, train_warehouses
from flows.demand.order_forecasts import known_orders
from forecasting.known.frames import QUANTILES
from forecasting.orders.counts import quantiles, sampled
from forecasting.orders.forecast import order_forecast
from forecasting.orders.known_orders import DAY_DEMAND_COLUMNS, ORDER_COUNT_COLUMNS, SLOTS, KnownOrders
from forecasting.orders.so_far import SoFar, as_the_day_goes
from tests.worlds.shop_orders import BUNCHED, BUSY, FIRST, QUIET, STEADY, Make, ShopOrders

Floats = NDArray[np.float64]

DAYS = 2
DRAWS = 400
LEVELS = np.array(QUANTILES)
TOLD = (0.5, 0.75, 0.9, 0.95)
YARDSTICKS = ("last week", "four weeks")
LAW = "the law itself"
TWO = 28  # the half hour that begins at 14:00
MAKES = (("steady", STEADY), ("bunched", BUNCHED), ("busy", BUSY), ("quiet", QUIET))


@dataclass(frozen=True, eq=False)
class Law:
    """What orders are drawn from: `expected` (w, day, 48), and the dispersion around it."""

    expected: Floats
    dispersion: float


@dataclass
class Scores:
    """Of one world: pinball by method over all half hours with business, and where counts fell in their forecasts."""

    pinball: dict[str, list[Floats]] = field(default_factory=dict)
    fell: list[Floats] = field(default_factory=list)
    days_fell: list[Floats] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(
        self, counts: Floats, first_day: pd.Timestamp, zone: str, known: KnownOrders, seed: int, law: Law | None = None
    ) -> None:
        """Scores one evening; `counts` (w, day, 48) are those that came, the warehouses in the order of their ids."""
        begun = time.process_time()
        forecast = order_forecast(known, DAYS)
        self.seconds.append(time.process_time() - begun)
        local = forecast["half_hour"].dt.tz_convert(zone)
        slot = (local.dt.hour * 2 + local.dt.minute // 30).to_numpy()
        shop = pd.factorize(forecast["warehouse_id"], sort=True)[0]
        day = (forecast["date"] - first_day).dt.days.to_numpy()
        came = counts[shop, day, slot]
        mean, dispersion = (forecast[name].to_numpy(dtype=float) for name in ("mean", "dispersion"))
        open_then = (mean > 0) | (came > 0)
        self._keep("ours", came, quantiles(mean, dispersion, QUANTILES), open_then)
        if law is not None:
            told = quantiles(law.expected[shop, day, slot], np.full(len(came), law.dispersion), QUANTILES)
            self._keep(LAW, came, told, open_then)
        for name in YARDSTICKS:
            guess = _yardstick(counts, name, shop, day, slot)
            spread = _own_dispersion(counts, name, int(day.min()))
            self._keep(name, came, guess[:, None], open_then)
            self._keep(
                f"{name}, with its errors", came, quantiles(guess, np.full(len(guess), spread), QUANTILES), open_then
            )
        drawn = sampled(forecast, DRAWS, seed)
        random = np.random.default_rng(seed)
        self.fell.append(_fell(drawn, came, random)[open_then])
        of_day = forecast.groupby(["warehouse_id", "date"]).indices
        sums = np.stack([drawn[rows].sum(axis=0) for rows in of_day.values()])
        self.days_fell.append(_fell(sums, np.array([came[rows].sum() for rows in of_day.values()]), random))

    def _keep(self, name: str, came: Floats, told: Floats, which: NDArray[np.bool_]) -> None:
        self.pinball.setdefault(name, []).append(_pinball(came, told)[which])

    def row(self, world: str) -> str:
        """A line of Markdown: ratios of pinball, then coverage in percent."""
        mean = {name: float(np.concatenate(values).mean()) for name, values in self.pinball.items()}
        names = [name for yardstick in YARDSTICKS for name in (yardstick, f"{yardstick}, with its errors")]
        ratios = " | ".join(f"{mean['ours'] / mean[name]:.3f}" for name in names)
        by_chance = f"{mean[LAW] / mean['ours']:.3f}" if LAW in mean else "-"
        covered = " / ".join(f"{np.mean(np.concatenate(self.fell) <= level):.1%}" for level in TOLD)
        of_days = " / ".join(f"{np.mean(np.concatenate(self.days_fell) <= level):.1%}" for level in TOLD)
        return f"| {world} | {ratios} | {by_chance} | {covered} | {of_days} | {np.median(self.seconds):.2f} |"


def _yardstick(counts: Floats, name: str, shop: NDArray[np.intp], day: Floats, slot: Floats) -> Floats:
    weeks = (1,) if name == "last week" else (1, 2, 3, 4)
    return np.mean([counts[shop, day - 7 * ago, slot] for ago in weeks], axis=0)


def _own_dispersion(counts: Floats, name: str, day: int) -> float:
    """Of a negative binomial around what the yardstick said of the four weeks before a day."""
    shops = np.arange(len(counts))[:, None]
    slots = np.arange(SLOTS)[None]
    excess, volume = 0.0, 0.0
    for then in range(day - 28, day):
        guess = _yardstick(counts, name, shops, np.array(then), slots)
        excess += float(((counts[:, then] - guess) ** 2 - guess).sum())
        volume += float((guess**2).sum())
    return max(excess / volume, 0.0)


def _fell(drawn: NDArray[np.integer], came: Floats, random: np.random.Generator) -> Floats:
    """The randomised probability integral transform of counts within their draws (Czado, Gneiting & Held 2009)."""
    below, at = (drawn < came[:, None]).sum(axis=1), (drawn == came[:, None]).sum(axis=1)
    fell: Floats = (below + random.random(len(came)) * (at + 1)) / (drawn.shape[1] + 1)
    return fell


def other_make(make: Make, seed: int, demand: bool) -> Scores:
    """Six shops over four weeks, every other evening."""
    shops, scores = ShopOrders.lived(make, seed=seed, shops=6, days=120), Scores()
    law = Law(shops.expected, (1 + 1 / make.day) * (1 + 1 / make.half_hour) - 1)
    for last in range(88, 118, 2):
        known = shops.known(last, demand=demand, foreseen_since=60)
        scores.add(shops.orders.astype(float), FIRST, make.zone, known, seed, law)
    return scores


def afternoon(make: Make, seed: int, demand: bool) -> float:
    """The pinball of the half hours from 14:00 on, told the orders up to then, over that of the night's forecast."""
    shops = ShopOrders.lived(make, seed=seed, shops=6, days=120)
    at_night, at_two = 0.0, 0.0
    for last in range(88, 118, 2):
        forecast = order_forecast(shops.known(last, demand=demand, foreseen_since=60), 1)
        for shop, (_, night) in enumerate(forecast.groupby("warehouse_id")):
            local = night["half_hour"].dt.tz_convert(make.zone)
            slot = (local.dt.hour * 2 + local.dt.minute // 30).to_numpy()
            came, rest = shops.orders[shop, last + 1][slot].astype(float), slot >= TWO
            told = SoFar(night["date"].iloc[0], int(came[~rest].sum()), night["half_hour"][rest].iloc[0])
            at_night += _missed(night[rest], came[rest])
            at_two += _missed(as_the_day_goes(night, told)[rest], came[rest])
    return at_two / at_night


def _missed(forecast: pd.DataFrame, came: Floats) -> float:
    told = quantiles(forecast["mean"].to_numpy(dtype=float), forecast["dispersion"].to_numpy(dtype=float), QUANTILES)
    return float(_pinball(came, told).sum())


def _pinball(came: Floats, told: Floats) -> Floats:
    """The mean over the quantiles (n)."""
    off = came[:, None] - told
    missed: Floats = np.maximum(LEVELS * off, (LEVELS - 1) * off).mean(axis=1)
    return missed


def sample_region(seed: int, warehouses: int, products: int) -> Scores:
    """Four weeks of nights through the real steps, the first week of which is not scored: no forecast was kept yet."""
    nights, last = 28, date(2026, 6, 14)
    with TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'region.sqlite'}")
        upgrade_schema(engine)
        _write_region(engine, last, seed, warehouses, products, history=150)
        first, names = last - timedelta(days=nights), [f"W{number:02d}" for number in range(1, warehouses + 1)]
        begun = end_of_day(first, TIMEZONE)
        region_model_id = train_region_model(engine, begun, begun)
        train_warehouses(engine, names, region_model_id, begun)
        promote_or_reject(engine, region_model_id, begun)
        counts, first_day = _counted(engine, names, last, 100)
        scores = Scores()
        for night in range(nights - DAYS + 1):
            origin = end_of_day(first + timedelta(days=night), TIMEZONE)
            forecast_warehouses(engine, names, origin, origin, 3)
            if night >= 7:
                with reading(engine) as session:
                    scores.add(counts, first_day, TIMEZONE, known_orders(session, names, origin), seed)
        engine.dispose()
    return scores


def _write_region(engine: Engine, until: date, seed: int, warehouses: int, products: int, history: int) -> None:
    region = make_playable_region(until, seed=seed, warehouses=warehouses, products=products, history=history, days=1)
    columns = ["order_id", "line_no", "warehouse_id", "product_id", "ordered_at", "quantity", "unit_price", "known_at"]
    rows = order_rows(region.past, region.catalogue, region.promotions, region.shelves, 100)
    with writing(engine) as session:
        write_past(session.connection(), region)
        write_rows(session.connection(), OrderLineRow.__table__, columns, rows)  # type: ignore[arg-type]


def _counted(engine: Engine, names: list[str], last: date, days: int) -> tuple[Floats, pd.Timestamp]:
    first = last - timedelta(days=days - 1)
    with reading(engine) as session:
        frame = as_frame(order_counts(session, names, TIMEZONE, first, end_of_day(last, TIMEZONE)))
    counts = np.zeros((len(names), days, SLOTS))
    row, day = frame["warehouse_id"].map(names.index), (frame["date"] - pd.Timestamp(first)).dt.days
    counts[row, day, frame["slot"]] = frame["orders"]
    return counts, pd.Timestamp(first)


def freshretailnet(file: Path, every: int = 40) -> Scores:
    """Every so many-th store from 15 May on: its product-hours with sales, as counts of which no demand is known."""
    sales = pd.read_parquet(file, columns=["store_id", "dt", "hours_sale"])
    stores = np.sort(sales["store_id"].unique())[::every]
    sales = sales[sales["store_id"].isin(stores)]
    hours = (np.stack(sales["hours_sale"].to_list()) > 0).astype(np.int64)
    day = pd.to_datetime(sales["dt"])
    first_day = day.min()
    row, number = np.searchsorted(stores, sales["store_id"]), (day - first_day).dt.days.to_numpy()
    by_hour = np.zeros((len(stores), int(number.max()) + 1, 24), dtype=np.int64)
    np.add.at(by_hour, (row, number), hours)
    early = np.random.default_rng(1).binomial(by_hour, 0.5)
    counts = np.stack([early, by_hour - early], axis=3).reshape(*by_hour.shape[:2], SLOTS).astype(float)
    scores = Scores()
    for last in range(60, counts.shape[1] - DAYS, 2):
        scores.add(counts, first_day, TIMEZONE, _without_demand(counts, first_day, last), 1)
    return scores


def _without_demand(counts: Floats, first_day: pd.Timestamp, last: int) -> KnownOrders:
    names = np.array([f"S{shop:04d}" for shop in range(len(counts))], dtype=object)
    shop, day, slot = np.nonzero(counts[:, : last + 1])
    values = (names[shop], first_day + pd.to_timedelta(day, unit="D"), slot, counts[shop, day, slot])
    frame = pd.DataFrame(dict(zip(ORDER_COUNT_COLUMNS, values, strict=True)))
    types = {"date": "datetime64[us]", "lines": float, "foreseen": bool, "hidden": float}
    none = pd.DataFrame(columns=list(DAY_DEMAND_COLUMNS)).astype(types)
    places = pd.DataFrame({"warehouse_id": names, "city": "somewhere"})
    return KnownOrders(frame, none, places, TIMEZONE, first_day + pd.Timedelta(days=last))


def worlds(
    seeds: list[int], warehouses: int, products: int, file: Path | None
) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """What is played, by name."""
    for seed in seeds:
        yield f"sample region, seed {seed}", lambda seed=seed: sample_region(seed, warehouses, products)
    for name, make in MAKES:
        for demand in (True, False):
            said = f"{name} shops{'' if demand else ', demand not known'}"
            yield said, lambda make=make, demand=demand: other_make(make, 21, demand)
    if file is not None:
        yield "FreshRetailNet, product-hours", lambda: freshretailnet(file)


def main() -> None:
    """Plays the worlds that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", default=[2, 3, 4], help="of sample regions")
    parser.add_argument("--warehouses", type=int, default=4)
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--freshretailnet", type=Path, metavar="FILE")
    asked = parser.parse_args()
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}: our pinball over each yardstick's; below 0.85 is the aim\n")
    heads = [name for yardstick in YARDSTICKS for name in (yardstick, f"{yardstick}, with its errors")]
    covered = "below " + " / ".join(f"q{level:.0%}".replace("%", "") for level in TOLD)
    print(f"| world | {' | '.join(heads)} | {LAW} over ours | {covered} | sums of days | CPU s |")
    print("|---" * (len(heads) + 5) + "|")
    for name, play in worlds(asked.seeds, asked.warehouses, asked.products, asked.freshretailnet):
        print(play().row(name), flush=True)
    print("\nThe rest of the day at 14:00, over the night's forecast of it: demand known, and not known")
    for name, make in MAKES:
        print(f"| {name} shops | {afternoon(make, 31, True):.3f} | {afternoon(make, 31, False):.3f} |", flush=True)


if __name__ == "__main__":
    main()
