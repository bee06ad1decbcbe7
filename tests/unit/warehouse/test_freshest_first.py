"""What orders are worth where some customers take the freshest, against a shelf that is sold unit by unit."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import EVERY_DAY, MONDAY, TUESDAY, days_apart, forecasts, lot, offer, products
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.stock.ageing import run_down

TWICE_A_WEEK = frozenset({2, 5})  # from Tuesday to Thursday
ENOUGH = 10**6


def picky(customers: int, share: float) -> list[bool]:
    """Who of a day's customers takes the freshest: spread evenly."""
    return [int((number + 1) * share) > int(number * share) for number in range(customers)]


def sold_by_unit(
    shelf: dict[int, int], arrivals: Mapping[int, tuple[int, int]], demand: Sequence[int], share: float
) -> tuple[list[int], dict[int, int]]:
    """Slowly: by day what is unmet, and by last day what expires. `shelf` and what arrives by day: last day, units."""
    unmet, expired = [], {}
    for day, customers in enumerate(demand):
        if day in arrivals:
            last, units = arrivals[day]
            shelf[last] = shelf.get(last, 0) + units
        short = 0
        for takes_freshest in picky(customers, share):
            there = [last for last, units in shelf.items() if units]
            if there:
                shelf[max(there) if takes_freshest else min(there)] -= 1
            else:
                short += 1
        unmet.append(short)
        expired[day] = shelf.pop(day, 0)
    return unmet, expired


def need_of(stock: Mapping[int, int], demand: Sequence[int], life: int, share: float, every_day: bool = False) -> Need:
    level = ServiceLevel(overall=CategoryTerms(freshest_first=share))
    lots = [lot(str(units), MONDAY + timedelta(days=last)) for last, units in stock.items()]
    (need,) = estimate_needs(
        WarehouseOutlook("north", forecasts(*map(float, demand), spread=0.0), lots, ()),
        products(life),
        [offer(weekdays=EVERY_DAY if every_day else TWICE_A_WEEK)],
        order_date=MONDAY,
        delivery_date=TUESDAY,
        draw=days_apart,
        settings=PlanSettings(service_level=level),
    )
    return need


stocks = st.dictionaries(st.integers(0, 5), st.integers(0, 300), max_size=4)
demands = st.lists(st.integers(20, 200), min_size=8, max_size=8)


@settings(max_examples=60, deadline=None)
@given(stocks, demands, st.floats(0, 1))
def test_stock_by_age_runs_down_as_if_customers_came_one_by_one(
    stock: dict[int, int], demand: list[int], share: float
) -> None:
    by_age = np.array([[float(stock.get(last, 0)) for last in range(9)]])
    ran = run_down(
        by_age, np.zeros((1, 8, 9)), np.array([demand], float)[:, :, None], freshest_first=np.full((1, 8), share)
    )
    unmet, expired = sold_by_unit(dict(stock), {}, demand, share)
    in_all = len(demand) * 2  # customers one by one are whole, and come in an order
    assert ran.unmet[0, :, 0].cumsum() == pytest.approx(np.cumsum(unmet), abs=in_all)
    assert ran.expired[0, :, 0].cumsum() == pytest.approx(np.cumsum([expired[day] for day in range(8)]), abs=in_all)


@settings(max_examples=300, deadline=None)
@given(stocks, demands, st.integers(1, 6), st.floats(0, 1), st.integers(0, 900))
def test_a_delivery_sells_lacks_and_expires_as_on_a_shelf_sold_unit_by_unit(
    stock: dict[int, int], demand: list[int], life: int, share: float, bought: int
) -> None:
    # given stock that ends before the delivery of Tuesday does, which covers up to Thursday, and enough on Friday
    stock = {last: units for last, units in stock.items() if last < life}
    need = need_of(stock, demand, life, share)
    days = need.days_covered
    unmet, expired = sold_by_unit(dict(stock), {1: (life, bought), 1 + days: (99, ENOUGH)}, demand, share)
    short, by_one_each_day = sum(unmet[1 : 1 + days]), 2 * len(demand)  # since customers one by one are whole
    assert need.lack.short(bought) >= short - by_one_each_day
    if bought >= share * sum(demand[1 : 1 + days]) + by_one_each_day:  # it lasts for those who take the freshest
        assert need.lack.short(bought) == pytest.approx(short, abs=by_one_each_day)
        assert need.lack.wasted(bought) == pytest.approx(expired[life], abs=by_one_each_day)


@pytest.mark.parametrize("every_day", [True, False])
def test_nobody_picky_is_first_expired_first_as_before(every_day: bool) -> None:
    stock, demand = {0: 50, 2: 120}, [100, 80, 120, 90, 70, 60, 110, 100]
    plain = need_of(stock, demand, 4, 0.0, every_day)
    a_little = need_of(stock, demand, 4, 1e-9, every_day)
    assert a_little.unmet_in_cover == pytest.approx(plain.unmet_in_cover, abs=1e-3)
    assert a_little.unmet_in_life == pytest.approx(plain.unmet_in_life, abs=1e-3)
    assert a_little.expires == pytest.approx(plain.expires, abs=1e-3)


def test_the_more_take_the_freshest_the_more_of_older_stock_expires_and_of_this_delivery_later() -> None:
    stock, demand = {2: 250}, [40] * 8
    plain, some, most = (need_of(stock, demand, 5, share) for share in (0.0, 0.4, 0.9))
    expiring = [sum(need.expires.values()) for need in (plain, some, most)]
    assert expiring[0] < expiring[1] < expiring[2]
    assert need_of({}, demand, 5, 0.9).lack.wasted(200) > need_of({}, demand, 5, 0.0).lack.wasted(200)


def test_days_after_those_forecast_are_of_the_others_too() -> None:
    need = need_of({}, [40] * 8, 30, 0.5)
    assert need.unmet_in_life.mean() == pytest.approx(40 * need.days_covered + 20 * (30 - need.days_covered), rel=0.01)
