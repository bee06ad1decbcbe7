"""Trials of a challenger that changes nothing, and of one that changes 3%: how often a winner is called, with a look
after each period, beside a z-test of the contrasts at the looks of the stated length. Run by `make bench-trials`."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.stats import norm

from tests.bench.trials.recorded import recorded_stores
from tests.bench.trials.sample_region import sample_region
from tests.bench.trials.worlds import FIRST, World, made_worlds, with_effect
from warehouse.worth.trials.contrasts import Before, Days, contrasts
from warehouse.worth.trials.design import Design
from warehouse.worth.trials.length import EFFECT, LONGEST, best_design
from warehouse.worth.trials.lengthening import periods_needed
from warehouse.worth.trials.stopping import Contrasts, decided, shown

HISTORY = 91  # days before the trial
WASHOUT = 2
BLOCKS = (7, 14)
COLUMNS = (
    *("world", "effect", "trials", "winner called", "the right one", "interval holds the effect"),
    *("z-test of contrasts calls", "lengthened", "periods", "stated", "CPU s"),
)
SHARES = ("called", "right", "inside", "of_contrasts", "lengthened")


@dataclass(frozen=True)
class Ended:
    """How a trial ended."""

    called: bool
    right: bool
    inside: bool
    effect: float
    of_contrasts: bool
    lengthened: bool
    periods: int
    stated: int
    kind: str


def a_trial(world: World, effect: float, seed: int, lengthened: bool = True) -> Ended | None:
    """Planned from its history, begun, looked at after each period until it is decided or over; None where the stated
    length is longer than the longest. Where it is not `lengthened` it ends with its stated length."""
    dice = np.random.default_rng([seed, 77])
    days = world.days(HISTORY + LONGEST * 14, dice)
    history = Days(days.warehouses, days.first, days.part[:, :HISTORY], days.whole[:, :HISTORY])
    plan = best_design(history, WASHOUT, BLOCKS)
    if plan.periods is None:
        return None
    first = FIRST + timedelta(days=HISTORY)
    design = Design(plan.kind, first, plan.block_days, WASHOUT, plan.periods, plan.most, plan.pairs, seed)
    if not lengthened:
        design = replace(design, most=design.periods)
    days = world.befallen(days, HISTORY, design.period_days * design.periods, dice)
    days = with_effect(days, design, effect, world.carried)
    before = Before.of(history, plan.pairs, plan.kind, plan.block_days, WASHOUT)
    every = contrasts(days, design, before, range(design.most))
    if every is None:
        return None
    lengths: list[int] = []
    for period in range(1, design.most + 1):
        seen = up_to(every, period)
        lengths.append(periods_needed(seen, period, design, EFFECT))
        if decided(seen, lengths, seed) or period == lengths[-1]:
            told = shown(seen, lengths, seed)
            low = -np.inf if told.lowest is None else told.lowest
            high = np.inf if told.highest is None else told.highest
            return Ended(
                called=told.decided,
                right=told.decided and told.effect * effect > 0,
                inside=bool(low <= effect <= high),
                effect=told.effect,
                of_contrasts=z_of_contrasts(every, design.periods),
                lengthened=period > design.periods,
                periods=period,
                stated=design.periods,
                kind=f"{plan.kind} {plan.block_days}",
            )
    return None


def up_to(seen: Contrasts, periods: int) -> Contrasts:
    """Those of the first periods."""
    some = seen.period < periods
    return replace(
        seen, value=seen.value[some], weight=seen.weight[some], coin=seen.coin[some], period=seen.period[some]
    )


def z_of_contrasts(seen: Contrasts, periods: int) -> bool:
    """Whether a z-test of the contrasts calls a winner at any look."""
    for period in range(1, periods + 1):
        value = seen.value[seen.period < period]
        if len(value) > 1 and abs(value.mean()) > norm.ppf(0.975) * value.std(ddof=1) / np.sqrt(len(value)):
            return True
    return False


def worlds(name: str, freshretailnet: Path | None) -> Iterator[World]:
    """Those whose name has this in it; each is made when its turn comes."""
    if name in "the sample region":
        with TemporaryDirectory(prefix="trials") as folder:
            yield sample_region(Path(folder))
    yield from (world for world in made_worlds() if name in world.name)
    if freshretailnet and name in "FreshRetailNet's stores":
        yield recorded_stores(freshretailnet)


def main() -> None:
    """Prints a line a world."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--trials", type=int, default=1000)
    asked.add_argument("--first-seed", type=int, default=100_000)
    asked.add_argument("--world", help="only the worlds whose name has this in it")
    asked.add_argument("--never-lengthened", action="store_true", help="each trial ends with its stated length")
    asked.add_argument("--freshretailnet", type=Path, help="its train.parquet: the world of its stores too")
    args = asked.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for world in worlds(args.world or "", args.freshretailnet):
        for effect in (0.0, EFFECT):
            begun = time.process_time()
            seeds = range(args.first_seed, args.first_seed + args.trials)
            ended = [a_trial(world, effect, seed, not args.never_lengthened) for seed in seeds]
            told = [one for one in ended if one is not None]
            if not told:
                print(f"| {world.name} | {effect:.0%} | 0 of {len(ended)} |", flush=True)
                continue
            kinds = Counter(one.kind for one in told)
            shares = [float(np.mean([getattr(one, name) for one in told])) for name in SHARES]
            print(
                f"| {world.name} | {effect:.0%} | {len(told)} of {len(ended)} | "
                + " | ".join(f"{share:.1%}" for share in shares)
                + f" | {np.mean([one.periods for one in told]):.1f} | {np.mean([one.stated for one in told]):.1f} "
                f"({', '.join(f'{name}: {count}' for name, count in kinds.items())}) "
                f"| {time.process_time() - begun:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
