"""What the plan's quantities cost beside the optimum: exact dynamic programming with the true distribution.

A product of 1 to 3 days of life is bought every day, with orders under way, rejects (beta-binomial by lot) and packs.
The optimum is the fixed point of relative value iteration over stock by age and what is under way; then both policies
are played over the same days of demand and the same lots. Cost is what knowing demand would earn, less what was earned.
Beside it stands what plans promised: shortage and waste expected, over what came. Run by `make bench-optimum`.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.stats import betabinom

from tests.unit.warehouse.kitchen_garden import MONDAY, days_apart, offer, products
from tests.unit.warehouse.test_purchase_against_optimum import DEMANDS, MOST, as_drawn, day_forecast
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.outcomes.result_curve import Worth
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import best_purchase
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRICE: Final = 16.0
REPLICAS: Final = 500
WARM_UP_DAYS: Final = 20
# seen while the rule was chosen, and held out until it was
SEEN: Final = {name: DEMANDS[name] for name in ("even", "skewed", "intermittent")}
HELD_OUT: Final = {"narrow": [3, 4, 5, 6, 7, 8, 9], "long tail": [1, 1, 2, 3, 5, 9, 13], "slow": [0, 0, 0, 1, 2, 3, 4]}
LOTS: Final = {"all accepted": None, "one in ten rejected": (9.0, 1.0)}


@dataclass(frozen=True)
class Case:
    """One product's terms: days of life, days from order to delivery, quantiles of a day's demand, cost and pack; lots
    are accepted in shares of a beta distribution, or whole (None)."""

    life: int
    lead: int
    demand: tuple[int, ...]
    cost: int
    pack: int
    lots: tuple[float, float] | None

    @property
    def accepted(self) -> float:
        """The mean share of a lot."""
        return 1.0 if self.lots is None else self.lots[0] / sum(self.lots)

    @property
    def lots_relative(self) -> Floats | None:
        """Shares of the mean in which lots as large as a day's demand are accepted, each as often; None: all alike."""
        if self.lots is None:
            return None
        size = max(round(float(np.mean(self.demand))), 1)
        share = betabinom.ppf((np.arange(256) + 0.5) / 256, size, *self.lots) / size
        relative: Floats = share / share.mean()
        return relative

    @property
    def orders(self) -> Ints:
        """What may be ordered, units."""
        return np.arange(0, MOST + 1, self.pack)


def after_demand(stock: Ints, demand: Ints) -> tuple[Ints, Ints]:
    """Stock by age (states x days left) once demand (states) was served, first-expired first; what was unmet."""
    left, wanted = stock.copy(), demand.copy()
    for age in range(stock.shape[1]):
        taken = np.minimum(left[:, age], wanted)
        left[:, age] -= taken
        wanted -= taken
    return left, wanted


def number_of(stock: Ints) -> Ints:
    """The states' numbers, in the order of `states_of`."""
    number = np.zeros(len(stock), dtype=np.int64)
    for age in range(stock.shape[1]):
        number = number * (MOST + 1) + stock[:, age]
    return number


def states_of(ages: int) -> Ints:
    """All stocks by age, states x ages."""
    return np.array(list(product(range(MOST + 1), repeat=ages)), dtype=np.int64).reshape((MOST + 1) ** ages, ages)


class Optimum:
    """Relative value iteration. The state is stock by age before an order (lead 0), or with what has just come
    (lead 1), and what comes tomorrow (lead 2)."""

    def __init__(self, case: Case, probabilities: Floats) -> None:
        self.case, self.stocks = case, states_of(case.life)
        self.accepted = np.zeros((len(case.orders), MOST + 1))
        for row, order in enumerate(case.orders):
            if case.lots is None or order == 0:
                self.accepted[row, order] = 1
            else:
                self.accepted[row, : order + 1] = betabinom.pmf(np.arange(order + 1), order, *case.lots)
        moves = []
        self.sold = np.zeros(len(self.stocks))
        for demand, chance in enumerate(probabilities):
            left, unmet = after_demand(self.stocks, np.full(len(self.stocks), demand))
            self.sold += chance * (demand - unmet)
            here = np.arange(len(left)), number_of(left[:, 1:])
            shape = len(left), (MOST + 1) ** (case.life - 1)
            moves.append(sparse.csr_matrix((np.full(len(left), chance), here), shape))
        self.overnight = sum(moves[1:], moves[0])

    def by_order(self, value: Floats) -> Floats:
        """The value of each order in each state (states x orders), if `value` (states) is what follows."""
        case, orders = self.case, self.case.orders
        if case.lead == 0:
            with_delivery = (PRICE * self.sold + self.overnight @ value).reshape(-1, MOST + 1)
            with_cost: Floats = with_delivery @ self.accepted.T - case.cost * orders
            return with_cost
        if case.lead == 1:
            tomorrow = value.reshape(-1, MOST + 1) @ self.accepted.T
            at_once: Floats = PRICE * self.sold[:, None] + self.overnight @ tomorrow - case.cost * orders
            return at_once
        tomorrow = np.einsum("yaq,oa->yoq", value.reshape(-1, MOST + 1, len(orders)), self.accepted)
        following = (self.overnight @ tomorrow.reshape(tomorrow.shape[0], -1)).reshape(-1, len(orders), len(orders))
        by_order: Floats = PRICE * self.sold[:, None, None] + following - case.cost * orders
        return by_order.reshape(-1, len(orders))

    def policy(self) -> Ints:
        """The best order's place in `orders`, by state."""
        ages = self.case.life - (self.case.lead == 0)
        value = np.zeros((MOST + 1) ** ages * (len(self.case.orders) if self.case.lead == 2 else 1))
        while True:
            by_order = self.by_order(value)
            change = by_order.max(axis=1) - value
            if np.ptp(change) < 1e-6:
                best: Ints = by_order.argmax(axis=1)
                return best
            value += 0.7 * (change - change[0])  # a part only: with packs, days may alternate for ever


class Planned:
    """What the plan orders, worked out for the states that are asked for."""

    def __init__(self, case: Case, needs: "dict[int, Need]") -> None:
        self.case, self.needs = case, needs
        self.known: dict[int, tuple[int, float, float]] = {}
        self.offer = offer("farm", product_id="any", price=str(case.cost), pack=str(case.pack), lead=case.lead)

    def __call__(self, states: Ints) -> tuple[Ints, Floats, Floats]:
        """By state: the order's place in `orders`, and the shortage and waste that are promised."""
        for state in set(states.tolist()) - self.known.keys():
            need = self.needs[state]
            lack = need.lack.from_lots(self.case.lots_relative)
            bought = best_purchase(lack, Worth(PRICE, 0.0), self.offer, self.case.accepted, Decimal(MOST))
            usable = float(bought.quantity) * self.case.accepted
            self.known[state] = bought.packs, lack.short(usable), lack.wasted(usable)
        orders, short, wasted = zip(*(self.known[state] for state in states.tolist()), strict=True)
        return np.array(orders), np.array(short), np.array(wasted)


def needs_of(case: Case, states: Ints, under_way: Ints | None) -> dict[int, Need]:
    """The plan's need in each state (stock by age, states x ages), one product a state."""
    week = pd.DataFrame([{**day_forecast(list(case.demand)), "date": day} for day in _week()])
    found: dict[int, Need] = {}
    for start in range(0, len(states), 2000):
        here = range(start, min(start + 2000, len(states)))
        names = [f"{number:06d}" for number in here]
        demand = pd.concat([week] * len(names)).assign(product_id=np.repeat(names, len(week)))
        lots = [
            StockLot(f"{name}/{age}", name, Decimal(int(quantity)), MONDAY + timedelta(days=age))
            for name, number in zip(names, here, strict=True)
            for age, quantity in enumerate(states[number])
        ]
        tomorrow = MONDAY + timedelta(days=1)
        on_order = (
            []
            if under_way is None
            else [
                OnOrder(
                    name, Decimal(repr(float(under_way[number] * case.accepted))), tomorrow, lots=case.lots_relative
                )
                for name, number in zip(names, here, strict=True)
            ]
        )
        needs = estimate_needs(
            WarehouseOutlook("north", demand, lots, on_order),
            products(case.life, "16", names, in_wholes=True),
            [offer(f"farm-{name}", product_id=name, lead=case.lead) for name in names],
            order_date=MONDAY,
            delivery_date=MONDAY + timedelta(days=case.lead),
            draw=days_apart,
            settings=PlanSettings(keeping_cost_per_day=0),
        )
        found |= dict(zip(here, needs, strict=True))
    return found


def _week() -> list[pd.Timestamp]:
    return [pd.Timestamp(MONDAY) + pd.Timedelta(days=day) for day in range(7)]


@dataclass(frozen=True)
class Played:
    """Of days played: what knowing their demand would have earned beyond what was earned, and units short and thrown
    away, each with what the plan had promised (nan: it was not the plan)."""

    cost: float
    short: float
    wasted: float
    promised_short: float
    promised_wasted: float


def play(case: Case, orders: "Ints | Planned", optimum: Optimum, probabilities: Floats, days: int, seed: int) -> Played:
    """`days` days by replica after a warm-up, all policies on the same demand and dice of lots."""
    dice = np.random.default_rng(seed)
    stock = np.zeros((REPLICAS, case.life - (case.lead == 0)), dtype=np.int64)
    under_way = np.zeros(REPLICAS, dtype=np.int64)
    cumulative = optimum.accepted.cumsum(axis=1)
    sums = np.zeros(5)
    for day in range(days + WARM_UP_DAYS):
        state = number_of(stock)
        if case.lead == 2:
            state = state * len(case.orders) + under_way
        placed, short, wasted = orders(state) if isinstance(orders, Planned) else (orders[state], np.nan, np.nan)
        demand = dice.choice(len(probabilities), p=probabilities, size=REPLICAS)
        arrives = under_way if case.lead == 2 else placed
        accepted = (cumulative[arrives] < dice.random(REPLICAS)[:, None]).sum(axis=1)
        shelf = np.column_stack([stock, accepted]) if case.lead == 0 else stock
        left, unmet = after_demand(shelf, demand)
        stock = left[:, 1:] if case.lead == 0 else np.column_stack([left[:, 1:], accepted])
        under_way = placed
        if day >= WARM_UP_DAYS:
            earned = PRICE * (demand - unmet) - case.cost * case.orders[placed]
            knowing = (PRICE - case.cost / case.accepted) * demand
            came = [(knowing - earned).sum(), unmet.sum(), left[:, 0].sum(), np.sum(short), np.sum(wasted)]
            sums += came
    return Played(*(sums / (days * REPLICAS)))


def cases_of(demands: dict[str, list[int]]) -> Iterator[tuple[str, list[Case]]]:
    """Cases that share their needs, with the demand's name."""
    for (name, demand), (life, lead), lots in product(
        demands.items(), ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1)), LOTS.values()
    ):
        yield name, [Case(life, lead, tuple(demand), cost, pack, lots) for pack, cost in product((1, 4), (4, 10, 13))]


def main() -> None:
    """Plays all cases and prints cost over the optimum, and what came of what was promised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=100, help=f"days played by each of {REPLICAS} replicas")
    parser.add_argument("--held-out", action="store_true", help="demands that the rule was not chosen on")
    parser.add_argument("--life", type=int, action="append", help="days of life; all where left out")
    asked = parser.parse_args()
    ratios: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
    promised: defaultdict[int, list[Floats]] = defaultdict(list)
    for name, cases in cases_of(HELD_OUT if asked.held_out else SEEN):
        if asked.life and cases[0].life not in asked.life:
            continue
        probabilities = as_drawn(list(cases[0].demand))
        needs: dict[tuple[int, ...], dict[int, Need]] = {}
        for case in cases:
            optimum = Optimum(case, probabilities)
            states, under_way = states_of(case.life - (case.lead == 0)), None
            shared = (case.pack,) if case.lead == 2 else ()
            if case.lead == 2:
                under_way = np.tile(case.orders, len(states))
                states = np.repeat(states, len(case.orders), axis=0)
            if shared not in needs:
                needs[shared] = needs_of(case, states, under_way)
            best = play(case, optimum.policy(), optimum, probabilities, asked.days, seed=1)
            ours = play(case, Planned(case, needs[shared]), optimum, probabilities, asked.days, seed=1)
            ratio = ours.cost / best.cost if best.cost > 1e-6 else 1.0
            kind = f"lead {case.lead}, packs of {case.pack}, {'rejects' if case.lots else 'all accepted'}"
            ratios[case.life, kind].append(ratio)
            promised[case.life].append(np.array([ours.promised_short, ours.short, ours.promised_wasted, ours.wasted]))
            print(f"{case.life} days, {kind}, {name}, cost {case.cost}: {ratio:.4f}", flush=True)
    for life in sorted(promised):
        of_life = [ratio for (days, _), several in ratios.items() if days == life for ratio in several]
        short, came_short, wasted, came_wasted = np.sum(promised[life], axis=0)
        print(f"{life} days of life, {len(of_life)} cases: mean {np.mean(of_life):.4f}, at most {max(of_life):.4f}")
        print(f"  promised over came: short {short / came_short:.3f}, wasted {wasted / max(came_wasted, 1e-9):.3f}")
        for (days, kind), several in ratios.items():
            if days == life:
                print(f"  {kind}: {np.mean(several):.4f}, {max(several):.4f} at most")


if __name__ == "__main__":
    main()
