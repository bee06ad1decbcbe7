"""Broken feeds: what is found of faults of every kind in made shops, and what is found where nothing is wrong, in made
and recorded shops; forecasts that drift. Run by `make bench-feeds`."""

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.feeds.drifts import drifts
from tests.bench.feeds.faults import FAULTS, broken, until
from tests.bench.feeds.recorded import stores, vegetables
from tests.bench.feeds.worlds import MAKES, made
from warehouse.worth.feeds.feed_days import FeedDays
from warehouse.worth.feeds.findings import JUDGED_DAYS, LOOK_BACK_DAYS, Feed, Finding, allowed_chance, broken_days

MONTH: Final = 365 / 12
PARTS: Final = ("whole", "faults", "drift")
ALLOWED: Final = allowed_chance(list(Feed))  # as where a warehouse has every feed


def found(feed: FeedDays, kind: Feed = Feed.SALES) -> list[Finding]:
    """What is told of the last JUDGED_DAYS."""
    return broken_days(kind, feed, ALLOWED)


def false_alarms(name: str, feeds: Iterable[FeedDays], kind: Feed = Feed.SALES) -> None:
    """Findings where nothing is wrong, a warehouse and month."""
    days, told = 0, list[Finding]()
    for feed in feeds:
        days += JUDGED_DAYS
        told += found(feed, kind)
    count = sum((one.last - one.first).days + 1 for one in told)
    kinds = dict(Counter(one.what for one in told).most_common())
    rate = f"{count / days * MONTH:.3f} days a warehouse-month"
    print(f"{name}: {count} of {days} days told, {rate} {kinds} {sorted({f'{one.first}' for one in told})[:12]}")


def faults(seeds: int) -> None:
    """The share of faults of each kind that is told the night after, by make, and as what."""
    for fault in FAULTS:
        shares, told_as = [], Counter[str]()
        for make in MAKES:
            hits = 0
            for seed in range(seeds):
                rng = np.random.default_rng([seed, 77])
                whole = until(made(make, seed, LOOK_BACK_DAYS), LOOK_BACK_DAYS - 1 - int(rng.integers(0, 7)))
                told = [one.what for one in found(broken(whole, fault, rng)) if one.last == whole.days[-1]]
                hits += bool(told)
                told_as.update(told or ["-"])
            shares.append(hits / seeds)
        by_make = ", ".join(f"{make.name} {share:.0%}" for make, share in zip(MAKES, shares, strict=True))
        print(f"{fault}: {np.mean(shares):.0%} ({by_make}); as {dict(told_as.most_common())}")


def main() -> None:
    """Prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seeds", type=int, default=40, help="shops of each make")
    parser.add_argument("--freshretailnet", type=Path, help="its train.parquet")
    parser.add_argument("--stores", type=int, default=150)
    parser.add_argument("--vegetables", type=Path, help="item_day.csv")
    asked = parser.parse_args()
    if "whole" in asked.parts:
        for make in MAKES:
            false_alarms(make.name, (made(make, 1000 + seed, LOOK_BACK_DAYS) for seed in range(3 * asked.seeds)))
        if asked.freshretailnet:
            false_alarms("FreshRetailNet", stores(asked.freshretailnet, asked.stores, 1))
        if asked.vegetables:
            false_alarms("vegetables sold", vegetables(asked.vegetables, "kg_sold"))
            false_alarms("vegetables' prices", vegetables(asked.vegetables, "price"), Feed.PRICES)
    if "faults" in asked.parts:
        faults(asked.seeds)
    if "drift" in asked.parts:
        drifts(asked.seeds, asked.vegetables)


if __name__ == "__main__":
    main()
