"""What is bought beyond what pays, so that a floor on the fill rate holds over a plan's lines.

Further packs are taken where a unit of shortage avoided costs least: each line goes on while its next step loses less
than one price for such a unit, and the price is the lowest at which the floor holds (a Lagrange multiplier, found by
bisection). A category's own floor comes first; the whole plan's raises what has none of its own, as far as it takes
with what the others leave short. What offers and capacities can't give is not there to be taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.capacity import DayOfOffer
from warehouse.purchasing.floor_steps import HELD, Buying, Steps, steps_of
from warehouse.purchasing.plan import NOT_BOUGHT, PlanLine, PlanReason
from warehouse.purchasing.quantity import ForFloor, Purchase
from warehouse.purchasing.service_level import MOST_WORTH, FloorCost, ServiceLevel
from warehouse.purchasing.suppliers.yields import Yields

Floats = NDArray[np.float64]
_Group = tuple[float, NDArray[np.intp], NDArray[np.intp]]

BISECTIONS: Final = 40


def hold_floors(buying: Sequence[Buying], yields: Yields, service_level: ServiceLevel) -> list[tuple[Purchase, ...]]:
    """What each need buys so that the floors hold, as far as they can be."""
    could_go_on = [one for one in buying if one.offers]
    groups = [
        (floor, here[own], here[others])
        for level, here in _by_level(could_go_on, service_level)
        for floor, own, others in _groups([could_go_on[at] for at in here], level)
    ]
    if not groups:
        return [one.purchases for one in buying]
    held = iter(_held(could_go_on, groups, yields))
    return [next(held) if one.offers else one.purchases for one in buying]


def _held(buying: Sequence[Buying], groups: Sequence[_Group], yields: Yields) -> list[tuple[Purchase, ...]]:
    dearest = [MOST_WORTH * float(np.mean([buying[at].worth.list_price for at in own])) for _, own, _ in groups]
    steps = steps_of(buying, yields, _capacity_left(buying), max(dearest))
    lost, missed = np.array([one.lost.sum(axis=1) for one in steps]), np.array([one.missed for one in steps])
    counted = np.array([one.counted for one in steps])
    least = np.array([one.least for one in steps])
    wanted = np.array([one.need.forecast.mean for one in buying])
    taken, held = np.zeros(len(buying), np.intp), np.zeros(len(buying))
    for (floor, own, others), most in zip(groups, dearest, strict=True):
        allowed = (1 - floor) * wanted[np.concatenate([own, others])].sum() - counted[others, taken[others]].sum()
        could_be = (1 - floor) * wanted[own].sum() + floor * least[own].sum()
        price = _price(lost[own], missed[own], counted[own], allowed, could_be, most)
        if price > 0:
            taken[own], held[own] = _taken(lost[own], missed[own], price), floor
    return [_extended(one, way, int(at), floor) for one, way, at, floor in zip(buying, steps, taken, held, strict=True)]


def _taken(lost: Floats, missed: Floats, price: float) -> NDArray[np.intp]:
    """The best step of each need (needs x steps) if a unit of shortage avoided is worth so much, also where this
    delivery lasts because the next ones fail: what keeps is the cheapest there is against that."""
    best: NDArray[np.intp] = np.argmin(lost + price * missed, axis=1)
    return best


def _price(lost: Floats, missed: Floats, counted: Floats, allowed: float, could_be: float, most: float) -> float:
    """The lowest price of a unit of shortage at which no more than `allowed` counts for needs. Where even `most` does
    not do, no more than `could_be`, the floor on the demand of these needs that can be met at all: what nobody brings
    is no reason to buy the rest at any price."""
    rows = np.arange(len(lost))

    def enough(price: float) -> bool:
        return bool(counted[rows, _taken(lost, missed, price)].sum() <= allowed + HELD)

    if not enough(most):
        allowed = could_be
    if enough(0.0) or not enough(most):
        return 0.0 if enough(0.0) else most
    low, high = 0.0, most
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def floor_costs(
    lines: Iterable[PlanLine], category_of: Mapping[str, str | None], service_level: ServiceLevel
) -> tuple[FloorCost, ...]:
    """What the floors make of a plan's lines, the whole plan's last; a line's share is told by its reason."""
    could_be_bought = [line for line in lines if not any(reason.code in _ELSEWHERE for reason in line.reasons)]
    costs = []
    for category_id, terms in (*sorted(service_level.by_category.items()), (None, service_level.overall)):
        of_it = [line for line in could_be_bought if category_id in (None, category_of.get(line.product_id))]
        needs = {(line.warehouse_id, line.product_id, line.covers_from): line.forecast.mean for line in of_it}
        wanted = sum(needs.values())
        if terms.fill_rate_floor is None or wanted <= 0:
            continue
        told = [
            reason.values for line in of_it for reason in line.reasons if reason.code == PlanReason.RAISED_FOR_FLOOR
        ]
        short = sum(line.expected_shortage for line in of_it)
        avoided, cost = (sum(float(values[name] or 0) for values in told) for name in ("avoided", "cost"))
        filled = 1 - short / wanted
        reached = filled >= terms.fill_rate_floor - 0.0005
        costs.append(
            FloorCost(category_id, terms.fill_rate_floor, 1 - (short + avoided) / wanted, filled, cost, reached)
        )
    return tuple(costs)


_ELSEWHERE: Final = {*NOT_BOUGHT, PlanReason.CAN_WAIT, PlanReason.NO_OFFER, PlanReason.NO_FORECAST}


def _by_level(buying: Sequence[Buying], service_level: ServiceLevel) -> list[tuple[ServiceLevel, NDArray[np.intp]]]:
    """The needs of the warehouses that have each service level."""
    mine = [service_level.at(one.need.warehouse_id) for one in buying]
    return [
        (level, np.array([at for at, held in enumerate(mine) if held is level], np.intp))
        for level in service_level.levels
    ]


def _groups(buying: Sequence[Buying], service_level: ServiceLevel) -> list[_Group]:
    """Each floor with the needs that are raised for it and those that it is held over as well, the whole plan last."""
    floors = {name: terms.fill_rate_floor for name, terms in service_level.by_category.items()}
    category = [one.need.category_id for one in buying]
    groups = []
    for name, floor in floors.items():
        own = np.array([at for at, of_it in enumerate(category) if of_it == name], np.intp)
        if floor is not None and len(own):
            groups.append((floor, own, np.zeros(0, np.intp)))
    apart = np.array([of_it is not None and floors.get(of_it) is not None for of_it in category])
    overall = service_level.overall.fill_rate_floor
    if overall is not None and not apart.all():
        groups.append((overall, np.flatnonzero(~apart), np.flatnonzero(apart)))
    return groups


def _capacity_left(buying: Sequence[Buying]) -> dict[DayOfOffer, tuple[Decimal, int]]:
    """Of each offer that has a capacity, what is left of it, and how many needs could take from it."""
    left: dict[DayOfOffer, tuple[Decimal, int]] = {}
    for one in buying:
        for offer in one.offers:
            if offer.daily_capacity is not None:
                key = offer.offer_id, one.need.covers_from
                there, asking = left.get(key, (offer.daily_capacity, 0))
                bought = sum((p.quantity for p in one.purchases if p.offer.offer_id == offer.offer_id), Decimal(0))
                left[key] = there - bought, asking + 1
    return left


def _extended(one: Buying, steps: Steps, step: int, floor: float) -> tuple[Purchase, ...]:
    """What pays, and what more is bought for the floor's sake: of what is bought anyway, then of other offers."""
    raised = list(one.purchases)
    for at, offer in enumerate(steps.offers):
        more = int(steps.packs[step, at] - steps.packs[0, at])
        if more:
            own = (number for number, purchase in enumerate(raised) if purchase.offer.offer_id == offer.offer_id)
            number = next(own, len(raised))
            before = raised[number] if number < len(raised) else Purchase(offer, 0, 0.0, 0.0)
            lost, avoided = float(steps.lost[step, at]), float(steps.avoided[step, at])
            for_floor = ForFloor(floor, more, lost, avoided)
            raised[number : number + 1] = [
                replace(before, packs=before.packs + more, result=before.result - lost, for_floor=for_floor)
            ]
    return tuple(raised)
