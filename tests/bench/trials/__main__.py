"""Trials of a challenger that changes nothing, and of one that changes 3%: how often a winner is called, with a look
after each period, beside z-tests at the same looks of all days and of the contrasts. Run by `make bench-trials`."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.stats import norm

from tests.bench.trials.sample_region import sample_region
from tests.bench.trials.worlds import FIRST, World, made_worlds, with_effect
from warehouse.worth.trials.contrasts import Before, Days, contrasts
from warehouse.worth.trials.design import Arm, Design
from warehouse.worth.trials.length import EFFECT, LONGEST, best_design
from warehouse.worth.trials.stopping import shown

HISTORY = 91  # days before the trial
WASHOUT = 2
BLOCKS = (7, 14)
COLUMNS = (
    *("world", "effect", "trials", "winner called", "the right one", "interval holds the effect"),
    *("z-test of days calls", "z-test of contrasts calls", "periods", "stated", "CPU s"),
)
SHARES = ("called", "right", "inside", "of_days", "of_contrasts")


@dataclass(frozen=True)
class Ended:
    """How a trial ended."""

    called: bool
    right: bool
    inside: bool
    effect: float
    of_days: bool
    of_contrasts: bool
    periods: int
    stated: int
    kind: str


def a_trial(world: World, effect: float, seed: int) -> Ended | None:
    """Planned from its history, begun, looked at after each period until it is decided or over; None where the stated
    length is longer than the longest."""
    dice = np.random.default_rng([seed, 77])
    days = world.days(HISTORY + LONGEST * 14, dice)
    history = Days(days.warehouses, days.first, days.part[:, :HISTORY], days.whole[:, :HISTORY])
    plan = best_design(history, WASHOUT, BLOCKS)
    if plan.periods is None:
        return None
    first = FIRST + timedelta(days=HISTORY)
    design = Design(plan.kind, first, plan.block_days, WASHOUT, plan.periods, plan.pairs, seed)
    days = world.befallen(days, HISTORY, design.period_days * design.periods, dice)
    days = with_effect(days, design, effect, world.carried)
    before = Before.of(history, plan.pairs, plan.kind, plan.block_days, WASHOUT)
    for period in range(1, design.periods + 1):
        seen = contrasts(days, design, before, range(period))
        if seen is None:
            continue
        told = shown(seen, design.periods, seed)
        if told.decided or period == design.periods:
            low = -np.inf if told.lowest is None else told.lowest
            high = np.inf if told.highest is None else told.highest
            return Ended(
                called=told.decided,
                right=told.decided and told.effect * effect > 0,
                inside=bool(low <= effect <= high),
                effect=told.effect,
                of_days=z_of_days(days, design),
                of_contrasts=z_of_contrasts(days, design, before),
                periods=period,
                stated=design.periods,
                kind=f"{plan.kind} {plan.block_days}",
            )
    return None


def z_of_contrasts(days: Days, design: Design, before: Before) -> bool:
    """Whether a z-test of the contrasts calls a winner at any look."""
    for period in range(1, design.periods + 1):
        seen = contrasts(days, design, before, range(period))
        if seen is not None and len(seen.value) > 1:
            error = seen.value.std(ddof=1) / np.sqrt(len(seen.value))
            if abs(seen.value.mean()) > norm.ppf(0.975) * error:
                return True
    return False


def z_of_days(days: Days, design: Design) -> bool:
    """Whether a z-test of all days of one arm against all of the other calls a winner at any look."""
    rate = days.part / days.whole
    begin = (design.first - days.first).days
    by_arm: dict[Arm | None, list[float]] = {Arm.CHAMPION: [], Arm.CHALLENGER: []}
    for period in range(design.periods):
        for n in range(design.period_days):
            at = period * design.period_days + n
            for row, name in enumerate(days.warehouses):
                by_arm[design.arm(name, design.first + timedelta(days=at))].append(rate[row, begin + at])
        one, other = (np.array(by_arm[arm]) for arm in Arm)
        error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        if abs(one.mean() - other.mean()) > norm.ppf(0.975) * error:
            return True
    return False


def main() -> None:
    """Prints a line a world."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--trials", type=int, default=1000)
    asked.add_argument("--first-seed", type=int, default=100_000)
    asked.add_argument("--world", help="only the worlds whose name has this in it")
    args = asked.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    with TemporaryDirectory(prefix="trials") as folder:
        worlds = [sample_region(Path(folder)), *made_worlds()]
    for world in worlds:
        if args.world and args.world not in world.name:
            continue
        for effect in (0.0, EFFECT):
            begun = time.process_time()
            seeds = range(args.first_seed, args.first_seed + args.trials)
            ended = [a_trial(world, effect, seed) for seed in seeds]
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
