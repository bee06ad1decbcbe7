"""What is bought where suppliers ask something for whole orders, or the plan has a budget or caps: all of it together.

Each warehouse's own choice shows which terms bite: an order of it below its supplier's minimum, more money than the
budget. What is chosen instead is the nearest plan that holds them all, in money: the best there is, to within its
certified gap. Notes and reasons say what is raised or dropped for it, and what that costs.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import ceil

from warehouse.purchasing.allocation.allocate import allocate, holds
from warehouse.purchasing.allocation.asking import (
    WORTH_IT,
    Asking,
    packs_alone,
    problem_of,
    purchases_of,
    shared_now,
)
from warehouse.purchasing.allocation.problem import (
    Allocation,
    Problem,
    delivery_of,
    enough_for_share,
    options_of_needs,
    result_of,
    results_of_needs,
    suppliers_of_products,
)
from warehouse.purchasing.allocation.terms import (
    CENT,
    NO_TERMS,
    NOTHING_ORDERED,
    Delivery,
    Limits,
    OrderedToday,
    SupplierTerms,
)
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.plan import PlanReason
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.reasons import Reason

Values = dict[str, str | int | float | None]
OfNeed = Mapping[str | None, tuple[Reason, ...]]  # by offer_id; None: of the need


class WholePlanNote(StrEnum):
    """What is said of a plan that was chosen as a whole. The values of each, money unless told otherwise; those of all
    `warehouses` (joined by commas) name them:"""

    # gap (0..1: how far at most the best plan under these terms is above it), deliveries (how many), delivery_cost
    CHOSEN_AS_A_WHOLE = "chosen_as_a_whole"
    # supplier, warehouse, day (ISO), minimum_packs, packs, minimum_value, value: wanted of it below what it asks for,
    # and so raised, or dropped; cost: what the products concerned earn less
    ORDER_RAISED = "order_raised"
    ORDER_DROPPED = "order_dropped"
    # budget, wanted (what would be spent on the order day without limits and terms), ordered (of that, already)
    BUDGET_REACHED = "budget_reached"
    SHARE_NOT_HELD = "share_not_held"  # share (0..1), products (how many): too few suppliers offer them


@dataclass(frozen=True)
class WholeOrders:
    """By number of those asking whose choice is another than it would be without terms: what is bought, and why. The
    capacities as they are shared then, and what is said of the plan."""

    purchases: Mapping[int, tuple[Purchase, ...]]
    reasons: Mapping[int, OfNeed]
    shared: dict[DayOfOffer, SharedCapacity]
    notes: tuple[Reason, ...]


def choose_whole_orders(
    asking: Sequence[Asking],
    shared: Mapping[DayOfOffer, SharedCapacity],
    yields: Yields,
    settings: PlanSettings,
    ordered: OrderedToday = NOTHING_ORDERED,
) -> WholeOrders:
    """What of all that is tied together by terms or limits is bought otherwise than without. Everyone's own choice
    stays where it holds all terms and no other earns more; what a floor on the fill rate asks for is bought at a loss
    too, as far as the terms allow. What was `ordered` on the day already comes off the limits."""
    numbers = _tied(asking, settings.limits)
    if not numbers:
        return WholeOrders({}, {}, dict(shared), ())
    here = [asking[number] for number in numbers]
    problem = problem_of(here, yields, settings)
    problem = replace(problem, terms=_terms_of(here), limits=settings.limits, ordered=ordered)
    alone = packs_alone(problem, here)
    choice = _Choice(problem, alone, _alone_if_as_good(problem, alone, allocate(problem)))
    options = options_of_needs(problem)
    changed = {
        numbers[need]: need for need, own in enumerate(options) if any(choice.packs[at] != alone[at] for at in own)
    }
    bought = {
        number: purchases_of(
            asking[number], [(problem.options[at], choice.packs[at]) for at in options[need]], shared, yields, settings
        )
        for number, need in changed.items()
    }
    reasons = {number: choice.reasons_of(need) for number, need in changed.items()}
    now_shared = shared_now(problem, here, choice.packs, shared) if changed else {}
    return WholeOrders(bought, reasons, {**shared, **now_shared}, tuple(choice.notes()))


def _tied(asking: Sequence[Asking], limits: Limits) -> list[int]:
    """Under limits all that anybody can deliver; else the products of which a supplier that can deliver them asks
    something for its whole order, in all warehouses: these share its capacity."""
    able = [number for number, one in enumerate(asking) if one.offers]
    if limits.any:
        return able
    tied = {_product_day(asking[number]) for number in able if _terms_of([asking[number]])}
    return [number for number in able if _product_day(asking[number]) in tied]


def _product_day(asking: Asking) -> tuple[str, date]:
    return asking.need.product_id, asking.need.covers_from


def _terms_of(asking: Sequence[Asking]) -> dict[Delivery, SupplierTerms]:
    return {
        (offer.supplier_id, one.need.warehouse_id, one.need.covers_from): one.terms[offer.supplier_id]
        for one in asking
        for offer in one.offers
        if one.terms.get(offer.supplier_id, NO_TERMS).any
    }


def _alone_if_as_good(problem: Problem, alone: Sequence[int], found: Allocation) -> Allocation:
    own = result_of(problem, alone)
    if found.result > own + WORTH_IT or not holds(problem, alone):
        return found
    return replace(found, packs=tuple(alone), result=own, deliveries=frozenset(_orders(problem, alone)))


class _Choice:
    """Packs by option that were chosen as a whole, beside those of each warehouse's own choice."""

    def __init__(self, problem: Problem, alone: Sequence[int], found: Allocation) -> None:
        self.packs = found.packs
        self._problem, self._alone, self._found = problem, alone, found
        self._options = options_of_needs(problem)
        self._wanted, self._ordered = _orders(problem, alone), _orders(problem, found.packs)
        self._places = {need.warehouse_id for need in problem.needs}
        self._over: Values = {"warehouses": ", ".join(sorted(self._places))}
        self._below = {
            delivery: order
            for delivery, order in self._wanted.items()
            if not problem.terms.get(delivery, NO_TERMS).reached_by(order.packs, order.money)
        }

    def reasons_of(self, need: int) -> OfNeed:
        """Why a need is met otherwise than on its own."""
        told: defaultdict[str | None, list[Reason]] = defaultdict(list)
        moved = False
        for at in self._options[need]:
            option, before, after = self._problem.options[at], self._alone[at], self.packs[at]
            delivery = delivery_of(self._problem, option)
            below = self._below.get(delivery)
            if below is not None and before and delivery not in self._ordered:
                values = {"supplier": delivery[0], **self._problem.terms[delivery].beside(below.packs, below.money)}
                told[None].append(Reason(PlanReason.BELOW_ORDER_MINIMUM, values))
            elif below is not None and after > before:
                beside = self._problem.terms[delivery].beside(below.packs, below.money)
                asked = {name: beside[name] for name in ("minimum_packs", "minimum_value")}
                pack = float(option.offer.pack_size)
                values = {**asked, "from": before * pack, "to": after * pack}
                told[option.offer.offer_id].append(Reason(PlanReason.RAISED_TO_ORDER_MINIMUM, values))
            moved |= after > 0 and before == 0
        usual, units = self._units(need, self._alone), self._units(need, self.packs)
        biggest = max(self._pack_units(at) for at in self._options[need])
        cut = usual - units >= biggest - 1e-9 and None not in told
        if moved and not told:  # a dearer farm's quantity is a smaller one, without any limit
            told[None].append(Reason(PlanReason.CHOSEN_UNDER_TERMS))
        if cut and (not moved or self._problem.limits.any):
            told[None].append(Reason(PlanReason.CUT_BY_LIMITS, {"from": round(usual, 3), "to": round(units, 3)}))
        return {offer_id: tuple(reasons) for offer_id, reasons in told.items()}

    def notes(self) -> list[Reason]:
        """What a buyer is told of the whole plan."""
        problem, found = self._problem, self._found
        cost = sum(problem.terms.get(delivery, NO_TERMS).delivery_cost for delivery in self._ordered)
        values: Values = {
            **self._over,
            "gap": ceil(found.gap * 1e4) / 1e4,
            "deliveries": len(self._ordered),
            "delivery_cost": round(cost, 2),
        }
        notes = [Reason(WholePlanNote.CHOSEN_AS_A_WHOLE, values)]
        earned_less = self._earned_less()
        for delivery, order in sorted(self._below.items()):
            supplier, warehouse, day = delivery
            code = WholePlanNote.ORDER_RAISED if delivery in self._ordered else WholePlanNote.ORDER_DROPPED
            about = {"supplier": supplier, "warehouse": warehouse, "day": day.isoformat()}
            beside = problem.terms[delivery].beside(order.packs, order.money)
            notes.append(Reason(code, {**about, **beside, "cost": round(earned_less[delivery], 2)}))
        return [*notes, *self._of_limits(problem.limits)]

    def _of_limits(self, limits: Limits) -> list[Reason]:
        notes = []
        values: Values
        ordered = self._problem.ordered
        wanted = ordered.total + float(sum(order.value for order in self._wanted.values()))
        wanted += sum(self._problem.terms.get(delivery, NO_TERMS).delivery_cost for delivery in self._wanted)
        if limits.budget is not None and wanted > limits.budget + CENT:
            places = {"warehouses": ", ".join(sorted(self._places | ordered.warehouses))}
            values = {**places, "budget": limits.budget, "wanted": round(wanted, 2), "ordered": round(ordered.total, 2)}
            notes.append(Reason(WholePlanNote.BUDGET_REACHED, values))
        if limits.most_of_product < 1:
            sellers = suppliers_of_products(self._problem)
            few = sum(not enough_for_share(suppliers, limits.most_of_product) for suppliers in sellers.values())
            if few:
                values = {**self._over, "share": limits.most_of_product, "products": few}
                notes.append(Reason(WholePlanNote.SHARE_NOT_HELD, values))
        return notes

    def _earned_less(self) -> dict[Delivery, float]:
        """By delivery, what the products earn less that are taken of it, or would be with everyone's own choice."""
        problem = self._problem
        before, after = (results_of_needs(problem, packs) for packs in (self._alone, self.packs))
        concerned: defaultdict[Delivery, set[int]] = defaultdict(set)
        for option, alone, chosen in zip(problem.options, self._alone, self.packs, strict=True):
            if alone or chosen:
                concerned[delivery_of(problem, option)].add(option.need)
        return {delivery: sum(before[need] - after[need] for need in needs) for delivery, needs in concerned.items()}

    def _units(self, need: int, packs: Sequence[int]) -> float:
        return sum(packs[at] * self._pack_units(at) for at in self._options[need])

    def _pack_units(self, at: int) -> float:
        option = self._problem.options[at]
        return float(option.offer.pack_size) * option.share_accepted


@dataclass(frozen=True)
class _Order:
    """What is bought in one delivery."""

    packs: int = 0
    value: Decimal = Decimal(0)

    @property
    def money(self) -> float:
        """Its value, as the solver counts."""
        return float(self.value)


def _orders(problem: Problem, packs: Sequence[int]) -> dict[Delivery, _Order]:
    found: defaultdict[Delivery, _Order] = defaultdict(_Order)
    for option, bought in zip(problem.options, packs, strict=True):
        if bought:
            delivery, quantity = delivery_of(problem, option), bought * option.offer.pack_size
            value = quantity * option.offer.unit_price(quantity)
            found[delivery] = _Order(found[delivery].packs + bought, found[delivery].value + value)
    return dict(found)
