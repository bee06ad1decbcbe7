"""Plans under what suppliers ask for whole orders, a budget and caps: what holds, what is said, what stays the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import (
    ALL_ACCEPTED,
    MONDAY,
    TUESDAY,
    codes,
    days_apart,
    forecasts,
    offer,
    products,
    reason,
)
from warehouse.purchasing.allocation.terms import NOTHING_ORDERED, Delivery, Limits, OrderedToday, SupplierTerms
from warehouse.purchasing.buying import Planned, plan_with_notes
from warehouse.purchasing.floors import floor_costs
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL
from warehouse.purchasing.quantity import smallest_order
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields

NAMES = ("leek", "spinach")
PLACES = ("north", "south")


def farm(name: str, product_id: str = "spinach", **terms: str) -> Offer:
    return replace(offer(f"{name}/{product_id}", product_id=product_id, **terms), supplier_id=name)


def needs_of(means: Mapping[str, Mapping[str, float]], offers: Sequence[Offer], life: float = 2) -> list[Need]:
    """By warehouse and product, what is wanted on average of each day."""
    needs = []
    for place, of_place in means.items():
        for name, mean in of_place.items():
            demand = forecasts(*[mean] * 4, product_id=name)
            outlook = WarehouseOutlook(place, demand, (), (), {}, 0.0, {}, {})
            needs += estimate_needs(
                outlook,
                products(life=life, product_ids=(name,)),
                offers,
                order_date=MONDAY,
                delivery_date=TUESDAY,
                draw=days_apart,
                settings=replace(USUAL, scenarios=64),
            )
    return needs


def bought(
    needs: Sequence[Need],
    offers: Sequence[Offer],
    terms: Mapping[str, SupplierTerms] | None = None,
    limits: Limits | None = None,
    yields: Yields = ALL_ACCEPTED,
    floor: float | None = None,
    ordered: OrderedToday = NOTHING_ORDERED,
) -> Planned:
    asked = [
        (need, Supply([one for one in offers if one.product_id == need.product_id], MONDAY, terms=terms or {}))
        for need in needs
    ]
    service_level = ServiceLevel(overall=CategoryTerms(fill_rate_floor=floor))
    shop = replace(USUAL, scenarios=64, limits=limits or Limits(), service_level=service_level)
    return plan_with_notes(asked, yields, settings=shop, ordered={"": ordered})


def packs_by_offer(lines: Sequence[PlanLine]) -> dict[tuple[str, str], int]:
    return {(line.warehouse_id, line.offer_id): line.packs for line in lines if line.packs and line.offer_id}


def note(planned: Planned, code: str) -> dict[str, object]:
    (values,) = [dict(one.values) for one in planned.notes if one.code.value == code]
    return values


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Need], list[Offer], dict[str, SupplierTerms], Limits]:
    """Two warehouses, up to two products and three farms, under any terms and limits."""
    offers = [
        farm(
            name,
            product_id,
            price=str(draw(st.integers(5, 14))),
            pack=draw(st.sampled_from(["1", "4", "2.5"])),
            minimum=draw(st.sampled_from(["0", "0", "10"])),
            capacity=draw(st.sampled_from([None, "12", "40"])),
            cheaper_from=draw(st.sampled_from([None, ("20", "4")])),
        )
        for product_id in draw(st.sampled_from([NAMES, NAMES[:1]]))
        for name in draw(st.lists(st.sampled_from(["near", "far", "big"]), min_size=1, max_size=3, unique=True))
    ]
    sold = sorted({one.product_id for one in offers})
    means = {place: {name: draw(st.sampled_from([0.5, 5.0, 20.0])) for name in sold} for place in PLACES}
    asked = st.builds(
        SupplierTerms,
        st.sampled_from([0.0, 30.0]),
        st.sampled_from([0.0, 80.0, 300.0]),
        st.sampled_from([0, 3, 40]),
    )
    terms = {name: draw(asked) for name in ("near", "far")}
    limits = Limits(draw(st.sampled_from([None, 60.0, 250.0])), draw(st.sampled_from([1.0, 0.5])))
    if limits.budget is not None:
        limits = replace(limits, most_of_budget=draw(st.sampled_from([1.0, 0.6])))
    return needs_of(means, offers), offers, terms, limits


@settings(max_examples=60, deadline=None)
@given(cases())
def test_whatever_is_asked_a_whole_plan_holds_it(
    case: tuple[list[Need], list[Offer], dict[str, SupplierTerms], Limits],
) -> None:
    needs, offers, terms, limits = case
    lines = [line for line in bought(needs, offers, terms, limits).lines if line.quantity]
    of_offer: defaultdict[str, Decimal] = defaultdict(Decimal)
    of_order: defaultdict[Delivery, list[PlanLine]] = defaultdict(list)
    by_id = {one.offer_id: one for one in offers}
    for line in lines:
        assert line.offer_id is not None
        assert line.supplier_id is not None
        assert line.quantity == line.packs * by_id[line.offer_id].pack_size
        assert line.packs >= smallest_order(by_id[line.offer_id])
        of_offer[line.offer_id] += line.quantity
        of_order[line.supplier_id, line.warehouse_id, line.delivery_date].append(line)
    assert all(by_id[name].daily_capacity is None or q <= by_id[name].daily_capacity for name, q in of_offer.items())
    spent: defaultdict[str, float] = defaultdict(float)
    for (supplier, *_), order in of_order.items():
        asked, money = terms.get(supplier, SupplierTerms()), sum(float(one.quantity * one.unit_price) for one in order)
        assert sum(one.packs for one in order) >= asked.least_packs
        assert money >= asked.least_value - 0.01
        spent[supplier] += money + asked.delivery_cost
    if limits.budget is not None:
        assert sum(spent.values()) <= limits.budget + 0.01
        assert max(spent.values(), default=0.0) <= limits.most_of_budget * limits.budget + 0.01
    for name in NAMES:
        sellers = {one.supplier_id for one in offers if one.product_id == name}
        if len(sellers) >= ceil(1 / limits.most_of_product):
            of_product = sum(line.quantity for line in lines if line.product_id == name)
            for seller in sellers:
                own = by_id[f"{seller}/{name}"]
                assert float(of_offer[own.offer_id]) <= limits.most_of_product * float(of_product) + float(
                    own.pack_size
                )


@settings(max_examples=60, deadline=None)
@given(cases(), st.dictionaries(st.sampled_from(["near", "far", "gone"]), st.sampled_from([8.0, 50.0]), max_size=2))
def test_with_what_is_ordered_already_limits_are_held_too_or_nothing_is_added(
    case: tuple[list[Need], list[Offer], dict[str, SupplierTerms], Limits], brought: dict[str, float]
) -> None:
    needs, offers, _, limits = case
    name = offers[0].product_id
    ordered = OrderedToday(
        {farm: 5 * units for farm, units in brought.items()}, {(name, of): units for of, units in brought.items()}
    )
    lines = [line for line in bought(needs, offers, {}, limits, ordered=ordered).lines if line.quantity]
    spent: defaultdict[str, float] = defaultdict(float)
    units: defaultdict[str, float] = defaultdict(float)
    for line in lines:
        spent[str(line.supplier_id)] += float(line.cost)
        units[str(line.supplier_id)] += float(line.quantity) if line.product_id == name else 0.0
    if limits.budget is not None:
        assert not spent or sum(spent.values()) + ordered.total <= limits.budget + 0.01
        for farm, money in spent.items():
            assert money + ordered.money.get(farm, 0.0) <= limits.most_of_budget * limits.budget + 0.01
    sellers = {one.supplier_id for one in offers if one.product_id == name} | set(brought)
    if len(sellers) >= ceil(1 / limits.most_of_product):
        total = sum(units.values()) + sum(brought.values())
        for farm, more in units.items():
            pack = float(next((one.pack_size for one in offers if one.offer_id == f"{farm}/{name}"), 0))
            assert not more or more + brought.get(farm, 0.0) <= limits.most_of_product * total + pack + 1e-6


@settings(max_examples=40, deadline=None)
@given(cases())
def test_where_nothing_is_asked_that_is_not_held_anyway_the_plan_stays_as_it_is(
    case: tuple[list[Need], list[Offer], dict[str, SupplierTerms], Limits],
) -> None:
    needs, offers, _, _ = case
    usual = bought(needs, offers)
    asked_nothing = bought(needs, offers, {name: SupplierTerms() for name in ("near", "far", "big")})
    assert asked_nothing == usual
    assert usual.notes == ()


@pytest.mark.parametrize("terms", [{}, {"near": SupplierTerms(least_value=50.0)}], ids=["limits", "terms"])
def test_where_farms_have_nothing_left_the_plan_is_made_all_the_same(terms: dict[str, SupplierTerms]) -> None:
    offers = [farm("near", capacity="0")]
    planned = bought(needs_of({"north": {"spinach": 20}}, offers), offers, terms, Limits(None if terms else 100.0))
    assert [line.quantity for line in planned.lines] == [0]
    told = note(planned, "chosen_as_a_whole")
    assert (told["gap"], told["deliveries"]) == (0, 0)


def test_a_minimum_that_is_reached_anyway_changes_no_line() -> None:
    offers = [farm("near", price="8"), farm("far", "leek", price="8"), farm("near", "leek", price="9")]
    needs = needs_of({"north": {"spinach": 20, "leek": 20}}, offers)
    usual = bought(needs, offers)
    held = bought(needs, offers, {"near": SupplierTerms(least_packs=5)})
    assert packs_by_offer(held.lines) == packs_by_offer(usual.lines)
    assert [line.reasons for line in held.lines] == [line.reasons for line in usual.lines]


def test_products_that_no_such_supplier_offers_are_bought_as_before() -> None:
    offers = [farm("near", price="8"), farm("far", "leek", price="8")]
    needs = needs_of({"north": {"spinach": 20, "leek": 20}}, offers)
    usual, asked = bought(needs, offers), bought(needs, offers, {"near": SupplierTerms(least_packs=1000)})
    assert [line for line in asked.lines if line.product_id == "leek"] == [
        line for line in usual.lines if line.product_id == "leek"
    ]
    assert not [line for line in asked.lines if line.product_id == "spinach" and line.quantity]


def test_a_minimum_beyond_the_need_sends_the_order_elsewhere_and_is_named() -> None:
    offers = [farm("near", price="9"), farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers, life=1)
    planned = bought(needs, offers, {"far": SupplierTerms(least_packs=200)})
    (line,) = planned.lines
    assert line.supplier_id == "near"
    assert line.quantity > 0
    told = note(planned, "order_dropped")
    wanted = bought(needs, offers).lines[0].packs
    assert told | {"cost": None} == {
        "supplier": "far", "warehouse": "north", "day": "2026-03-03", "minimum_packs": 200, "packs": wanted,
        "minimum_value": 0.0, "value": wanted * 8.0, "cost": None,
    }  # fmt: skip
    assert told["cost"] > 0
    assert reason(line, "below_order_minimum")["supplier"] == "far"


def test_an_order_is_raised_to_its_minimum_where_that_costs_less_than_going_without() -> None:
    offers = [farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers, life=2)
    alone = bought(needs, offers).lines[0].packs
    planned = bought(needs, offers, {"far": SupplierTerms(least_packs=alone + 4)})
    (line,) = planned.lines
    assert line.packs == alone + 4
    assert reason(line, "raised_to_order_minimum") == {
        "minimum_packs": alone + 4, "minimum_value": 0.0, "from": float(alone), "to": float(alone + 4),
    }  # fmt: skip
    assert note(planned, "order_raised")["packs"] == alone
    assert "below_order_minimum" not in codes(line)


def test_a_delivery_that_costs_more_than_it_brings_is_left_out_and_its_product_bought_elsewhere() -> None:
    offers = [farm("near", price="9"), farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers)
    (cheap,) = bought(needs, offers, {"far": SupplierTerms(delivery_cost=1.0)}).lines
    (dear,) = bought(needs, offers, {"far": SupplierTerms(delivery_cost=100.0)}).lines
    assert cheap.supplier_id == "far"
    assert dear.supplier_id == "near"
    assert "chosen_under_terms" in codes(dear)


def test_a_budget_buys_what_earns_most_first_and_says_what_it_cuts() -> None:
    offers = [farm("near", price="5"), farm("near", "leek", price="12")]
    needs = needs_of({"north": {"spinach": 20, "leek": 20}}, offers)
    free = sum(float(line.quantity * line.unit_price) for line in bought(needs, offers).lines)
    planned = bought(needs, offers, limits=Limits(budget=120.0))
    spent = {line.product_id: float(line.quantity * line.unit_price) for line in planned.lines}
    assert sum(spent.values()) <= 120
    assert spent["spinach"] > spent["leek"]
    assert note(planned, "budget_reached") == {
        "warehouses": "north",
        "budget": 120.0,
        "wanted": pytest.approx(free),
        "ordered": 0.0,
    }
    (leek,) = [line for line in planned.lines if line.product_id == "leek"]
    assert "cut_by_limits" in codes(leek)


def test_no_farm_brings_more_of_a_product_than_its_share_where_others_offer_it_too() -> None:
    offers = [farm("near", price="9"), farm("far", price="8"), farm("only", "leek", price="8")]
    needs = needs_of({"north": {"spinach": 20, "leek": 20}}, offers)
    planned = bought(needs, offers, limits=Limits(most_of_product=0.5))
    packs = packs_by_offer(planned.lines)
    assert abs(packs["north", "far/spinach"] - packs["north", "near/spinach"]) <= 2
    assert packs["north", "only/leek"] > 0
    assert note(planned, "share_not_held") == {"warehouses": "north", "share": 0.5, "products": 1}


def test_what_a_farm_brings_already_counts_in_its_share_of_a_product() -> None:
    offers = [farm("near", price="9"), farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers)
    free = packs_by_offer(bought(needs, offers, limits=Limits(most_of_product=0.5)).lines)
    ordered = OrderedToday(quantities={("spinach", "far"): 12.0})
    planned = packs_by_offer(bought(needs, offers, limits=Limits(most_of_product=0.5), ordered=ordered).lines)
    assert planned["north", "far/spinach"] < free["north", "far/spinach"]
    assert planned["north", "far/spinach"] + 12 <= planned["north", "near/spinach"] + 2


def test_a_farm_that_others_are_ordered_from_today_is_one_of_several_suppliers() -> None:
    offers = [farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers)
    ordered = OrderedToday(quantities={("spinach", "near"): 10.0})
    planned = bought(needs, offers, limits=Limits(most_of_product=0.5), ordered=ordered)
    assert packs_by_offer(planned.lines) == {("north", "far/spinach"): 12}
    assert "share_not_held" not in {note.code.value for note in planned.notes}


def test_money_ordered_today_comes_off_the_budget_and_off_its_suppliers_share_of_it() -> None:
    offers = [farm("near", price="5"), farm("far", "leek", price="6")]
    needs = needs_of({"north": {"spinach": 20, "leek": 20}}, offers)
    ordered = OrderedToday({"near": 60.0}, warehouses=frozenset({"south"}))
    planned = bought(needs, offers, limits=Limits(200.0, most_of_budget=0.5), ordered=ordered)
    spent = {line.product_id: float(line.quantity * line.unit_price) for line in planned.lines}
    assert 0 < spent["spinach"] <= 40
    assert 0 < spent["leek"] <= 100
    told = note(planned, "budget_reached")
    assert (told["warehouses"], told["ordered"]) == ("north, south", 60.0)


def test_a_floor_on_the_fill_rate_is_held_where_the_farm_changes_too() -> None:
    offers = [farm("near", price="9"), farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers, life=1)
    terms = {"far": SupplierTerms(delivery_cost=200.0)}
    (pays,) = bought(needs, offers, terms).lines
    (held,) = bought(needs, offers, terms, floor=0.99).lines
    (usual,) = bought(needs, offers, floor=0.99).lines
    assert (pays.supplier_id, held.supplier_id, usual.supplier_id) == ("near", "near", "far")
    assert pays.packs < held.packs == usual.packs


def test_what_a_floor_costs_is_told_where_the_farm_changes_too() -> None:
    offers = [farm("near", price="9"), farm("far", price="8")]
    needs = needs_of({"north": {"spinach": 20}}, offers, life=1)
    level = ServiceLevel(overall=CategoryTerms(fill_rate_floor=0.99))
    (pays,) = bought(needs, offers).lines
    (usual,) = bought(needs, offers, floor=0.99).lines
    planned = bought(needs, offers, {"far": SupplierTerms(delivery_cost=200.0)}, floor=0.99)
    (held,) = planned.lines
    at_near, at_far = (reason(line, "raised_for_floor") for line in (held, usual))
    assert (at_near["from"], at_near["to"]) == (float(pays.quantity), float(held.quantity))
    assert held.expected_shortage + at_near["avoided"] == pytest.approx(pays.expected_shortage, abs=1e-3)
    dearer = float(held.quantity - pays.quantity) * (9 - 8)
    assert at_near["cost"] == pytest.approx(at_far["cost"] + dearer, rel=0.02)
    [cost] = floor_costs(planned.lines, {}, level)
    assert cost.cost == at_near["cost"]
    assert cost.fill_rate_without == pytest.approx(1 - pays.expected_shortage / pays.forecast.mean, abs=1e-4)
