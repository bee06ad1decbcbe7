"""Warehouses that pay in different currencies: none's money is weighed against another's, capacities are everyone's."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import ALL_ACCEPTED, MONDAY, offer
from tests.unit.warehouse.test_whole_orders import PLACES, farm, needs_of
from warehouse.purchasing.allocation.terms import Limits, OrderedToday, SupplierTerms
from warehouse.purchasing.buying import Planned, plan_with_notes
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply

CURRENCIES = dict(zip(PLACES, ("CNY", "USD"), strict=True))


def bought(
    needs: list[Need],
    offers: list[Offer],
    shop: PlanSettings,
    terms: dict[str, SupplierTerms] | None = None,
    ordered: dict[str, OrderedToday] | None = None,
) -> Planned:
    asked = [
        (need, Supply(offers, MONDAY, terms=terms or {}, currency=CURRENCIES[need.warehouse_id])) for need in needs
    ]
    return plan_with_notes(asked, ALL_ACCEPTED, settings=shop, ordered=ordered or {})


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([None, 0.9, 0.98]),
    st.sampled_from([Limits(), Limits(budget=150.0), Limits(most_of_product=0.5)]),
    st.sampled_from([{}, {"near": SupplierTerms(30.0, 80.0)}]),
    st.sampled_from([2.0, 10.0, 25.0]),
)
def test_where_nothing_is_scarce_each_currency_buys_as_it_would_alone(
    floor: float | None, limits: Limits, terms: dict[str, SupplierTerms], mean: float
) -> None:
    offers = [farm("near", price="6"), farm("far", price="9")]
    needs = needs_of({"north": {"spinach": mean}, "south": {"spinach": 12.0}}, offers, life=1)
    shop = replace(
        USUAL, scenarios=64, limits=limits, service_level=ServiceLevel(overall=CategoryTerms(fill_rate_floor=floor))
    )
    together = bought(needs, offers, shop, terms)
    apart = [bought([need], offers, shop, terms) for need in needs]
    assert together.lines == tuple(line for one in apart for line in one.lines)
    assert together.notes == tuple(note for one in apart for note in one.notes)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["5", "12", "30", "44"]), st.sampled_from([None, 0.98]), st.booleans())
def test_a_capacity_is_shared_by_all_currencies(capacity: str, floor: float | None, limited: bool) -> None:
    offers = [farm("near", price="6", capacity=capacity), farm("far", price="7", capacity="9")]
    needs = needs_of({place: {"spinach": 18.0} for place in PLACES}, offers, life=1)
    shop = replace(USUAL, scenarios=64, limits=Limits(most_of_product=0.8 if limited else 1.0))
    shop = replace(shop, service_level=ServiceLevel(overall=CategoryTerms(fill_rate_floor=floor)))
    lines = bought(needs, offers, shop).lines
    for one in offers:
        quantity = sum(line.quantity for line in lines if line.offer_id == one.offer_id)
        assert quantity <= one.daily_capacity


def test_what_is_ordered_today_comes_off_the_budget_of_its_currency_alone() -> None:
    offers = [offer("O1", price="6")]
    needs = needs_of({place: {"spinach": 20.0} for place in PLACES}, offers)
    shop = replace(USUAL, scenarios=64, limits=Limits(budget=100.0))
    lines = bought(needs, offers, shop, ordered={"USD": OrderedToday({"O1": 70.0})}).lines
    spent = {line.warehouse_id: float(line.quantity * line.unit_price) for line in lines}
    assert 90 < spent["north"] <= 100
    assert 20 < spent["south"] <= 30
