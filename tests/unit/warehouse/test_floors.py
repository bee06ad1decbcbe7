"""Floors on the fill rate: held as expected, at the least cost, within what suppliers can bring."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product as every_way

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import forecasts, needs_of, offer, plan, products
from warehouse.purchasing.floor_steps import Buying, steps_of
from warehouse.purchasing.floors import floor_costs
from warehouse.purchasing.outcomes.result_curve import Worth
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.yields import Yields

GOODS = {"spinach": "leaf", "chard": "leaf", "leek": "other"}
MEANS = {"spinach": 20.0, "chard": 8.0, "leek": 30.0}
DEMAND = pd.concat([forecasts(*[mean] * 7, product_id=name, spread=0.9) for name, mean in MEANS.items()])
OFFERS = [offer(f"farm-{name}", product_id=name, price="13", pack="2") for name in GOODS]
ASSORTMENT = products(2, "16.3", list(GOODS)).assign(category_id=list(GOODS.values()))


def holding(floor: float | None = None, **categories: float) -> PlanSettings:
    by_category = {name: CategoryTerms(fill_rate_floor=at) for name, at in categories.items()}
    return replace(USUAL, service_level=ServiceLevel(by_category, CategoryTerms(fill_rate_floor=floor)))


def bought(under: PlanSettings, offers: Sequence[Offer] = OFFERS) -> tuple[PlanLine, ...]:
    return plan(offers, demand=DEMAND, assortment=ASSORTMENT, settings=under)


def filled(lines: Sequence[PlanLine], *names: str) -> float:
    of_it = [line for line in lines if not names or line.product_id in names]
    return 1 - sum(line.expected_shortage for line in of_it) / sum(line.forecast.mean for line in of_it)


@pytest.mark.parametrize("floor", [0.9, 0.95, 0.98])
def test_a_floor_on_the_whole_plan_is_held_and_hardly_exceeded(floor: float) -> None:
    assert filled(bought(USUAL)) < 0.9
    lines = bought(holding(floor))
    assert floor - 0.001 <= filled(lines) <= floor + 0.02, "a pack is about 3% of the demand"


def test_a_category_holds_its_own_floor_and_the_rest_stays_as_it_was() -> None:
    before, lines = bought(USUAL), bought(holding(leaf=0.97))
    assert filled(lines, "spinach", "chard") >= 0.97 - 0.001
    assert [line.quantity for line in lines if line.product_id == "leek"] == [
        line.quantity for line in before if line.product_id == "leek"
    ]


def test_what_nobody_offers_stays_out_of_a_floor_and_the_rest_holds_it() -> None:
    lines = bought(holding(0.95), OFFERS[1:])
    assert [line.quantity for line in lines if line.product_id == "spinach"] == [0]
    assert filled(lines, "chard", "leek") >= 0.95 - 0.001


def test_the_whole_plans_floor_raises_what_has_none_of_its_own() -> None:
    lines = bought(holding(0.96, leaf=0.9))
    assert filled(lines) >= 0.96 - 0.001
    assert 0.9 - 0.001 <= filled(lines, "spinach", "chard") < 0.94


def test_a_floor_that_holds_by_itself_changes_nothing() -> None:
    assert bought(holding(0.3, leaf=0.2)) == bought(USUAL)


def test_a_floor_that_holds_by_itself_does_not_reach_for_a_cheaper_tier() -> None:
    # given a pack at a price below what it sells for, a lower quantity at one above it, and hardly any demand
    by_pack = [offer(price="17", pack="40", cheaper_from=("40", "7"))]
    demand, goods = forecasts(*[0.3] * 7), products(life=9)
    assert plan(by_pack, demand=demand, assortment=goods)[0].quantity == 0
    assert plan(by_pack, demand=demand, assortment=goods, settings=holding(0.0))[0].quantity == 0


@pytest.mark.parametrize("floor", [0.88, 0.93, 0.97])
def test_no_other_way_of_holding_it_is_much_cheaper(floor: float) -> None:
    # given the expected result of each number of packs, from plans whose minimum is just that number
    result, short = {}, {}
    for name in GOODS:
        for packs in range(0, 40):
            line = _with_exactly(name, packs)
            sold = line.forecast.mean - line.expected_shortage
            result[name, packs] = 16.3 * sold - 13 * (sold + line.expected_waste)
            short[name, packs] = line.expected_shortage
    allowed = (1 - floor) * sum(float(line.forecast.mean) for line in bought(USUAL))
    least_cost = min(
        sum(-result[name, packs] for name, packs in zip(GOODS, way, strict=True))
        for way in every_way(range(2, 30), repeat=3)
        if sum(short[name, packs] for name, packs in zip(GOODS, way, strict=True)) <= allowed
    )
    chosen = {line.product_id: line.packs for line in bought(holding(floor))}
    cost = sum(-result[name, packs] for name, packs in chosen.items())
    margin = 3.3 * 58  # of all demand
    assert cost - least_cost <= 0.01 * margin


def _with_exactly(name: str, packs: int) -> PlanLine:
    """What so many packs come to: the outcome that the plan's own line tells for any quantity."""
    line = next(line for line in bought(USUAL) if line.product_id == name)
    usable = 2.0 * packs
    return replace(line, expected_shortage=line.outcome.short_at(usable), expected_waste=line.outcome.wasted_at(usable))


@settings(deadline=None, max_examples=30)  # each plans twice or more
@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_higher_floor_never_buys_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for lower, higher in zip(bought(holding(low)), bought(holding(high)), strict=True):
        assert higher.quantity >= lower.quantity


@settings(deadline=None, max_examples=30)  # each plans twice or more
@given(st.integers(0, 80), st.floats(0.8, 0.99))
def test_what_suppliers_can_bring_is_never_exceeded_for_a_floor(capacity: int, floor: float) -> None:
    offers = [replace(one, daily_capacity=Decimal(capacity), min_quantity=Decimal(6)) for one in OFFERS]
    lines = plan(
        offers, demand=DEMAND, assortment=ASSORTMENT, settings=holding(floor), warehouses=("north", "south", "west")
    )
    for name in GOODS:
        of_it = [line.quantity for line in lines if line.product_id == name]
        assert sum(of_it) <= capacity
        assert all(quantity == 0 or quantity >= 6 for quantity in of_it)
        assert all(quantity % 2 == 0 for quantity in of_it)


def test_the_line_says_what_is_bought_for_the_floor_and_the_plan_what_it_costs() -> None:
    terms = holding(0.97)
    before, lines = bought(USUAL), bought(terms)
    told = [reason for line in lines for reason in line.reasons if reason.code == PlanReason.RAISED_FOR_FLOOR]
    assert told
    [cost] = floor_costs(lines, GOODS, terms.service_level)
    assert cost.category_id is None
    assert cost.reached
    assert cost.fill_rate_with == pytest.approx(filled(lines))
    assert cost.fill_rate_without == pytest.approx(filled(before), abs=0.002)
    assert cost.cost > 0


def test_a_floor_that_nobody_can_deliver_is_said_not_to_be_reached() -> None:
    terms = holding(0.97)
    scarce = [replace(one, daily_capacity=Decimal(10)) for one in OFFERS]
    [cost] = floor_costs(bought(terms, scarce), GOODS, terms.service_level)
    assert not cost.reached
    assert cost.fill_rate_with < 0.9


def test_what_one_farm_cannot_bring_is_no_reason_to_buy_the_rest_at_any_price() -> None:
    # given leek of which hardly any can be had
    offers = [one if one.product_id != "leek" else replace(one, daily_capacity=Decimal(4)) for one in OFFERS]
    lines = bought(holding(0.97), offers)
    assert filled(lines) < 0.7
    assert 0.95 < filled(lines, "spinach", "chard") < 0.985


TWO_FARMS = [offer("farm", price="13", pack="2"), offer("coop", price="13.2", pack="2")]
FAILING = Yields(brought=(0.0,) + (1.0,) * 15)  # one day of sixteen


def bought_of_two(floor: float, yields: Yields, offers: Sequence[Offer] = TWO_FARMS) -> dict[str | None, Decimal]:
    lines = plan(offers, demand=forecasts(*[30.0] * 7), assortment=products(2), yields=yields, settings=holding(floor))
    return {line.offer_id: line.quantity for line in lines if line.quantity}


def test_where_a_farm_may_fail_a_high_floor_is_held_with_two() -> None:
    assert list(bought_of_two(0.97, Yields())) == ["farm"], "the cheaper one, if both are sure to come"
    assert list(bought_of_two(0.85, FAILING)) == ["farm"]
    assert set(bought_of_two(0.97, FAILING)) == {"farm", "coop"}


def test_the_line_of_a_second_farm_says_beside_whom_it_is_bought() -> None:
    first, second = plan(
        TWO_FARMS, demand=forecasts(*[30.0] * 7), assortment=products(2), yields=FAILING, settings=holding(0.97)
    )
    told = {reason.code: reason.values for reason in second.reasons}
    assert told[PlanReason.BESIDE_ANOTHER_SUPPLIER] == {"line": 2, "supplier": first.supplier_id}
    assert told[PlanReason.RAISED_FOR_FLOOR]["to"] == second.quantity
    assert PlanReason.REST_FROM_ANOTHER_SUPPLIER not in told


def test_two_offers_of_one_farm_fail_together() -> None:
    other = replace(TWO_FARMS[1], supplier_id=TWO_FARMS[0].supplier_id)
    assert list(bought_of_two(0.97, FAILING, [TWO_FARMS[0], other])) == ["farm"]


def test_what_one_farm_has_not_is_bought_of_another() -> None:
    scarce = [replace(TWO_FARMS[0], daily_capacity=Decimal(20)), TWO_FARMS[1]]
    assert bought_of_two(0.97, Yields(), scarce)["farm"] == 20
    assert bought_of_two(0.97, Yields(), scarce)["coop"] > 10


@settings(deadline=None, max_examples=30)  # each plans twice
@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_higher_floor_never_buys_less_of_any_farm(one: float, other: float) -> None:
    lower, higher = (bought_of_two(floor, FAILING) for floor in sorted((one, other)))
    assert all(higher[farm] >= quantity for farm, quantity in lower.items())


@pytest.mark.parametrize("pays", [0, 8])
def test_what_stays_short_of_two_farms_is_that_of_every_way_in_which_they_come(pays: int) -> None:
    [need] = needs_of(TWO_FARMS, forecasts(*[30.0] * 7), products(2))
    purchases = (Purchase(TWO_FARMS[0], pays, 0.0, 0.0),) if pays else ()
    [steps] = steps_of([Buying(need, TWO_FARMS, purchases, Worth(16.3, 0.02))], FAILING, {}, dearest=np.inf)
    assert steps.packs[-1].min() > 0
    for packs, short, avoided in zip(steps.packs, steps.counted, steps.avoided, strict=True):
        of_farm, of_coop = (2.0 * packs).tolist()
        slow = np.mean(
            [
                np.maximum(need.unmet_in_cover - of_farm * comes - of_coop * also, 0).mean()
                for comes in FAILING.brought
                for also in FAILING.brought
            ]
        )
        assert short == pytest.approx(slow, abs=0.3), "of 30"
        assert short == pytest.approx(steps.counted[0] - avoided.sum())


def test_no_other_way_of_going_on_with_two_farms_is_much_cheaper() -> None:
    # given a day of life, so that any result is easily counted: what comes is paid for, what does not sell is lost
    [need] = needs_of(TWO_FARMS, forecasts(*[30.0] * 7), products(1))
    came = np.array([[one, other] for one in FAILING.brought for other in FAILING.brought])
    short, result = {}, {}
    for way in every_way(range(27), range(24)):
        coming = came * 2.0 * np.array(way)
        short[way] = float(np.maximum(need.unmet_in_cover[:, None] - coming.sum(axis=1), 0).mean())
        sold = float(need.unmet_in_cover.mean()) - short[way]
        result[way] = 16.3 * sold - float((coming @ [13, 13.2]).mean())
    pays = max(result, key=lambda way: result[way])
    assert pays[1] == 0
    purchases = (Purchase(TWO_FARMS[0], pays[0], 0.0, 0.0),)
    [steps] = steps_of([Buying(need, TWO_FARMS, purchases, Worth(16.3, 0.0))], FAILING, {}, dearest=5 * 16.3)
    assert steps.packs[-1].min() > 0
    for of_farm, of_coop in steps.packs.tolist():
        as_good = [way for way, stays in short.items() if stays <= short[of_farm, of_coop] + 1e-9]
        best = max(result[way] for way in as_good)
        assert best - result[of_farm, of_coop] <= 0.006 * 16.3 * 30, "of what all demand would bring"


def test_goodwill_raises_what_is_bought_and_disposal_lowers_it() -> None:
    usual, kept_full, dear = (
        sum(line.quantity for line in bought(replace(USUAL, service_level=ServiceLevel(overall=terms))))
        for terms in (CategoryTerms(), CategoryTerms(goodwill=10), CategoryTerms(disposal=10))
    )
    assert kept_full > usual > dear


@settings(deadline=None, max_examples=30)  # each plans twice or more
@given(st.floats(0, 50), st.floats(0, 50))
@example(42.0, 42.5)  # of costs of three times the price two levels of the next order agree with themselves
def test_what_costs_more_is_never_avoided_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    a_pack = Decimal(2) if high > 2 * 16.3 else Decimal(0)  # beyond twice the selling price
    for name, sign in (("goodwill", 1), ("disposal", -1)):
        lower, higher = (
            bought(replace(USUAL, service_level=ServiceLevel(overall=CategoryTerms(**{name: cost}))))
            for cost in (low, high)
        )
        for before, after in zip(lower, higher, strict=True):
            assert sign * after.quantity >= sign * before.quantity - a_pack


def test_a_floor_that_is_tried_is_held_in_its_warehouses_and_changes_no_other() -> None:
    # given two warehouses alike, of which one tries a floor
    tried = ServiceLevel(overall=CategoryTerms(fill_rate_floor=0.97))
    level = ServiceLevel(tried=tried, tried_in=frozenset({"south"}))

    def planned(under: ServiceLevel) -> dict[str, list[PlanLine]]:
        lines = plan(OFFERS, demand=DEMAND, assortment=ASSORTMENT, warehouses=("north", "south"),
                     settings=replace(USUAL, service_level=under))  # fmt: skip
        return {name: [line for line in lines if line.warehouse_id == name] for name in ("north", "south")}

    # when both are planned together, and as if nothing were tried
    found, before = planned(level), planned(ServiceLevel())
    # then the floor holds in the one, and the other stays as it was
    assert filled(found["south"]) >= 0.97 - 0.001 > filled(before["south"])
    assert [line.quantity for line in found["north"]] == [line.quantity for line in before["north"]]


def bought_of_one(floor: float | None, life: float, yields: Yields = FAILING) -> float:
    lines = plan(
        TWO_FARMS[:1],
        demand=forecasts(*[30.0] * 7),
        assortment=products(life),
        yields=yields,
        settings=replace(holding(floor), keeping_cost_per_day=0.001),
    )
    return float(sum(line.quantity for line in lines))


@pytest.mark.parametrize("floor", [None, 0.95])
def test_of_what_keeps_as_much_is_bought_as_lasts_if_the_next_delivery_fails(floor: float | None) -> None:
    days_demand = 30
    assert bought_of_one(floor, life=60) > 1.8 * days_demand
    assert bought_of_one(floor, life=60, yields=Yields()) < 1.7 * days_demand, "the next one comes"
    assert bought_of_one(floor, life=1) < 1.7 * days_demand, "nothing would be left of it"
