"""The range: what retiring came to in made shops with known substitution, what new products sold, what reviews of
decisions say beside the truth, and how stable the order is in recorded shops. Run by `make bench-assortment`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.assortment.decided import Judged, reviewed
from tests.bench.assortment.launching import Launched, launches
from tests.bench.assortment.recorded import (
    front_warehouses,
    groceries_hanging,
    half_years,
    halves,
    hidden_launches,
    vegetable_shop,
)
from tests.bench.assortment.retiring import Outcome, played
from tests.bench.assortment.worlds import DECIDED_IN, MAKES, MadeShop

TUNED_ON = (1, 2, 3)
NEVER_SEEN = (201, 202, 203, 204)
ACCEPTED = (0.3, 1.0)  # shares of a shop's proposals


def retired_products(seeds: Sequence[int], futures: int) -> None:
    """Each make: predicted / came, in sums over its shops."""
    print(
        "make | retired (held back) | margin lost | kept | lost for good, of margin lost | waste saved | money | judged"
    )
    everything: list[Outcome] = []
    for make in MAKES:
        outcomes = [played(MadeShop(make, seed), futures) for seed in seeds]
        everything += outcomes
        _retired(make.name, outcomes)
    _retired("all", everything)
    by_shop = np.array([np.mean(one.by_future) for one in everything])
    error = by_shop.std(ddof=1) / np.sqrt(len(by_shop))
    print(
        f"money of a shop's list: {by_shop.mean():.0f} +- {1.96 * error:.0f} (95%), the least {by_shop.min():.0f}, "
        f"{(by_shop > 0).sum()} of {len(by_shop)} shops above 0"
    )
    hanging, unseen = (sum(getattr(one, name) for one in everything) for name in ("hanging", "hanging_unseen"))
    print(f"whole baskets make it a loss: {hanging} proposals, of which {unseen} were not held back")


def _retired(name: str, outcomes: list[Outcome]) -> None:
    def sums(part: str) -> tuple[float, float]:
        pairs = [getattr(outcome, part) for outcome in outcomes]
        return sum(predicted for predicted, _ in pairs), sum(came for _, came in pairs)

    margin, kept, waste, money = (sums(part) for part in ("margin", "kept", "waste", "money"))
    within, judged = sum(one.within for one in outcomes), sum(one.judged for one in outcomes)
    ratios = [f"{predicted:.0f} / {came:.0f} ({predicted / came:.2f})" for predicted, came in (margin, kept)]
    print(
        f"{name} | {sum(one.products for one in outcomes)} ({sum(one.held for one in outcomes)}) | "
        f"{' | '.join(ratios)} | {(margin[0] - kept[0]) / margin[0]:+.0%} / {(margin[1] - kept[1]) / margin[1]:+.0%} | "
        f"{waste[0]:.0f} / {waste[1]:.0f} ({waste[0] / waste[1]:.2f}) | "
        f"{money[0]:.0f} / {money[1]:.0f} ({money[0] / money[1]:.2f}) | {within} of {judged}",
        flush=True,
    )


def new_products(seeds: Sequence[int]) -> None:
    """All makes: how far the first four weeks were off."""
    found = [one for make in MAKES for seed in seeds for one in launches(MadeShop(make, seed))]
    print("new products | days sold | launches | MAPE | median | forecast / sold | in the interval")
    for everywhere in (False, True):
        for after in sorted({one.after for one in found}):
            those = [one for one in found if one.after == after and one.new_everywhere == everywhere]
            _launched(everywhere, after, those)


def _launched(everywhere: bool, after: int, found: list[Launched]) -> None:
    off = [abs(one.forecast - one.sold) / one.sold for one in found]
    total = sum(one.forecast for one in found) / sum(one.sold for one in found)
    print(
        f"{'new everywhere' if everywhere else 'sold elsewhere'} | {after} | {len(found)} | {np.mean(off):.0%} | "
        f"{np.median(off):.0%} | {total:.2f} | {np.mean([one.within for one in found]):.0%}"
    )


def decisions(seeds: Sequence[int]) -> None:
    """Each make: what reviews say that decisions came to, in sums over its shops, and how often intervals hold it."""
    print(
        "make | accepted | decisions | promised | came | truth | one alone: off, half its interval, held | shops held"
    )
    for share in ACCEPTED:
        alone: list[Judged] = []
        together: list[Judged] = []
        count = 0
        for make in DECIDED_IN:
            found = [reviewed(MadeShop(make, seed), share) for seed in seeds]
            alone += [judged for one in found for judged in one.alone]
            together += [one.together for one in found]
            count += sum(one.decisions for one in found)
            of_make = [judged for one in found for judged in one.alone]
            _decided(make.name, share, sum(one.decisions for one in found), of_make, [one.together for one in found])
        _decided("all", share, count, alone, together)


def _decided(name: str, share: float, count: int, alone: Sequence[Judged], together: Sequence[Judged]) -> None:
    promised, came, true = (
        sum(values) for values in zip(*((one.promised, one.came.money, one.true) for one in together), strict=True)
    )
    off = [one.came.money - one.true for one in alone]
    half = [one.came.high - one.came.money for one in alone]
    of_one = f"{np.sqrt(np.mean(np.square(off))):.0f}, {np.mean(half):.0f}" if alone else "none"
    print(
        f"{name} | {share:.0%} | {count} | {promised:.0f} ({promised / true:.2f}) | {came:.0f} ({came / true:.2f}) | "
        f"{true:.0f} | {of_one}, {sum(one.held for one in alone)} of {len(alone)} | "
        f"{sum(one.held for one in together)} of {len(together)}",
        flush=True,
    )


def recorded_shops(folder: Path, stores: int) -> None:
    """Rank correlations in recorded shops, and launches hidden from the forecast."""
    vegetables = vegetable_shop(folder / "vegetables" / "item_day.csv")
    print("vegetables, from each half-year to the next:", _said(half_years(vegetables, 28)))
    print("vegetables:", _said(halves(vegetables, 56)))
    print("Ta-Feng, what hangs on a product:", _said(groceries_hanging(folder / "baskets" / "tafeng.parquet")))
    front = front_warehouses(folder / "freshretailnet" / "train.parquet", stores)
    print("FreshRetailNet:", _said(halves(front, 28)))
    print("FreshRetailNet, hidden launches (MAPE, how many):", _said(hidden_launches(front)))


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "(" + "; ".join(_said(one) for one in value) + ")"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuned", action="store_true", help="the seeds that the method was tuned on")
    parser.add_argument("--only-decisions", action="store_true", help="what reviews of decisions say, alone")
    parser.add_argument("--futures", type=int, default=4, help="how often the four weeks are played")
    parser.add_argument("--recorded", type=Path, help="folder of the recorded data sets; without it only made shops")
    parser.add_argument("--stores", type=int, default=60, help="of FreshRetailNet")
    asked = parser.parse_args()
    seeds = TUNED_ON if asked.tuned else NEVER_SEEN
    if not asked.only_decisions:
        retired_products(seeds, asked.futures)
        new_products(seeds)
    decisions(seeds)
    if asked.recorded:
        recorded_shops(asked.recorded, asked.stores)
