"""What slower farms are asked for now, for a delivery that quicker ones can still be asked for later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import (
    ALL_ACCEPTED,
    EVERY_DAY,
    MONDAY,
    TUESDAY,
    days_apart,
    forecasts,
    offer,
    products,
)
from warehouse.purchasing.allocation.terms import Limits, SupplierTerms
from warehouse.purchasing.asked_ahead import asked_ahead, is_asked_ahead
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.delivery import later_deliveries
from warehouse.purchasing.suppliers.offers import Offer, OnOrder
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.loads import Asked, Place

WEDNESDAY = MONDAY + timedelta(days=2)
FEW = PlanSettings(scenarios=32)
QUICK = offer("quick", price="6", capacity="10")
SLOW = offer("slow", price="7", lead=2)


def place(
    offers: Sequence[Offer],
    *,
    name: str = "W1",
    daily: float = 20,
    life: float = 5,
    on_order: Sequence[OnOrder] = (),
    settings: PlanSettings = FEW,
    terms: SupplierTerms | None = None,
) -> Place:
    """A warehouse that orders on Monday, for Tuesday and what must be asked for now of later days."""
    asked_of = {} if terms is None else {one.supplier_id: terms for one in offers}

    def of_delivery(outlook: WarehouseOutlook, day: date) -> list[Asked]:
        goods = products(life=life)
        needs = estimate_needs(
            outlook, goods, offers, order_date=MONDAY, delivery_date=day, draw=days_apart, settings=settings
        )
        return [(need, Supply(list(offers), MONDAY, terms=asked_of)) for need in needs]

    def later(outlook: WarehouseOutlook) -> list[Asked]:
        return [of_need for day in later_deliveries(offers, MONDAY) for of_need in of_delivery(outlook, day)]

    outlook = WarehouseOutlook(name, forecasts(*[daily] * 8), [], on_order)

    def tonight(outlook: WarehouseOutlook) -> list[Asked]:
        return of_delivery(outlook, TUESDAY)

    return Place(outlook, tonight(outlook), tonight, lambda: tonight, later)


def planned(*places: Place, settings: PlanSettings = FEW, yields: Yields = ALL_ACCEPTED) -> list[PlanLine]:
    asked = [of_need for one in places for of_need in one.asked]
    lines = plan_purchase([*asked, *asked_ahead(places, yields, settings)], yields, settings=settings)
    return [line for line in lines if line.quantity > 0]


def of_slow(lines: Sequence[PlanLine]) -> Decimal:
    return sum((line.quantity for line in lines if line.offer_id == "slow"), Decimal(0))


def test_a_slower_farm_is_asked_now_for_what_the_quicker_one_will_not_have() -> None:
    lines = planned(place([QUICK, SLOW]))

    [tonight, ahead] = lines
    assert (tonight.offer_id, tonight.delivery_date, tonight.quantity) == ("quick", TUESDAY, 10)
    assert (ahead.offer_id, ahead.delivery_date) == ("slow", WEDNESDAY)
    # Wednesday wants 20, and 30 at most, of which the quick farm can bring 10; of Tuesday nothing is left
    assert 10 <= ahead.quantity <= 20
    told = {reason.code: reason.values for reason in ahead.reasons}
    assert told[PlanReason.ASKED_AHEAD] == {"quantity": 10.0}


def test_where_the_quicker_farm_has_enough_a_dearer_slower_one_is_not_asked() -> None:
    assert not of_slow(planned(place([replace(QUICK, daily_capacity=None), SLOW])))


def test_a_slower_farm_brings_what_is_wanted_on_a_day_on_which_the_quicker_one_brings_nothing() -> None:
    closed = replace(QUICK, daily_capacity=Decimal(22), delivery_weekdays=EVERY_DAY - {WEDNESDAY.isoweekday()})

    [*_, ahead] = planned(place([closed, SLOW]))

    assert (ahead.offer_id, ahead.delivery_date) == ("slow", WEDNESDAY)
    assert ahead.quantity >= 10
    assert {reason.code: reason.values for reason in ahead.reasons}[PlanReason.ASKED_AHEAD] == {"quantity": 0.0}


def test_what_was_asked_of_the_slower_farm_is_not_asked_again() -> None:
    first = of_slow(planned(place([QUICK, SLOW])))

    again = planned(place([QUICK, SLOW], on_order=[OnOrder("spinach", first, WEDNESDAY)]))

    assert not of_slow(again)


def test_the_quicker_farm_is_asked_later_for_what_the_slower_one_does_not_bring() -> None:
    first = of_slow(planned(place([QUICK, SLOW])))
    # on Tuesday evening Wednesday's order counts on it
    coming = WarehouseOutlook("W1", forecasts(*[20] * 8), [], [OnOrder("spinach", first, WEDNESDAY)])
    goods = products(life=5)
    [need] = estimate_needs(
        coming, goods, [QUICK, SLOW], order_date=TUESDAY, delivery_date=WEDNESDAY, draw=days_apart, settings=FEW
    )

    [line] = plan_purchase([(need, Supply([QUICK, SLOW], TUESDAY))], ALL_ACCEPTED, settings=FEW)

    assert line.offer_id == "quick"
    assert 20 <= line.quantity + first <= 30


def test_a_floor_asks_a_slower_farm_where_the_quicker_one_often_brings_nothing() -> None:
    often_fails = Yields(brought_by_supplier={QUICK.supplier_id: (0.0, *[1.0] * 4)}, brought=(1.0,))
    enough = replace(QUICK, daily_capacity=None)
    high = replace(FEW, service_level=ServiceLevel(overall=CategoryTerms(fill_rate_floor=0.98)))
    dear = replace(SLOW, tiers=offer(price="12").tiers)

    without = planned(place([enough, dear], life=1), yields=often_fails)
    with_floor = planned(place([enough, dear], life=1, settings=high), settings=high, yields=often_fails)

    assert not of_slow(without)
    assert of_slow(with_floor) > 0


def test_who_asks_for_one_delivery_asks_nobody_ahead() -> None:
    assert not asked_ahead([replace(place([QUICK, SLOW]), later=None)], ALL_ACCEPTED, FEW)


@settings(max_examples=40, deadline=None)
@given(
    daily=st.integers(1, 30),
    quick=st.integers(0, 30),
    slow=st.integers(0, 40),
    pack=st.integers(1, 7),
    minimum=st.integers(0, 20),
    floor=st.sampled_from([None, 0.9, 0.98]),
    warehouses=st.integers(1, 3),
    life=st.integers(1, 5),
    lead=st.integers(2, 4),
    budget=st.sampled_from([None, 100.0, 400.0]),
)
def test_lines_asked_for_ahead_hold_what_every_line_holds(
    daily: int,
    quick: int,
    slow: int,
    pack: int,
    minimum: int,
    floor: float | None,
    warehouses: int,
    life: int,
    lead: int,
    budget: float | None,
) -> None:
    level = ServiceLevel(overall=CategoryTerms(fill_rate_floor=floor))
    terms = replace(FEW, service_level=level, limits=Limits(budget=budget))
    late = offer("slow", price="7", lead=lead, pack=str(pack), minimum=str(minimum), capacity=str(slow))
    offers = [offer("quick", price="6", capacity=str(quick)), late]
    least = SupplierTerms(least_packs=2)
    places = [
        place(offers, name=f"W{number}", daily=daily, life=life, settings=terms, terms=least)
        for number in range(warehouses)
    ]

    lines = planned(*places, settings=terms)
    ahead = [line for line in lines if is_asked_ahead(line)]

    assert all(line.offer_id == "slow" and late.can_deliver(line.delivery_date, MONDAY) for line in ahead)
    assert all(line.delivery_date == MONDAY + timedelta(days=lead) == line.covers_from for line in ahead)
    assert sum(line.quantity for line in ahead) <= slow
    assert all(line.quantity % pack == 0 and line.quantity >= minimum for line in ahead)
    assert all(line.packs >= least.least_packs for line in lines)
    assert budget is None or sum(line.cost for line in lines) <= budget
