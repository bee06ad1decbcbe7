"""Nights of plans for farms whose failures go on: floors hold, and what plans promise to be short is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.kitchen_garden import MONDAY, days_apart, forecasts, offer, products, supply_of
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan_settings import USUAL
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.failure_runs import FailureRuns
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.stock.lots import StockLot

NIGHTS, WARM_UP = 44, 8
BEGINS, GOES_ON = 0.08, 0.6
NAMES: Final = [f"p{number:02d}" for number in range(40)]
OFFERS: Final = [replace(offer(f"o-{name}", product_id=name), supplier_id=f"farm of {name}") for name in NAMES]


def played(seed: int, floor: float) -> tuple[float, float]:
    """The share of demand that was met, and shortage promised over what came. What is ordered on a night comes on the
    day after the next, before anybody knows what that next day brought."""
    dice = np.random.default_rng(seed)
    wanted = dice.uniform(10, 30, (NIGHTS, len(NAMES)))
    fails = np.zeros((NIGHTS, len(NAMES)), bool)
    for day in range(1, NIGHTS):
        fails[day] = dice.random(len(NAMES)) < np.where(fails[day - 1], GOES_ON, BEGINS)
    terms = ServiceLevel(overall=CategoryTerms(fill_rate_floor=floor))
    stock, due = np.full(len(NAMES), 20.0), np.full(len(NAMES), 20.0)
    sums = np.zeros(3)  # wanted, missed, promised
    for day in range(NIGHTS):
        ordered, promised = night(stock, due, fails[max(day - 1, 0)], terms)
        there = stock + np.where(fails[day], 0, due)
        sold = np.minimum(there, wanted[day])
        if day >= WARM_UP:
            sums[:2] += wanted[day].sum(), (wanted[day] - sold).sum()
        if WARM_UP <= day + 1 < NIGHTS:
            sums[2] += promised
        stock, due = there - sold, ordered
    return 1 - sums[1] / sums[0], sums[2] / sums[1]


def night(stock: np.ndarray, due: np.ndarray, failed: np.ndarray, terms: ServiceLevel) -> tuple[np.ndarray, float]:
    """What is ordered of each product, and the shortage that is expected in all."""
    tomorrow = MONDAY + timedelta(days=1)
    farms = [one.supplier_id for one in OFFERS]
    yields = Yields(
        failing=FailureRuns(
            (BEGINS, GOES_ON),
            failed_last=dict(zip(farms, failed.astype(float).tolist(), strict=True)),
            due={farm: frozenset({MONDAY}) for farm in farms},
        )
    )
    coming = [
        OnOrder(name, Decimal(units), MONDAY, lots=yields.lots_of(name, farm, MONDAY), supplier_id=farm,
                failing=yields.failing.of(farm, MONDAY))
        for name, farm, units in zip(NAMES, farms, due.tolist(), strict=True) if units
    ]  # fmt: skip
    lots = [StockLot(name, name, Decimal(units), None) for name, units in zip(NAMES, stock.tolist(), strict=True)]
    demand = pd.concat([forecasts(*[20.0] * 9, product_id=name) for name in NAMES])
    settings = replace(USUAL, service_level=terms)
    needs = estimate_needs(
        WarehouseOutlook("north", demand, lots, coming), products(60, product_ids=NAMES), OFFERS,
        order_date=MONDAY, delivery_date=tomorrow, draw=days_apart, settings=settings,
    )  # fmt: skip
    lines = plan_purchase([(need, supply_of(need, OFFERS)) for need in needs], yields, settings=settings)
    return np.array([float(line.quantity) for line in lines]), sum(line.expected_shortage for line in lines)


def test_a_floor_holds_over_the_nights_and_the_shortage_that_plans_promise_comes() -> None:
    met, promised = played(1, floor=0.92)
    assert 0.9 <= met <= 0.96
    assert promised == pytest.approx(1, abs=0.2)
