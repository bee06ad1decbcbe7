"""A generated shop of years: six products in three categories over five years, its calendar, and the sales it draws.

What moves it is what moves a small bakery or greengrocer: a level that drifts, a weekday, a yearly season by category
with something of each product's own, public holidays of some country and the days around them, school holidays that lie
elsewhere every year, a yearly fair, and days on which the shop is closed. Every number is drawn from the seed, the
country too, so nothing can be tuned to one shop.

python tests/bench/years_shop.py FOLDER --seed 1     writes sales.parquet, events.parquet and shop.json into FOLDER
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

PLACES = (
    ("DE", "SH"),
    ("DE", "BY"),
    ("AT", None),
    ("FR", None),
    ("GB", "SCT"),
    ("US", "CA"),
    ("ES", "MD"),
    ("NL", None),
)
YEARS = 5
PRODUCTS = tuple((f"P{1 + at}", f"C{1 + at // 2}") for at in range(6))
PLANNED_BEFORE = 60  # days that an event is known ahead
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Shop:
    """`sales`: product_id, category, date, sales, expected, kind; a closed day has no row. `events`: name, kind,
    first_day, last_day, closed, planned_on."""

    country: str
    subdivision: str | None
    sales: pd.DataFrame
    events: pd.DataFrame


def drawn(seed: int) -> Shop:
    """The shop of a seed."""
    random = np.random.default_rng(seed)
    country, subdivision = PLACES[seed % len(PLACES)]
    first = pd.Timestamp(2016 + seed % 4, 1, 1)
    days = pd.date_range(first, first + pd.DateOffset(years=YEARS) - pd.Timedelta(days=1))
    years = sorted(set(days.year))
    public = holidays.country_holidays(country, subdiv=subdivision, years=[*years, years[-1] + 1])
    events = pd.DataFrame(_events(random, years, public), columns=["name", "kind", "first_day", "last_day", "closed"])
    events["planned_on"] = events["first_day"] - pd.Timedelta(days=PLANNED_BEFORE)
    log_mean = _log_means(random, days, public, events)
    closed = _within(days, events[events["closed"]])
    expected = np.exp(log_mean)
    day_factor = np.exp(random.normal(0, random.uniform(0.03, 0.08), len(days)))
    noise = random.uniform(0.06, 0.16, len(PRODUCTS))
    parts = []
    kind = _kinds(days, public, events)
    for at, (product_id, category) in enumerate(PRODUCTS):
        mean = expected[at] * day_factor * random.gamma(noise[at] ** -2, noise[at] ** 2, len(days))
        sold = random.poisson(mean).astype(float)
        rows = pd.DataFrame({"product_id": product_id, "category": category, "date": days, "sales": sold})
        parts.append(rows.assign(expected=expected[at], kind=kind)[~closed])
    return Shop(country, subdivision, pd.concat(parts, ignore_index=True), events)


def _events(random: np.random.Generator, years: list[int], public: holidays.HolidayBase) -> Iterator[tuple]:  # type: ignore[type-arg]
    """School holidays four times a year, a fair, and closed days: name, kind, first and last day, closed."""
    summer, fair_month, fair_days = random.integers(1, 40), random.integers(5, 10), random.integers(4, 11)
    shut = {(12, 25), (1, 1)} | ({(12, 26)} if random.random() < 0.6 else set())
    for year in years:
        start = pd.Timestamp(year, 6, 20) + pd.Timedelta(days=int(summer + random.integers(-8, 9)))
        yield "Summer holidays", "school holidays", start, start + pd.Timedelta(days=41), False
        easter = _easter(year) + pd.Timedelta(days=int(random.integers(-8, -3)))
        yield "Easter holidays", "school holidays", easter, easter + pd.Timedelta(days=14), False
        autumn = pd.Timestamp(year, 10, 1) + pd.Timedelta(days=int(random.integers(0, 18)))
        yield "Autumn holidays", "school holidays", autumn, autumn + pd.Timedelta(days=12), False
        winter = pd.Timestamp(year, 12, int(random.integers(19, 24)))
        yield "Christmas holidays", "school holidays", winter, winter + pd.Timedelta(days=15), False
        saturday = pd.Timestamp(year, fair_month, 1) + pd.offsets.Week(2, weekday=5)
        yield "Fair", "fair", saturday, saturday + pd.Timedelta(days=int(fair_days)), False
        for month, day in sorted(shut):
            yield "Closed", "closed", pd.Timestamp(year, month, day), pd.Timestamp(year, month, day), True
        stocktaking = pd.Timestamp(year, 2, 1) + pd.offsets.Week(int(random.integers(1, 5)), weekday=0)
        yield "Stocktaking", "closed", stocktaking, stocktaking, True


def _easter(year: int) -> pd.Timestamp:
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    w = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + w - 7 * ((a + 11 * h + 22 * w) // 451) + 114, 31)
    return pd.Timestamp(year, month, day + 1)


def _within(days: pd.DatetimeIndex, events: pd.DataFrame) -> NDArray[np.bool_]:
    inside = np.zeros(len(days), dtype=bool)
    for event in events.itertuples():
        inside |= (days >= event.first_day) & (days <= event.last_day)
    return inside


def _log_means(
    random: np.random.Generator, days: pd.DatetimeIndex, public: holidays.HolidayBase, events: pd.DataFrame
) -> Doubles:
    """The logarithm of expected sales by product and day, (6, n)."""
    n, categories = len(days), 3
    of = np.arange(len(PRODUCTS)) // 2

    def both(common: float, own: float, *shape: int) -> Doubles:
        """What a category has and each product beside it."""
        return random.normal(0, common, (categories, *shape))[of] + random.normal(0, own, (len(PRODUCTS), *shape))

    level = random.uniform(np.log(15), np.log(250), len(PRODUCTS))[:, None]
    drift = both(0.03, 0.03, 1) * np.arange(n) / 365.25
    step = 0.004
    wander = np.cumsum(random.normal(0, step, (len(PRODUCTS), n)), axis=1) + np.cumsum(random.normal(0, step, n))
    log_mean = level + drift + wander
    log_mean += both(0.15, 0.06, 7)[:, days.day_of_week]
    turn = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    for k in (1, 2, 3):
        a, b = both(0.18 / k, 0.07 / k, 2).T
        log_mean += a[:, None] * np.cos(k * turn) + b[:, None] * np.sin(k * turn)
    names = sorted({public.get(day) for day in days if day in public})
    on = {name: np.array([public.get(day) == name for day in days]) for name in names}
    common_rest = both(0.2, 0.08, 1)
    for name in names:
        effect, eve, after = both(0.25, 0.08, 1), both(0.15, 0.06, 1), both(0.08, 0.04, 1)
        log_mean += (
            (common_rest + effect) * on[name] + eve * np.r_[on[name][1:], False] + after * np.r_[False, on[name][:-1]]
        )
    for kind, common in (("school holidays", 0.12), ("fair", 0.3)):
        of_kind = both(common, 0.05, 1)
        for _, same in events[events["kind"] == kind].groupby("name"):
            log_mean += (of_kind + both(0.05, 0.03, 1)) * _within(days, same)
    closed = _within(days, events[events["closed"]])
    log_mean += both(0.08, 0.04, 1) * (np.r_[closed[1:], False] | np.r_[False, closed[:-1]])
    return log_mean


def _kinds(days: pd.DatetimeIndex, public: holidays.HolidayBase, events: pd.DataFrame) -> NDArray[np.object_]:
    """The kind of each day: closed, fair, holiday (or next to one), school holidays, normal."""
    kind = np.full(len(days), "normal", dtype=object)
    kind[_within(days, events[events["kind"] == "school holidays"])] = "school holidays"
    festival = np.array([day in public for day in days])
    kind[festival | np.r_[festival[1:], False] | np.r_[False, festival[:-1]]] = "holiday"
    kind[_within(days, events[events["kind"] == "fair"])] = "fair"
    kind[_within(days, events[events["closed"]])] = "closed"
    return kind


def calendar(shop: Shop) -> pd.DataFrame:
    """The calendar that every contender is given, one row per day: date, weekday, holiday (name or none), school (name
    or none), fair, closed; two weeks beyond the last sale."""
    last = shop.sales["date"].max() + pd.Timedelta(days=14)
    days = pd.date_range(shop.sales["date"].min() - pd.Timedelta(days=14), last)
    public = holidays.country_holidays(shop.country, subdiv=shop.subdivision, years=sorted(set(days.year)))
    found = pd.DataFrame({"date": days, "holiday": [public.get(day) or "" for day in days], "school": ""})
    for event in shop.events[shop.events["kind"] == "school holidays"].itertuples():
        found.loc[(days >= event.first_day) & (days <= event.last_day), "school"] = event.name
    found["fair"] = _within(days, shop.events[shop.events["kind"] == "fair"])
    found["closed"] = _within(days, shop.events[shop.events["closed"]])
    return found


def main() -> None:
    """Draw a shop and write it down."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--seed", type=int, default=1)
    args = asked.parse_args()
    shop = drawn(args.seed)
    args.folder.mkdir(parents=True, exist_ok=True)
    shop.sales.to_parquet(args.folder / "sales.parquet", index=False)
    shop.events.to_parquet(args.folder / "events.parquet", index=False)
    calendar(shop).to_parquet(args.folder / "calendar.parquet", index=False)
    place = {"country": shop.country, "subdivision": shop.subdivision}
    (args.folder / "shop.json").write_text(json.dumps(place), encoding="utf-8")


if __name__ == "__main__":
    main()
