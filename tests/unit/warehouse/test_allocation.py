"""Farms chosen together: against every allocation there is in small cases, and within all terms in any."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import offer
from warehouse.purchasing.allocation import allocate as allocating
from warehouse.purchasing.allocation.allocate import allocate
from warehouse.purchasing.allocation.problem import Problem, Wanted, option_of
from warehouse.purchasing.allocation.terms import Limits, SupplierTerms
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.quantity import smallest_order
from warehouse.purchasing.suppliers.offers import Offer

DAY = date(2026, 3, 3)


def wanted(
    warehouse: str, product: str, units: Sequence[float], slopes: Sequence[float], at_least: float = 0.0
) -> Wanted:
    """A need whose units are worth less and less: each of so many more of them the next slope, beyond them -1."""
    at = np.concatenate([[0.0], np.cumsum(units)])
    value = np.concatenate([[0.0], np.cumsum(np.array(units) * np.array(slopes))])
    return Wanted(warehouse, product, DAY, ResultCurve(at, value, -1.0), at_least)


def cost_of(one: Offer, packs: int) -> float:
    quantity = packs * one.pack_size
    return float(quantity * one.unit_price(quantity))


def result_of(problem: Problem, packs: Sequence[int]) -> float:
    """What so many packs of each option earn: worth less goods and deliveries."""
    units: dict[int, float] = defaultdict(float)
    money = 0.0
    deliveries = set()
    for option, bought in zip(problem.options, packs, strict=True):
        units[option.need] += float(bought * option.offer.pack_size) * option.share_accepted
        money += cost_of(option.offer, bought)
        if bought:
            deliveries.add((option.offer.supplier_id, problem.needs[option.need].warehouse_id, DAY))
    opening = sum(problem.terms[delivery].delivery_cost for delivery in deliveries if delivery in problem.terms)
    worth = sum(one.worth.at(units[number]) for number, one in enumerate(problem.needs))
    return worth - money - opening


def broken(problem: Problem, packs: Sequence[int]) -> list[str]:
    """The terms that so many packs break."""
    found = []
    of_offer: dict[str, Decimal] = defaultdict(Decimal)
    of_order: dict[tuple[str, str], tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    of_product: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    sellers: dict[str, set[str]] = defaultdict(set)
    spent: dict[str, float] = defaultdict(float)
    for option, bought in zip(problem.options, packs, strict=True):
        terms, need = option.offer, problem.needs[option.need]
        if 0 < bought < smallest_order(terms):
            found.append(f"{terms.offer_id}: {bought} packs")
        sellers[need.product_id].add(terms.supplier_id)
        of_offer[terms.offer_id] += bought * terms.pack_size
        of_product[need.product_id][terms.supplier_id] += float(bought * terms.pack_size)
        spent[terms.supplier_id] += cost_of(terms, bought)
        if bought:
            order = terms.supplier_id, need.warehouse_id
            money, count = of_order[order]
            of_order[order] = money + cost_of(terms, bought), count + bought
    capacity = {option.offer.offer_id: option.offer.daily_capacity for option in problem.options}
    pack = {
        (option.offer.supplier_id, option.offer.product_id): float(option.offer.pack_size) for option in problem.options
    }
    found += [name for name, quantity in of_offer.items() if quantity > (capacity[name] or quantity)]
    for (supplier, warehouse), (money, count) in of_order.items():
        asked = problem.terms.get((supplier, warehouse, DAY), SupplierTerms())
        spent[supplier] += asked.delivery_cost
        if money < asked.least_value - 1e-6 or count < asked.least_packs:
            found.append(f"{supplier}: an order of {count} packs, {money}")
    limits = problem.limits
    if limits.budget is not None:
        if sum(spent.values()) > limits.budget + 1e-6:
            found.append("budget")
        found += [name for name, one in spent.items() if one > limits.most_of_budget * limits.budget + 1e-6]
    for product, by_supplier in of_product.items():
        if len(sellers[product]) >= 1 / limits.most_of_product:
            total = sum(by_supplier.values())
            found += [
                f"{name} brings too much of {product}"
                for name, one in by_supplier.items()
                if one > limits.most_of_product * total + pack[name, product] + 1e-6
            ]
    return found


def best_of_all(problem: Problem) -> float:
    """The result of the best allocation there is, by trying each."""
    every = itertools.product(*(range(option.most_packs + 1) for option in problem.options))
    return max(result_of(problem, packs) for packs in every if not broken(problem, packs))


@st.composite
def problems(draw: st.DrawFn, most_packs: int = 3, products: int = 2, warehouses: int = 2) -> Problem:
    """Few needs and farms, under any terms."""
    suppliers = ["near", "far", "big"]
    needs, options = [], []
    offers: dict[str, list[tuple[Offer, float]]] = defaultdict(list)
    for product in range(draw(st.integers(1, products))):
        for supplier in draw(st.lists(st.sampled_from(suppliers), min_size=1, max_size=3, unique=True)):
            pack = draw(st.sampled_from(["1", "2", "5"]))
            terms = offer(
                f"{supplier}/P{product}",
                product_id=f"P{product}",
                price=str(draw(st.integers(3, 12))),
                pack=pack,
                minimum=str(draw(st.sampled_from([0, 0, 4]))),
                capacity=draw(st.sampled_from([None, "3", "6", "12"])),
                cheaper_from=draw(st.sampled_from([None, ("6", "2.5")])),
            )
            accepted = draw(st.sampled_from([1.0, 0.9, 0.75]))
            offers[f"P{product}"].append((replace(terms, supplier_id=supplier), accepted))
    for warehouse in range(draw(st.integers(1, warehouses))):
        for product, sold in offers.items():
            slopes = sorted(draw(st.lists(st.integers(0, 16), min_size=3, max_size=3)), reverse=True)
            one = wanted(f"W{warehouse}", product, draw(st.lists(st.integers(1, 4), min_size=3, max_size=3)), slopes)
            needs.append(one)
            for terms, accepted in sold:
                option = option_of(len(needs) - 1, one, terms, accepted)
                options.append(replace(option, most_packs=min(option.most_packs, most_packs)))
    asked = {
        name: SupplierTerms(draw(st.integers(0, 8)), draw(st.sampled_from([0.0, 15.0])), draw(st.integers(0, 3)))
        for name in suppliers
    }
    limits = Limits(draw(st.sampled_from([None, 20.0, 60.0])), draw(st.sampled_from([1.0, 0.5])))
    if limits.budget is not None:
        limits = replace(limits, most_of_budget=draw(st.sampled_from([1.0, 0.6])))
    places = {need.warehouse_id for need in needs}
    return Problem(needs, options, {(name, place, DAY): asked[name] for name in suppliers for place in places}, limits)


@settings(max_examples=150, deadline=None)
@given(problems(most_packs=2, products=2, warehouses=1))
def test_the_allocation_is_the_best_of_all_there_are(problem: Problem) -> None:
    found = allocate(problem)
    assert broken(problem, found.packs) == []
    assert found.result == pytest.approx(result_of(problem, found.packs))
    assert found.result == pytest.approx(best_of_all(problem), abs=1e-4)
    assert found.bound >= found.result


@settings(max_examples=60, deadline=None)
@given(problems(most_packs=2, products=1, warehouses=2))
def test_warehouses_that_share_a_capacity_get_the_best_there_is_for_all(problem: Problem) -> None:
    found = allocate(problem)
    assert broken(problem, found.packs) == []
    assert found.result == pytest.approx(best_of_all(problem), abs=1e-4)


@settings(max_examples=80, deadline=None)
@given(problems(most_packs=2, products=2, warehouses=1))
def test_where_ways_are_found_by_prices_no_term_is_broken_and_the_bound_holds(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allocating, "EVERY_WAY_UP_TO", -1)
        found = allocate(problem)
    best = best_of_all(problem)
    assert broken(problem, found.packs) == []
    assert found.result <= best + 1e-4
    assert found.bound >= best - 1e-4


@settings(max_examples=40, deadline=None)
@given(problems(most_packs=30, products=3, warehouses=3))
def test_every_term_holds_in_larger_cases(problem: Problem) -> None:
    found = allocate(problem)
    assert broken(problem, found.packs) == []
    assert found.result == pytest.approx(result_of(problem, found.packs))
    assert found.bound >= found.result >= 0


@settings(max_examples=40, deadline=None)
@given(problems(most_packs=6, products=3, warehouses=3))
def test_warehouse_by_warehouse_every_term_holds_and_the_bound_is_one_for_all(problem: Problem) -> None:
    exact = allocate(problem)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allocating, "EVERY_WAY_UP_TO", -1)
        found = allocate(problem)
    assert broken(problem, found.packs) == []
    assert found.bound >= exact.result - 1e-4


def spinach_and_leek(terms: dict[str, SupplierTerms]) -> Problem:
    """Two products that a near farm sells for 5 and a far one for 4, ten wanted of each at 9."""
    needs = [wanted("W", name, [10], [9]) for name in ("spinach", "leek")]
    options = [
        option_of(number, need, replace(offer(f"{farm}/{need.product_id}", price=price), supplier_id=farm), 1.0)
        for number, need in enumerate(needs)
        for farm, price in (("near", "5"), ("far", "4"))
    ]
    return Problem(needs, options, {(farm, "W", DAY): of_farm for farm, of_farm in terms.items()})


def test_a_delivery_that_costs_more_than_it_saves_is_not_opened() -> None:
    assert allocate(spinach_and_leek({"far": SupplierTerms(19)})).packs == (0, 10, 0, 10)
    assert allocate(spinach_and_leek({"far": SupplierTerms(21)})).packs == (10, 0, 10, 0)


def test_an_order_reaches_its_minimum_where_that_earns_more_than_going_elsewhere() -> None:
    raised = allocate(spinach_and_leek({"far": SupplierTerms(least_packs=22)}))
    assert (raised.packs[1] + raised.packs[3], raised.result) == (22, pytest.approx(20 * 9 - 2 - 22 * 4))
    assert allocate(spinach_and_leek({"far": SupplierTerms(least_packs=40)})).packs == (10, 0, 10, 0)


def test_what_a_person_has_chosen_stays_and_counts() -> None:
    problem = spinach_and_leek({"near": SupplierTerms(50)})
    chosen = [replace(problem.options[0], chosen_packs=7), *problem.options[1:]]
    found = allocate(replace(problem, options=chosen))
    assert found.packs == (7, 3, 0, 10)
    assert found.result == pytest.approx(result_of(problem, found.packs))


def test_what_is_ordered_ahead_is_bought_even_at_a_loss() -> None:
    need = wanted("W", "spinach", [10], [3], at_least=4.0)
    problem = Problem([need], [option_of(0, need, offer(price="5"), 1.0)])
    found = allocate(problem)
    assert found.packs == (4,)
    assert found.result == pytest.approx(4 * 3 - 4 * 5)


@settings(max_examples=60, deadline=None)
@given(problems(most_packs=2, products=2, warehouses=1), st.integers(0, 1), st.integers(1, 4))
def test_more_stock_never_makes_a_plan_worth_more_than_it_replaces(problem: Problem, at: int, stock: int) -> None:
    """Packs and minimums may move an order from one product to another, so that a single order can grow with stock;
    the worth of all that is bought can't: what is there already needs no buying."""
    at = min(at, len(problem.needs) - 1)
    need = problem.needs[at]
    units = np.append(0.0, need.worth.units[need.worth.units > stock] - stock)
    there = need.worth.at(float(stock))
    fuller = replace(need, worth=ResultCurve(units, np.array([need.worth.at(u + stock) - there for u in units]), -1.0))
    with_stock = replace(problem, needs=[fuller if number == at else one for number, one in enumerate(problem.needs)])
    assert allocate(with_stock).result <= allocate(problem).result + 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.integers(1, 12), st.lists(st.integers(0, 16), min_size=4, max_size=4))
def test_where_packs_are_single_and_nothing_ties_orders_together_more_stock_never_raises_one(
    stock: int, more: int, slopes: list[int]
) -> None:
    def ordered(there: int) -> int:
        whole = wanted("W", "P", [3, 3, 3, 3], sorted(slopes, reverse=True))
        units = np.append(0.0, whole.worth.units[whole.worth.units > there] - there)
        value = np.array([whole.worth.at(u + there) - whole.worth.at(there) for u in units])
        need = replace(whole, worth=ResultCurve(units, value, -1.0))
        farms = [offer("a", price="4", capacity="5"), offer("b", price="6", capacity="5")]
        options = [option_of(0, need, farm, 1.0) for farm in farms]
        return sum(allocate(Problem([need], options)).packs)
