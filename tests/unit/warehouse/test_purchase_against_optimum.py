"""The plan's quantities against the optimum: dynamic programming and brute force on cases small enough for them."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tests.unit.warehouse.kitchen_garden import MONDAY, days_apart, offer, products, supply_of
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Worth, result_curve
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import best_purchase
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.stock.lots import StockLot

MOST = 16  # nobody wants more in a day, so nobody buys more for one
State = tuple[int, ...]  # stock by age: what must go today, tomorrow, ...

# demand of a day by quantiles: even, skewed, and with many days of nothing
DEMANDS = {
    "even": [1, 2, 3, 5, 7, 8, 9],
    "skewed": [0, 1, 1, 3, 6, 10, 12],
    "intermittent": [0, 0, 0, 0, 2, 6, 8],
}


def day_forecast(quantiles: list[int]) -> dict[str, float]:
    knots = [0.0, *quantiles, float(quantiles[-1] + 2)]
    widths = np.diff([0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 1])
    mean = float((np.add(knots[1:], knots[:-1]) / 2 * widths).sum())
    return dict(zip(("q05", "q10", "q25", "q50", "q75", "q90", "q95"), map(float, quantiles), strict=True)) | {
        "mean": mean
    }


def in_whole_pieces(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of each number of pieces up to MOST, for draws rounded up or down so that the mean stays."""
    draws = np.minimum(draws, MOST)
    up = draws % 1
    lower = np.bincount(draws.astype(int), weights=1 - up, minlength=MOST + 2)
    upper = np.bincount(draws.astype(int) + 1, weights=up, minlength=MOST + 2)
    probabilities: NDArray[np.float64] = (lower + upper)[: MOST + 1] / len(draws)
    return probabilities


def as_drawn(quantiles: list[int]) -> NDArray[np.float64]:
    """Demand as plans draw it, from very many draws."""
    mean = np.array([[day_forecast(quantiles)["mean"]]])
    return in_whole_pieces(days_apart(["any"], np.array([[quantiles]], float), mean, 100_000, 1)[0, 0])


def as_a_line(quantiles: list[int]) -> NDArray[np.float64]:
    """Demand that a forecast with these quantiles and this mean may as well be of: even between each two of them."""
    knots = [0.0, *quantiles, quantiles[-1] + 2]
    at = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1]
    return in_whole_pieces(np.interp((np.arange(100_000) + 0.5) / 100_000, at, knots))


def after_a_day(state: State, bought: int, demand: int) -> tuple[State, int]:
    """Stock by age at the next morning, and what was sold: first-expired first."""
    ages, left = [*state, bought], demand
    for age, quantity in enumerate(ages):
        taken = min(quantity, left)
        ages[age] -= taken
        left -= taken
    return tuple(ages[1:]), demand - left


def states_of(life: int) -> list[State]:
    return list(product(range(MOST + 1), repeat=life - 1))


@cache
def transitions(life: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For states x bought x demand, the next state's number and the units sold."""
    states = states_of(life)
    number = {state: at for at, state in enumerate(states)}
    following = np.zeros((len(states), MOST + 1, MOST + 1), dtype=np.int64)
    sold = np.zeros_like(following)
    for (at, state), bought, demand in product(enumerate(states), range(MOST + 1), range(MOST + 1)):
        after, units = after_a_day(state, bought, demand)
        following[at, bought, demand] = number[after]
        sold[at, bought, demand] = units
    return following, sold


def profit_a_day(
    policy: NDArray[np.int64] | None,
    following: NDArray[np.int64],
    profit: NDArray[np.float64],
    probabilities: NDArray[np.float64],
) -> float:
    """The long-run profit of a day, by value iteration; without a policy that of the best one."""
    value = np.zeros(len(profit))
    gain = 0.0
    for _ in range(80):
        by_action = profit + value[following] @ probabilities
        rows = np.arange(len(profit))
        better = by_action.max(axis=1) if policy is None else by_action[rows, policy]
        gain = float(better[0] - value[0])
        value = better - better[0] + value[0]
        value -= value[0]
    return gain


@cache
def planned(life: int, quantiles: tuple[int, ...], price: str) -> NDArray[np.int64]:
    """What the plan buys in every state; one product a state, so that it is one plan."""
    states = states_of(life)
    names = ["-".join(map(str, state)) for state in states]
    week = [
        {"product_id": name, "date": MONDAY + timedelta(days=day), **day_forecast(list(quantiles))}
        for name in names
        for day in range(7)
    ]
    lots = [
        StockLot(f"{name}/{age}", name, Decimal(quantity), MONDAY + timedelta(days=age))
        for name, state in zip(names, states, strict=True)
        for age, quantity in enumerate(state)
    ]
    offers = [offer(f"farm-{name}", product_id=name, price=price, lead=0) for name in names]
    settings = PlanSettings(keeping_cost_per_day=0)
    needs = estimate_needs(
        WarehouseOutlook("north", pd.DataFrame(week), lots, []),
        products(life, "16", names, "piece"),
        offers,
        order_date=MONDAY,
        delivery_date=MONDAY,
        draw=days_apart,
        settings=settings,
    )
    lines = plan_purchase([(need, supply_of(need, offers)) for need in needs], Yields(), settings=settings)
    return np.array([int(line.quantity) for line in lines])


def cost_over_optimum(life: int, demand: str, price: str, probabilities: NDArray[np.float64]) -> float:
    """What shortage and waste cost under the plan, over what they cost at best."""
    following, sold = transitions(life)
    profit = 16 * (sold @ probabilities) - float(price) * np.arange(MOST + 1)
    best = profit_a_day(None, following, profit, probabilities)
    ours = profit_a_day(planned(life, tuple(DEMANDS[demand]), price), following, profit, probabilities)
    knowing_demand = (16 - float(price)) * float(probabilities @ np.arange(MOST + 1))
    return (knowing_demand - ours) / (knowing_demand - best)


@pytest.mark.parametrize(
    ("life", "mean_drawn", "most_drawn", "mean_otherwise", "most_otherwise"),
    [(1, 1.0, 1.0, 1.0, 1.0), (2, 1.01, 1.03, 1.01, 1.03), (3, 1.01, 1.025, 1.015, 1.07)],
)
def test_shortage_and_waste_cost_nearly_as_little_as_by_dynamic_programming(
    life: int, mean_drawn: float, most_drawn: float, mean_otherwise: float, most_otherwise: float
) -> None:
    cases = list(product(DEMANDS, ("4", "10", "13")))
    drawn = [cost_over_optimum(life, demand, price, as_drawn(DEMANDS[demand])) for demand, price in cases]
    otherwise = [cost_over_optimum(life, demand, price, as_a_line(DEMANDS[demand])) for demand, price in cases]
    assert np.mean(drawn) <= mean_drawn + 1e-3
    assert max(drawn) <= most_drawn + 1e-3
    assert np.mean(otherwise) <= mean_otherwise + 1e-3
    assert max(otherwise) <= most_otherwise + 1e-3


def sell_every_scenario(lack: Lack, worth: Worth, unit_cost: float, usable: float) -> float:
    """The result of so many usable units, scenario by scenario, for what does not outlive the covered days."""
    result = 0.0
    for demand in lack.in_cover:
        sold = min(demand, usable)
        result += worth.list_price * sold - unit_cost * usable
    return result / len(lack.in_cover)


@pytest.mark.parametrize("usable", [0.0, 0.4, 3.0, 7.5, 11.0, 25.0])
def test_the_result_of_a_quantity_is_that_of_selling_in_every_scenario(usable: float) -> None:
    demand = np.sort(np.random.default_rng(3).gamma(2.0, 3.0, 64))
    lack = Lack(demand, demand, outlives_cover=False)
    worth = Worth(16, 0.02)
    curve = result_curve(lack, worth, 10)
    assert curve.at(usable) == pytest.approx(sell_every_scenario(lack, worth, 10, usable))


@pytest.mark.parametrize("seed", range(12))
def test_the_best_packs_are_those_of_trying_every_number_of_packs(seed: int) -> None:
    dice = np.random.default_rng(seed)
    in_cover = np.sort(dice.gamma(1.5, 6.0, 64))
    lack = Lack(in_cover, np.sort(in_cover + dice.gamma(1.0, 8.0, 64)), outlives_cover=bool(seed % 2))
    worth, accepted = Worth(16, 0.02), float(dice.choice([1.0, 0.8]))
    terms = offer(
        price=str(dice.choice([4, 9, 12])),
        pack=str(dice.choice(["0.5", "3", "8"])),
        minimum=str(dice.choice([0, 10, 30])),
        cheaper_from=("20", "3.5"),
    )
    available = Decimal(int(dice.choice([6, 15, 1000])))

    def tried(packs: int) -> float:
        ordered = packs * terms.pack_size
        if ordered > available or 0 < ordered < terms.min_quantity:
            return float("-inf")
        curve = result_curve(lack, worth, float(terms.unit_price(ordered)) / accepted)
        return curve.at(float(ordered) * accepted)

    chosen = best_purchase(lack, worth, terms, accepted, available)
    assert chosen.result == pytest.approx(max(tried(packs) for packs in range(200)))
    assert chosen.result == pytest.approx(tried(chosen.packs))
