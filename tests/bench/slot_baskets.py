"""Ta-Feng's baskets walked through a floor: assigned, sorted and random, and the carries from a random layout.
With `--batches`, what was expected of carries beside what they saved later.

The 3,000 products most often in the earlier visits of customers lie in three zones of 7, 4 and 1 aisles, 40 bays of 8
slots each; all is learned from the earlier visits and measured on each customer's last. "Plain" sorts each zone by
picks, aisle by aisle, or row by row. `make bench-slots BENCH="../shared/data/baskets/tafeng.parquet"`.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from flows.slotting.files.reassigned import WALKING
from warehouse.slotting.assignment.bound import at_least
from warehouse.slotting.assignment.carries import best_carries, carried_out, carries_by_cost, exchanges_by_cost
from warehouse.slotting.assignment.costs import Separable
from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.proof.gains import expected_gain, gain
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints, floor_plan
from warehouse.slotting.routing.rules import Routing

PRODUCTS, ZONES, BAYS, OF_BAY = 3_000, (7, 4, 1), 40, 8
RANDOM_LAYOUTS, CARRIES, HALVINGS = 5, (20, 50, 100), 14
BATCHES, FEW = 20, 16


def floor(spacing_m: float, start: str) -> FloorPlan:
    aisles = sum(ZONES)
    rows = [
        (f"{aisle}-{bay}-{slot}", aisle, aisle * spacing_m, bay + 0.5)
        for aisle in range(aisles)
        for bay in range(BAYS)
        for slot in range(OF_BAY)
    ]
    middle = (aisles - 1) * spacing_m / 2 if start == "middle" else None
    return floor_plan(pd.DataFrame(rows, columns=["slot_id", "aisle", "x_m", "y_m"]), middle)


def baskets(path: Path) -> tuple[Picks, Picks]:
    """The earlier visits and the last ones."""
    lines = pd.read_parquet(path)
    last = lines["visit"] == lines.groupby("customer_id")["visit"].transform("max")
    products = lines.loc[~last, "product_id"].value_counts().index[:PRODUCTS]

    def picks(some: pd.DataFrame) -> Picks:
        return Picks.of_lines(some["basket_id"], products.get_indexer(pd.Index(some["product_id"])))

    return picks(lines[~last]), picks(lines[last])


def problem_of(plan: FloorPlan, picks: Picks, routing: Routing, seed: int) -> Problem:
    zone_of_slot = np.repeat(np.arange(len(ZONES)), ZONES)[plan.aisle]
    zone = np.repeat(np.arange(len(ZONES)), np.diff(np.cumsum([0, *ZONES]) * PRODUCTS // sum(ZONES)))
    lines = np.bincount(picks.product, minlength=PRODUCTS).astype(float)
    may = Eligible.in_blocks(zone_of_slot, np.random.default_rng(seed).permutation(zone))
    return Problem(plan, may, lines, picks, routing)


def random_layout(problem: Problem, seed: int) -> Ints:
    rng, slot = np.random.default_rng(seed), np.empty(PRODUCTS, np.int64)
    for products, slots in problem.blocks():
        slot[products] = rng.permutation(slots)[: len(products)]
    return slot


def sorted_layout(problem: Problem, distance: Floats) -> Ints:
    slot = np.empty(PRODUCTS, np.int64)
    for products, slots in problem.blocks():
        nearest = slots[np.argsort(distance[slots], kind="stable")][: len(products)]
        slot[products[np.argsort(-problem.lines[products], kind="stable")]] = nearest
    return slot


def assigned(problem: Problem, later: Picks, bound: bool) -> str:
    plan = problem.floor
    random = float(np.mean([problem.metres_a_line(random_layout(problem, n), later) for n in range(RANDOM_LAYOUTS)]))
    aside = np.abs(plan.aisle_x_m[plan.aisle] - plan.start_x_m)
    plain = [
        1 - problem.metres_a_line(sorted_layout(problem, key), later) / random
        for key in (aside * 1_000 + plan.along_m, plan.along_m * 1_000 + aside)
    ]
    began = time.process_time()
    found = assign_for_routing(problem)
    cpu = time.process_time() - began
    ours, by_sorting = (problem.metres_a_line(slot, later) for slot in (found.slot, found.sorted_slot))
    faster = 1 / (1 - WALKING * (1 - ours / random)) - 1
    told = f"{at_least(problem, later) / len(later.tour):.2f}" if bound else "-"
    return (
        f"| {problem.routing} | {random:.2f} | {plain[0]:.1%}, {plain[1]:.1%} | {1 - by_sorting / random:.1%} | "
        f"**{1 - ours / random:.1%}** | {1 - ours / by_sorting:.1%} | {random / ours - 1:+.0%} | {faster:+.0%} | "
        f"{ours:.2f} | {told} | {cpu:.0f} s |"
    )


def carried(problem: Problem, later: Picks, most: int) -> str:
    """Carries from a random layout: by distances, beside what any could save, and walked."""
    now, plan = random_layout(problem, 0), problem.floor
    distance = np.abs(plan.aisle_x_m[plan.aisle] - plan.start_x_m) + plan.along_m
    cost = Separable(problem.lines, distance)
    by_cost = [
        carried_out(now, tuple(plan_of(problem, cost, now, most))) for plan_of in (carries_by_cost, exchanges_by_cost)
    ]
    saved = [float((problem.lines * (distance[now] - distance[after])).sum()) for after in by_cost]
    most_saved = _most_saved(problem, distance, now, most)
    before = problem.metres_a_line(now, later)
    began = time.process_time()
    ours = best_carries(problem, now, most)
    cpu = time.process_time() - began
    exchanges = tuple(exchanges_by_cost(problem, cost, now, most))
    walked = [1 - problem.metres_a_line(carried_out(now, some), later) / before for some in (ours, exchanges)]
    return (
        f"| {problem.routing} | {most} | {saved[0] / most_saved:.1%} | {saved[1] / most_saved:.1%} | {walked[0]:.1%} | "
        f"{walked[1]:.1%} | {cpu:.0f} s |"
    )


def _most_saved(problem: Problem, distance: Floats, now: Ints, most: int) -> float:
    """What no `most` carries can exceed: the least, over prices of a carry, of what all save less the price of theirs,
    and what so many cost at that price (Lagrange)."""
    low, high, best = 0.0, float(problem.lines.max() * distance.max()), np.inf
    for _ in range(HALVINGS):
        price, count, worth = (low + high) / 2, 0, 0.0
        for products, slots in problem.blocks():
            saved = problem.lines[products, None] * (distance[now[products], None] - distance[slots]) - price
            here = np.searchsorted(slots, now[products])
            saved[np.arange(len(products)), here] = 0.0
            rows, columns = linear_sum_assignment(saved, maximize=True)
            worth += float(saved[rows, columns].sum())
            count += int((columns != here[rows]).sum())
        best = min(best, worth + price * most)
        low, high = (price, high) if count > most else (low, price)
    return best


def batch(plan: FloorPlan, earlier: Picks, later: Picks, routing: Routing, seed: int) -> tuple[float, float, float]:
    """Metres a line that carries from a random layout save on the visits that they were chosen on, what was expected of
    them, and what they save on later visits."""
    problem, most = problem_of(plan, earlier, routing, seed), CARRIES[seed % len(CARRIES)]
    now = random_layout(problem, seed)

    def choose(some: Picks) -> Ints:
        return carried_out(now, best_carries(problem_of(plan, some, routing, seed), now, most))

    after = choose(earlier)
    known, then = (gain(problem.metres_a_line, now, after, picks) for picks in (earlier, later))
    expected = expected_gain(problem.metres_a_line, now, earlier, choose)
    assert expected is not None
    return known.metres_a_line, expected.metres_a_line, then.metres_a_line


def batches(plan: FloorPlan, earlier: Picks, later: Picks, routing: Routing, first_seed: int) -> str:
    """How far what was expected of batches lies from what they saved later, as a share of it: the median."""
    seeds = range(first_seed, first_seed + BATCHES)
    chosen, expected, saved = np.array([batch(plan, earlier, later, routing, seed) for seed in seeds]).T
    cells = [
        f"{np.median(np.abs(told / saved - 1)):.1%} | {np.mean(told / saved - 1):+.1%}" for told in (chosen, expected)
    ]
    return f"| {routing} | {earlier.tours:,} | {np.mean(saved):.2f} | " + " | ".join(cells) + " |"


def one_in(picks: Picks, every: int) -> Picks:
    """One visit in so many."""
    kept = picks.tour % every == 0
    return Picks(picks.tour[kept] // every, picks.product[kept], -(-picks.tours // every))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("baskets", type=Path)
    parser.add_argument("--spacing-m", type=float, default=3.0)
    parser.add_argument("--start", choices=("left", "middle"), default="left")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bound", action="store_true", help="solve for what no layout is walked in less than")
    parser.add_argument("--carries", action="store_true")
    parser.add_argument("--batches", action="store_true", help="only what was expected of batches of carries")
    asked = parser.parse_args()
    earlier, later = baskets(asked.baskets)
    plan = floor(asked.spacing_m, asked.start)
    print(f"{len(earlier.tour):,} lines of {earlier.tours:,} visits learned from, {len(later.tour):,} walked")
    if asked.batches:
        print(
            "| rule | visits | saved later, m a line | saved on the visits chosen on: off by, median | on average | "
            "expected: off by, median | on average |\n" + "|---" * 7 + "|"
        )
        for routing in (Routing.S_SHAPE, Routing.COMBINED):
            for some in (earlier, one_in(earlier, FEW)):
                print(batches(plan, some, later, routing, asked.seed), flush=True)
        return
    print(
        "| rule | random, m a line | plain sort, aisle by aisle, row by row | sorted for the rule | assigned | by what "
        "is bought together | lines a metre | lines an hour | m a line | no layout below | CPU |\n" + "|---" * 11 + "|"
    )
    for routing in Routing:
        print(assigned(problem_of(plan, earlier, routing, asked.seed), later, asked.bound), flush=True)
    if asked.carries:
        print(
            "\n| rule | carries | of what any could save | best exchanges | walked less | best exchanges | CPU |\n"
            + "|---" * 7
            + "|"
        )
        for routing in (Routing.S_SHAPE, Routing.COMBINED):
            for most in CARRIES:
                print(carried(problem_of(plan, earlier, routing, asked.seed), later, most), flush=True)


if __name__ == "__main__":
    main()
