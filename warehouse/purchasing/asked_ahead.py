"""What slower suppliers must be asked for now, for deliveries after the one that is ordered tonight.

A quicker one can be asked for the same delivery later, when more is known, and comes first. A slower one is asked for
what is expected to be lacking beside it: where the quicker one has too little, delivers nothing that day, or may fail.
What is asked of it now is under way when the quicker one's turn comes, so nothing is ordered twice (two sources of
unlike lead times: S. Veeraraghavan and A. Scheller-Wolf, Now or later, 2008).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from warehouse.purchasing.allocation.terms import NO_LIMITS
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import Need, WarehouseOutlook
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.suppliers.delivery import closes_on, later_deliveries
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.loads import Asked, Place
from warehouse.reasons import Reason


def asked_ahead(places: Iterable[Place], yields: Yields, settings: PlanSettings) -> list[Asked]:
    """The needs of later deliveries as they are left to those that must be asked for them now, beside what is likely to
    be bought tonight, and of quicker suppliers later. Give all warehouses together: they share capacities."""
    tonight = [(place.outlook, place.later, _also_from_slower(place)) for place in places if place.later is not None]
    likely = _likely([of_need for _, _, asked in tonight for of_need in asked], yields, settings)
    asked: list[Asked] = []
    for of_place, later, of_it in tonight:
        if of_it:
            outlook = of_place.of_products({need.product_id for need, _ in of_it})
            here = [line for line in likely if line.warehouse_id == outlook.warehouse_id]
            asked += later(_with(outlook, here, yields))
    return _beside_quicker(asked, yields, settings)


def is_asked_ahead(line: PlanLine) -> bool:
    """Whether a line is of a later delivery than the one that is ordered tonight."""
    return any(reason.code == PlanReason.ASKED_AHEAD for reason in line.reasons)


def _also_from_slower(place: Place) -> list[Asked]:
    """The needs of products of which some must be asked for a later delivery now, as if none of them could wait."""
    return [
        (need, replace(supply, can_wait_until=None))
        for need, supply in place.asked
        if later_deliveries(supply.offers, supply.order_date)
    ]


def _likely(asked: Sequence[Asked], yields: Yields, settings: PlanSettings) -> list[PlanLine]:
    """What is likely to be bought of needs: without the terms and limits of whole orders, which later ones will fill
    with other products too."""
    alone = [(need, replace(supply, terms={})) for need, supply in asked]
    lines = plan_purchase(alone, yields, settings=replace(settings, limits=NO_LIMITS))
    return [line for line in lines if line.quantity > 0]


def _with(outlook: WarehouseOutlook, bought: Iterable[PlanLine], yields: Yields) -> WarehouseOutlook:
    """The outlook with what is bought under way."""
    on_order = [
        OnOrder(
            line.product_id,
            line.quantity * Decimal(line.share_accepted),
            line.delivery_date,
            lots=yields.lots_of(line.product_id, line.supplier_id or "", line.delivery_date),
            supplier_id=line.supplier_id or "",
            failing=yields.failing.of(line.supplier_id or "", line.delivery_date),
        )
        for line in bought
    ]
    return replace(outlook, on_order=[*outlook.on_order, *on_order])


def _beside_quicker(asked: Sequence[Asked], yields: Yields, settings: PlanSettings) -> list[Asked]:
    """What needs leave beside what is likely to be bought of those that can be asked for them later."""
    brought: defaultdict[tuple[str, str, date], list[PlanLine]] = defaultdict(list)
    for line in _likely([(need, _closing(need, supply, False)) for need, supply in asked], yields, settings):
        brought[line.warehouse_id, line.product_id, line.delivery_date].append(line)
    return [
        (
            _left(need, brought[need.warehouse_id, need.product_id, need.covers_from], yields),
            _closing(need, supply, True),
        )
        for need, supply in asked
    ]


def _closing(need: Need, supply: Supply, now: bool) -> Supply:
    """The offers that must be asked for the need's delivery now, or those that can be later."""
    day, today = need.covers_from, supply.order_date
    return replace(supply, offers=[offer for offer in supply.offers if closes_on(offer, day, today) == now])


def _left(need: Need, brought: Iterable[PlanLine], yields: Yields) -> Need:
    """The need beside what lines bring of it, each in lots as uneven as its supplier's."""
    lack, usable = need.lack, 0.0
    for line in brought:
        expected = float(line.quantity) * line.share_accepted
        of_lots = need.product_id, line.supplier_id or "", need.covers_from
        lack = yields.as_brought(lack, *of_lots).after(expected)
        usable += expected
    # what of stock expires is told with the next delivery
    told = (reason for reason in need.reasons if reason.code != PlanReason.STOCK_EXPIRES_BEFORE_USE)
    return replace(
        need,
        unmet_in_cover=lack.in_cover,
        unmet_if_next_fail=need.unmet_if_next_fail if lack.if_next_fail is None else lack.if_next_fail,
        unmet_in_life=lack.in_life,
        later=lack.later,
        fails=lack.fails,
        preordered=max(need.preordered - usable, 0.0),
        for_display=max(need.for_display - usable, 0.0),
        reasons=(*told, Reason(PlanReason.ASKED_AHEAD, {"quantity": round(usable, 3)})),
    )
