"""What further units earn and lose where later orders follow: many curves at once, against plain sums unit by unit."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.warehouse.test_later_orders import one_by_one
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.later_orders import LaterOrders
from warehouse.purchasing.outcomes.result_curve import Priced, Worth, curves_in_groups, result_curve, result_curves

SCENARIOS = 32
WORTH = Worth(10.0, 0.03, goodwill=0.5, disposal=0.25)


def lacking(seed: int, orders: int, blind: int, lots: bool) -> Lack:
    """Of a product with so many later orders, so many of them blind; none: it does not outlive the covered days. In
    quarters, which floats of any length hold exactly."""
    dice = np.random.default_rng(seed)

    def quarters(*shape: int) -> NDArray[np.float32]:
        return np.round(dice.gamma(3, 5, shape) * 4).astype(np.float32) / 4

    in_cover = np.maximum(quarters(SCENARIOS) - 4, 0)
    in_life = in_cover + quarters(SCENARIOS) / 2
    later = LaterOrders(
        in_cover=in_cover,
        known=np.minimum(in_cover, quarters(SCENARIOS)),
        in_life=in_life,
        replaced=quarters(orders, SCENARIOS),
        follows=quarters(orders, SCENARIOS),
        covered=quarters(blind, SCENARIOS),
    )
    unmet = (np.sort(one).astype(float) for one in (in_cover, in_life))
    lack = Lack(*unmet, outlives_cover=bool(orders), later=later if orders else None)
    return lack.from_lots((0.5, 0.5, 1.0, 2.0) if lots else None)


def with_it(later: LaterOrders) -> list[int]:
    """By scenario, in how many later deliveries some is left that expires, if all bring what is replaced."""
    found = []
    for at in range(SCENARIOS):
        left, times = 0.0, 0
        for replaced, follows in zip(later.replaced[:, at], later.follows[:, at], strict=True):
            left += float(replaced) - float(follows)
            times += left >= 0
            left = min(left, 0.0)
        found.append(times)
    return found


class Plainly:
    """A curve added up unit by unit: at the scenarios' values as if each unit were the last worth buying (`corners` and
    their `results`), and pack by pack as later orders follow."""

    def __init__(self, lack: Lack, later: LaterOrders, cost: float) -> None:
        self.lack, self.later, self.cost = lack, later, cost
        comes = np.ones(SCENARIOS) if lack.comes is None else lack.comes
        self.in_cover, self.in_life = lack.in_cover / comes, lack.in_life / comes
        self.comes = comes
        self.corners = sorted({0.0, *self.in_cover.tolist(), *self.in_life.tolist()})
        often = with_it(later)
        later_comes = np.ones(SCENARIOS) if later.comes is None else later.comes
        self.results, steepest = [0.0], float("inf")
        for low, high in zip(self.corners, [*self.corners[1:], float("inf")], strict=True):
            middle = low + 0.1 if high == float("inf") else (low + high) / 2
            expiring = later_comes * (later.in_life / later_comes < middle)
            follow = float(expiring @ often) / max(float(expiring.sum()), 1e-9)
            sells, kept, expires = self.chances(middle)
            steepest = min(steepest, self.earned(sells, kept, expires / (1 + follow)))
            if high < float("inf"):
                self.results.append(self.results[-1] + steepest * (high - low))
        self.best = self.corners[int(np.argmax(self.results))]

    def chances(self, unit: float) -> tuple[float, float, float]:
        """How often it sells, is kept, and expires."""
        sells, expires = self.comes @ (self.in_cover >= unit), self.comes @ (self.in_life < unit)
        return sells / SCENARIOS, (self.comes.sum() - sells - expires) / SCENARIOS, expires / SCENARIOS

    def earned(self, sells: float, kept: float, expires: float) -> float:
        margin, price = WORTH.list_price + WORTH.goodwill - self.cost, self.cost + WORTH.disposal
        return margin * sells - self.cost * WORTH.keeping * kept - price * expires

    def at_best(self, units: float) -> float:
        first = self.results[1] / self.corners[1]
        return units * first if units < 0 else float(np.interp(units, self.corners, self.results))

    def in_packs(self, pack: float) -> tuple[list[float], list[float]]:
        """Units and results of whole packs, three beyond the best."""
        size = max(pack, self.best / 16)
        parts = min(max(round(size / (self.best / 16)), 1), 8)
        levels = np.linspace(-2 * size, self.best, 200).tolist()
        level = max(units for units in levels if self.at_best(units + size) >= self.at_best(units))
        results, steepest = [0.0], float("inf")
        packs = int(np.ceil(self.best / size)) + 3
        for before in (number * size for number in range(packs)):
            slopes = []
            for unit in (before + (part + 0.5) * size / parts for part in range(parts)):
                sells, expires = one_by_one(self.later, level, unit, before, size)
                slopes.append(self.earned(sells, self.chances(unit)[1], expires))
            steepest = min(steepest, float(np.mean(slopes)))
            results.append(results[-1] + steepest * size)
        return [number * size for number in range(packs + 1)], results


@pytest.mark.parametrize("lots", [False, True])
@pytest.mark.parametrize(("orders", "blind"), [(1, 0), (2, 1), (3, 2)])
@pytest.mark.parametrize(("seed", "cost", "pack"), [(1, 3.0, 0.0), (2, 6.0, 4.0), (3, 8.0, 1.5), (4, 5.0, 40.0)])
def test_each_pack_earns_what_its_units_do_in_every_scenario(
    orders: int, blind: int, lots: bool, seed: int, cost: float, pack: float
) -> None:
    lack = lacking(seed, orders, blind, lots)
    assert lack.later is not None
    curve = result_curve(lack, WORTH, cost, pack)
    units, results = Plainly(lack, lack.later, cost).in_packs(pack)
    assert curve.units[: len(units)] == pytest.approx(units, rel=1e-5)
    assert curve.result[: len(units)] == pytest.approx(results, rel=1e-5)
    assert curve.in_packs


def same(one: ResultCurve, other: ResultCurve) -> bool:
    return (
        np.allclose(one.units, other.units)
        and np.allclose(one.result, other.result)
        and (one.slope_beyond, one.in_packs) == (pytest.approx(other.slope_beyond), other.in_packs)
    )


def test_a_curve_does_not_depend_on_those_that_are_worked_out_with_it() -> None:
    # given over a hundred, of any shape and price, some of which earn nothing
    priced = [
        Priced(lacking(seed, *shape, lots=bool(seed % 2)), WORTH, cost, pack)
        for seed in range(6)
        for shape in ((0, 0), (1, 0), (2, 1))
        for cost, pack in ((3.0, 0.0), (6.0, 4.0), (8.0, 30.0), (11.0, 2.0))
        for _ in range(2)
    ]
    twice = replace(priced[-1], lack=replace(priced[-1].lack, in_cover=priced[-1].lack.in_cover + 1))
    priced.append(twice)  # lacks of their own, of the same later orders
    together = result_curves(priced)
    for one, curve in zip(priced, together, strict=True):
        assert same(curve, result_curve(one.lack, one.worth, one.unit_cost, one.pack))
    for rows, curves in curves_in_groups(priced):
        assert curves.needed == pytest.approx([together[row].needed for row in rows.tolist()])
        assert curves.best == pytest.approx([together[row].best for row in rows.tolist()])


def test_beyond_its_packs_a_curve_goes_on_to_where_nothing_more_is_ever_sold() -> None:
    lack = lacking(1, 2, 1, lots=False)
    curve = result_curve(lack, WORTH, 4.0, 1.0)
    assert curve.units[-1] == pytest.approx(lack.in_life[-1])
    assert (np.diff(curve.units) > 0).all()
    slopes = np.append(np.diff(curve.result) / np.diff(curve.units), curve.slope_beyond)
    assert (np.diff(slopes) <= 1e-9).all()


@pytest.mark.parametrize("usable", [-3.0, 0.0, 0.3, 7.0, 21.5, 500.0])
def test_one_quantity_earns_what_it_does_among_many(usable: float) -> None:
    for in_packs in (0.0, 3.0):
        curve = result_curve(lacking(2, 2, 1, lots=True), WORTH, 4.0, in_packs)
        assert curve.at(usable) == pytest.approx(curve.at_all(np.array([1.0, usable]))[1])
