"""The terms that tie needs together, as rows of "at most": capacities, whole orders, budget and shares.

A tier bought adds `a_pack` for each of its packs and `picked` once, a delivery that is opened adds `opened`; their sum
stays at or below `limit`. So a price on every row turns the whole problem into one of each need alone.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy import sparse

from warehouse.purchasing.allocation.problem import (
    Option,
    Problem,
    delivery_of,
    enough_for_share,
    suppliers_of_products,
)
from warehouse.purchasing.allocation.tables import Floats, Ints, Tables
from warehouse.purchasing.allocation.terms import Delivery


@dataclass(frozen=True, eq=False)
class Rows:
    """Sparse arrays, rows x tiers and rows x deliveries.

    of_delivery  by row: the number of the delivery whose own term it is, -1 for what ties warehouses together
    must_open    by delivery: 1 where a person has chosen something of it
    """

    a_pack: sparse.csc_array
    picked: sparse.csc_array
    opened: sparse.csc_array
    limit: Floats
    of_delivery: Ints
    deliveries: tuple[Delivery, ...]
    delivery_cost: Floats
    must_open: Floats

    def part(self, rows: Ints, tiers: Ints, deliveries: Ints) -> "Rows":
        """Some rows, of some tiers and deliveries."""
        number = np.full(len(self.deliveries) + 1, -1)
        number[deliveries] = np.arange(len(deliveries))
        return Rows(
            a_pack=self.a_pack[rows][:, tiers],
            picked=self.picked[rows][:, tiers],
            opened=self.opened[rows][:, deliveries],
            limit=self.limit[rows],
            of_delivery=number[self.of_delivery[rows]],
            deliveries=tuple(self.deliveries[number] for number in deliveries),
            delivery_cost=self.delivery_cost[deliveries],
            must_open=self.must_open[deliveries],
        )


class _Rows:
    """Rows while they are collected."""

    def __init__(self) -> None:
        self.limit: list[float] = []
        self.of_delivery: list[int] = []
        self.entries: dict[str, list[tuple[int, int, float]]] = {"a_pack": [], "picked": [], "opened": []}

    def add(self, limit: float, of_delivery: int = -1, **entries: list[tuple[int, float]]) -> None:
        """What a person has chosen may go beyond a limit; then nothing is added to it."""
        row = len(self.limit)
        self.limit.append(max(limit, 0.0))
        self.of_delivery.append(of_delivery)
        for kind, of_row in entries.items():
            self.entries[kind] += [(row, column, value) for column, value in of_row if value]

    def as_array(self, kind: str, columns: int) -> sparse.csc_array:
        entries = self.entries[kind]
        at = [row for row, _, _ in entries], [column for _, column, _ in entries]
        return sparse.csc_array(([value for *_, value in entries], at), shape=(len(self.limit), columns))


def rows_of(problem: Problem, tables: Tables) -> Rows:
    """The rows of a problem; those of what nobody limits are left out."""
    rows = _Rows()
    options = problem.options
    tiers: dict[int, list[int]] = defaultdict(list)
    for tier, option in enumerate(tables.option.tolist()):
        tiers[option].append(tier)
    coming_with = {
        number: delivery_of(problem, option) for number, option in enumerate(options) if problem.terms_of(option).any
    }
    deliveries = sorted(set(coming_with.values()))
    number_of = {delivery: number for number, delivery in enumerate(deliveries)}
    _capacities(rows, problem, tiers)
    by_delivery: dict[Delivery, list[int]] = defaultdict(list)
    for number, delivery in coming_with.items():
        by_delivery[delivery].append(number)
    for delivery, inside in by_delivery.items():
        _whole_order(rows, problem, tables, tiers, number_of[delivery], inside)
    cost = np.array([problem.terms[delivery].delivery_cost for delivery in deliveries])
    chosen = {coming_with[n] for n, one in enumerate(options) if one.chosen_packs and n in coming_with}
    must_open = np.array([float(delivery in chosen) for delivery in deliveries])
    _budget(rows, problem, tables, tiers, deliveries, cost * (1 - must_open), float(cost @ must_open))
    _shares_of_products(rows, problem, tiers)
    return Rows(
        a_pack=rows.as_array("a_pack", len(tables.need)),
        picked=rows.as_array("picked", len(tables.need)),
        opened=rows.as_array("opened", len(deliveries)),
        limit=np.array(rows.limit),
        of_delivery=np.array(rows.of_delivery, np.int64),
        deliveries=tuple(deliveries),
        delivery_cost=cost,
        must_open=must_open,
    )


def chosen_money(option: Option) -> float:
    """What a person's choice costs."""
    quantity = (option.chosen_packs or 0) * option.offer.pack_size
    return float(quantity * option.offer.unit_price(quantity))


def _day(problem: Problem, option: Option) -> date:
    return problem.needs[option.need].delivery_date


def _capacities(rows: _Rows, problem: Problem, tiers: dict[int, list[int]]) -> None:
    of_offer: dict[tuple[str, date], list[int]] = defaultdict(list)
    for number, option in enumerate(problem.options):
        if option.offer.daily_capacity is not None:
            of_offer[option.offer.offer_id, _day(problem, option)].append(number)
    for inside in of_offer.values():
        pack = float(problem.options[inside[0]].offer.pack_size)
        capacity = float(problem.options[inside[0]].offer.daily_capacity or 0)
        taken = sum((problem.options[number].chosen_packs or 0) * pack for number in inside)
        # in packs, and whole ones: a part of a pack can't be delivered
        rows.add(
            float(max((capacity - taken) // pack, 0.0)),
            a_pack=[(tier, 1.0) for number in inside for tier in tiers[number]],
        )


def _whole_order(
    rows: _Rows, problem: Problem, tables: Tables, tiers: dict[int, list[int]], delivery: int, inside: list[int]
) -> None:
    terms = problem.terms_of(problem.options[inside[0]])
    for number in inside:
        if tiers[number]:
            rows.add(0.0, delivery, picked=[(tier, 1.0) for tier in tiers[number]], opened=[(delivery, -1.0)])
    if any(problem.options[number].chosen_packs for number in inside):
        return  # a person has decided on this delivery, whatever it comes to
    free = [tier for number in inside for tier in tiers[number]]
    if terms.least_packs > 0:
        rows.add(0.0, delivery, a_pack=[(tier, -1.0) for tier in free], opened=[(delivery, float(terms.least_packs))])
    if terms.least_value > 0:
        prices = [(tier, -float(tables.pack_price[tier])) for tier in free]
        rows.add(0.0, delivery, a_pack=prices, opened=[(delivery, terms.least_value)])


def _budget(
    rows: _Rows,
    problem: Problem,
    tables: Tables,
    tiers: dict[int, list[int]],
    deliveries: list[Delivery],
    cost: Floats,
    spent: float,
) -> None:
    """`cost` of each delivery that is not open yet; `spent` on those that are."""
    budget = problem.limits.budget
    if budget is None:
        return
    spent += problem.ordered.total + sum(chosen_money(option) for option in problem.options)
    rows.add(
        budget - spent,
        a_pack=[(tier, float(price)) for tier, price in enumerate(tables.pack_price)],
        opened=[(number, float(one)) for number, one in enumerate(cost)],
    )
    if problem.limits.most_of_budget >= 1:
        return
    of_supplier: dict[str, list[int]] = defaultdict(list)
    for number, option in enumerate(problem.options):
        of_supplier[option.offer.supplier_id].append(number)
    for supplier, inside in of_supplier.items():
        already = problem.ordered.money.get(supplier, 0.0) + sum(chosen_money(problem.options[n]) for n in inside)
        rows.add(
            problem.limits.most_of_budget * budget - already,
            a_pack=[(tier, float(tables.pack_price[tier])) for number in inside for tier in tiers[number]],
            opened=[(n, float(cost[n])) for n, delivery in enumerate(deliveries) if delivery[0] == supplier],
        )


def _shares_of_products(rows: _Rows, problem: Problem, tiers: dict[int, list[int]]) -> None:
    """Where too few suppliers offer a product for the share to hold, it is not asked for."""
    share = problem.limits.most_of_product
    if share >= 1:
        return
    of_product: dict[str, list[int]] = defaultdict(list)
    for number, option in enumerate(problem.options):
        of_product[problem.needs[option.need].product_id].append(number)
    sellers = suppliers_of_products(problem)
    ordered = problem.ordered.quantities
    for product_id, inside in of_product.items():
        if not enough_for_share(sellers[product_id], share):
            continue
        there = sum(ordered.get((product_id, supplier), 0.0) for supplier in sellers[product_id])
        for supplier in sorted({problem.options[number].offer.supplier_id for number in inside}):
            own = {number for number in inside if problem.options[number].offer.supplier_id == supplier}
            weight = {
                number: float(problem.options[number].offer.pack_size) * ((number in own) - share) for number in inside
            }
            beyond = ordered.get((product_id, supplier), 0.0) - share * there
            beyond += sum((problem.options[number].chosen_packs or 0) * weight[number] for number in inside)
            room = max(float(problem.options[number].offer.pack_size) for number in own) - beyond
            rows.add(
                room,
                a_pack=[(tier, weight[number]) for number in inside for tier in tiers[number]],
                # who brings too much already brings more only where others make up for it
                picked=[(tier, max(-room, 0.0)) for number in own for tier in tiers[number]],
            )
