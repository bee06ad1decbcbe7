"""What the purchase plan decides for one product, and the reasons it gives."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import (
    EVERY_DAY,
    MONDAY,
    TUESDAY,
    codes,
    days_apart,
    forecasts,
    lot,
    offer,
    plan,
    products,
    reason,
)
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.stage_yield import StageYield
from warehouse.purchasing.suppliers.yields import Yields


def test_an_empty_warehouse_buys_what_it_will_sell() -> None:
    (line,) = plan([offer()])
    assert line.forecast.mean == pytest.approx(20)
    assert line.forecast.q10 == pytest.approx(12, abs=0.2)
    assert line.forecast.q90 == pytest.approx(28, abs=0.2)
    assert 20 < line.quantity <= 30
    assert (line.supplier_id, line.unit_price, line.packs) == ("supplier of farm-spinach", 10, int(line.quantity))
    assert line.expected_shortage < 1
    assert line.expected_waste < 0.5
    assert reason(line, "covers") == {"days": 1, "until": "2026-03-03"}


def test_stock_that_expires_before_arrival_does_not_count() -> None:
    fresh = plan([offer()], lots=[lot("60", TUESDAY)])
    expiring = plan([offer()], lots=[lot("60", MONDAY)])
    nothing = plan([offer()])
    assert fresh[0].usable_stock == pytest.approx(Decimal(40), abs=Decimal("0.1"))
    assert fresh[0].quantity == 0
    assert expiring[0].usable_stock == 0
    assert expiring[0].quantity == nothing[0].quantity
    assert reason(expiring[0], "stock_expires_before_use") == {
        "quantity": pytest.approx(40, abs=0.1),
        "before_delivery": pytest.approx(40, abs=0.1),
        "first_expiry": "2026-03-02",
    }


def test_stock_that_has_expired_already_is_named_but_never_counted() -> None:
    (line,) = plan([offer()], lots=[lot("60", MONDAY - timedelta(days=1))])
    assert line.usable_stock == 0
    assert reason(line, "stock_expires_before_use")["before_delivery"] == 60


def test_what_is_on_order_for_the_delivery_day_counts_as_stock_of_that_day() -> None:
    (line,) = plan([offer()], on_order=[OnOrder("spinach", Decimal(40), TUESDAY)])
    assert line.usable_stock == 40
    assert line.quantity == 0
    assert reason(line, "enough_in_stock") == {"stock": 40.0, "on_order": 0.0}


def test_what_arrives_within_the_covered_days_is_told_apart_from_stock() -> None:
    tuesdays_and_fridays = offer(weekdays=frozenset({2, 5}))
    coming = [OnOrder("spinach", Decimal(40), TUESDAY + timedelta(days=1))]
    (line,) = plan([tuesdays_and_fridays], on_order=coming, assortment=products(life=9))
    (without,) = plan([tuesdays_and_fridays], assortment=products(life=9))
    assert (line.usable_stock, line.on_order) == (0, 40)
    assert without.quantity - 45 <= line.quantity <= without.quantity - 35


def test_a_delivery_lasts_until_the_next_one_is_possible() -> None:
    (line,) = plan([offer(weekdays=frozenset({2, 5}))], assortment=products(life=9))
    assert (line.covers_from, line.covers_until) == (TUESDAY, TUESDAY + timedelta(days=2))
    assert line.forecast.mean == pytest.approx(60)
    assert line.quantity > 60


def test_a_delivery_covers_no_day_after_its_last_dispatch_day() -> None:
    (line,) = plan([offer(weekdays=frozenset({2}))], assortment=products(life=2))
    assert line.covers_until == TUESDAY + timedelta(days=1)


def test_short_life_buys_less_than_long_life() -> None:
    one_day, week = (plan([offer()], assortment=products(life=life))[0] for life in (1, 7))
    assert one_day.quantity < week.quantity
    assert one_day.expected_waste > week.expected_waste
    # one day of life is the newsvendor: the 38.65% quantile of a demand between 10 and 30
    assert one_day.quantity == 18


def test_quantities_are_rounded_to_packs() -> None:
    (line,) = plan([offer(pack="9")])
    assert line.quantity == line.packs * 9
    assert reason(line, "rounded_to_pack")["to"] == float(line.quantity)


def test_a_pack_that_would_mostly_expire_is_not_bought() -> None:
    (line,) = plan([offer(pack="100")], assortment=products(life=1))
    assert line.quantity == 0
    assert reason(line, "not_worth_the_waste")["smallest"] == 100.0
    assert line.expected_shortage == pytest.approx(20, abs=0.1)
    assert (line.offer_id, line.unit_price) == ("farm-spinach", 10)  # for the buyer who orders all the same


def test_a_minimum_is_ordered_where_it_pays() -> None:
    (line,) = plan([offer(minimum="45")], assortment=products(life=7))
    assert line.quantity == 45
    assert reason(line, "raised_to_minimum")["minimum"] == 45.0


def test_what_a_capacity_cuts_to_a_single_pack_is_not_said_to_be_raised() -> None:
    (line,) = plan([offer(pack="10", capacity="10")])
    assert line.quantity == 10
    assert codes(line) == ["covers", "needs", "capped_by_capacity"]


def test_a_cheaper_tier_is_reached_when_it_saves_more_than_keeping_costs() -> None:
    (line,) = plan([offer(cheaper_from=("30", "9"))], assortment=products(life=7))
    assert (line.quantity, line.unit_price) == (30, 9)


def test_rejects_are_ordered_on_top() -> None:
    (plain,), (grossed_up,) = (plan([offer()], yields=Yields(StageYield(share))) for share in (1.0, 0.8))
    assert float(grossed_up.quantity) == pytest.approx(float(plain.quantity) / 0.8, abs=2.5)
    assert reason(grossed_up, "grossed_up_for_yield")["yield"] == 0.8


def test_the_cheaper_of_two_offers_is_taken() -> None:
    (line,) = plan([offer("dear", price="11"), offer("cheap", price="10")])
    assert line.offer_id == "cheap"
    assert reason(line, "best_of_offers") == {"offers": 2, "lowest_price": 10.0}


def test_a_cheaper_offer_with_a_minimum_that_would_rot_loses() -> None:
    (line,) = plan([offer("bulk", price="9.9", minimum="100"), offer("small", price="10")], assortment=products(2))
    assert line.offer_id == "small"


def test_a_product_without_an_offer_gets_a_line_that_says_so() -> None:
    (line,) = plan([])
    assert (line.quantity, line.offer_id, line.pack_size) == (0, None, None)
    assert 20 < float(str(reason(line, "no_offer")["needs"])) < 30


def test_an_offer_that_does_not_deliver_that_day_says_when_it_does() -> None:
    (line,) = plan([offer(weekdays=frozenset({4}))])
    assert line.quantity == 0
    assert reason(line, "no_delivery_that_day")["next_delivery"] == "2026-03-05"


def test_an_order_that_comes_too_late_says_how_long_it_takes() -> None:
    (line,) = plan([offer(lead=3)])
    assert reason(line, "ordered_too_late")["lead_time_days"] == 3


def test_a_price_above_the_list_price_buys_nothing() -> None:
    (line,) = plan([offer(price="20")])
    assert reason(line, "price_above_list") == {"unit_price": 20.0, "list_price": 16.3}


@pytest.mark.parametrize("floor", [None, 0.1])
def test_a_price_above_the_list_price_is_paid_where_a_lost_customer_costs_more(floor: float | None) -> None:
    def under(goodwill: float) -> PlanLine:
        terms = CategoryTerms(goodwill=goodwill, fill_rate_floor=floor if goodwill > 3.7 else None)
        (line,) = plan([offer(price="20")], settings=PlanSettings(service_level=ServiceLevel(overall=terms)))
        return line

    assert codes(under(3.6)) == ["covers", "price_above_list"]
    assert 10 < under(10.0).quantity < 30
    assert "raised_for_floor" not in codes(under(10.0)), "it pays by itself"


def test_an_unknown_list_price_is_assumed_and_said() -> None:
    (assumed,), (known,) = plan([offer()], assortment=products(price=None)), plan([offer()])
    assert assumed.quantity == known.quantity
    assert reason(assumed, "price_assumed") == {"list_price": 16.3}


def test_what_does_not_expire_is_bought_up_to_what_keeping_it_is_worth() -> None:
    (line,) = plan([offer()], assortment=products(life=float("nan")))
    assert "shelf_life_unknown" in codes(line)
    assert 28 <= line.quantity <= 30
    assert line.expected_waste == 0


@pytest.mark.parametrize(("weekdays", "keeping", "median"), [(EVERY_DAY, 0.63, 20), (frozenset({2, 5}), 0.21, 60)])
def test_what_is_kept_for_the_next_delivery_costs_its_keeping_for_all_days_covered(
    weekdays: frozenset[int], keeping: float, median: float
) -> None:
    # given a margin of 6.3 and, over the days covered, 6.3 for keeping a unit of 10: worth it on one day of two
    shop = PlanSettings(keeping_cost_per_day=keeping)
    (line,) = plan([offer(weekdays=weekdays)], assortment=products(life=float("nan")), settings=shop)
    assert float(line.quantity) == pytest.approx(median, abs=1)


def test_what_is_overdue_is_expected_today() -> None:
    # given 50 that should have come on Friday and keep for two days: 20 of them sell today, 20 tomorrow
    friday = MONDAY - timedelta(days=3)
    (line,) = plan([offer()], on_order=[OnOrder("spinach", Decimal(50), friday)], assortment=products(life=2))
    assert float(line.usable_stock) == pytest.approx(30, abs=0.1)
    (gone,) = plan([offer()], on_order=[OnOrder("spinach", Decimal(50), friday)], assortment=products(life=1))
    assert gone.usable_stock == 0


def test_what_arrives_with_the_delivery_counts_once_as_if_it_were_in_stock() -> None:
    twice_a_week = [offer(weekdays=frozenset({2, 5}), lead=0)]
    for_ever = products(life=float("nan"))
    no_sales_on_monday = forecasts(0, *[20.0] * 6)
    (coming,) = plan(
        twice_a_week,
        on_order=[OnOrder("spinach", Decimal(25), TUESDAY)],
        assortment=for_ever,
        demand=no_sales_on_monday,
    )
    (there,) = plan(twice_a_week, lots=[lot("25", None)], assortment=for_ever, demand=no_sales_on_monday)
    assert (coming.usable_stock, coming.on_order) == (25, 0)
    assert (coming.quantity, coming.expected_shortage) == (there.quantity, there.expected_shortage)
    assert there.quantity > 30


def test_stock_that_outlives_the_forecast_sells_before_what_is_bought() -> None:
    # given 400 in stock that never expire, of which 380 are there on Tuesday, and 20 wanted on each of 30 days
    (need,) = estimate_needs(
        WarehouseOutlook("north", forecasts(*[20.0] * 7), [lot("400", None)], []),
        products(life=30),
        [offer()],
        order_date=MONDAY,
        delivery_date=TUESDAY,
        draw=days_apart,
    )
    assert need.unmet_in_life.mean() == pytest.approx(30 * 20 - 380, rel=0.02)


def test_a_product_without_a_forecast_buys_nothing_and_says_so() -> None:
    (line,) = plan([offer()], demand=forecasts(5.0, product_id="leek"))
    assert (line.quantity, codes(line)) == (0, ["covers", "no_forecast"])


def test_days_after_the_forecast_are_taken_from_it_and_counted() -> None:
    (line,) = plan([offer(weekdays=frozenset({2}))], demand=forecasts(20, 20, 20, 20), assortment=products(9))
    assert line.forecast.mean == pytest.approx(140)
    assert reason(line, "forecast_extended") == {"days": 4}


def test_a_longer_life_than_the_forecast_is_not_taken_for_waste() -> None:
    (short,), (long,) = (plan([offer(minimum="200")], assortment=products(life=life)) for life in (7, 21))
    assert (short.quantity, long.quantity) == (0, 200)
    assert long.expected_waste < 1


def test_a_crossing_forecast_is_refused_with_product_and_day() -> None:
    crossing = forecasts(20.0).assign(q50=1.0)
    with pytest.raises(ValueError, match="spinach for 2026-03-02 has negative or crossing"):
        plan([offer()], demand=crossing)


def test_a_delivery_before_the_order_is_refused() -> None:
    with pytest.raises(ValueError, match="lies before order date"):
        plan([offer()], delivery_date=MONDAY - timedelta(days=1))


@settings(max_examples=40, deadline=None)
@given(
    mean=st.floats(0.05, 200),
    spread=st.floats(0, 1),
    stock=st.integers(0, 300),
    more=st.integers(1, 50),
    left=st.integers(0, 4),
    life=st.sampled_from([1.0, 2.0, 3.0, 7.0, 30.0, float("nan")]),
    pack=st.sampled_from(["0.5", "1", "6", "25"]),
    minimum=st.sampled_from(["0", "10", "60"]),
    weekdays=st.sampled_from([EVERY_DAY, frozenset({2, 5})]),
)
def test_orders_are_whole_packs_at_least_the_minimum_and_do_not_grow_with_stock(
    mean: float,
    spread: float,
    stock: int,
    more: int,
    left: int,
    life: float,
    pack: str,
    minimum: str,
    weekdays: frozenset[int],
) -> None:
    terms = [offer(pack=pack, minimum=minimum, weekdays=weekdays)]
    common = {"demand": forecasts(*[mean] * 7, spread=spread), "assortment": products(life)}
    ends = MONDAY + timedelta(days=left)
    (line,) = plan(terms, lots=[lot(str(stock), ends)], **common)  # type: ignore[arg-type]
    (with_more,) = plan(terms, lots=[lot(str(stock + more), ends)], **common)  # type: ignore[arg-type]
    assert line.quantity == line.packs * Decimal(pack)
    assert line.quantity == 0 or line.quantity >= Decimal(minimum)
    # what later orders make of a unit is worked out from scenarios: a hair's breadth may tip the last pack
    assert with_more.quantity <= line.quantity + max(Decimal(pack), line.quantity / 100)
    assert 0 <= line.expected_waste <= float(line.quantity)
    assert 0 <= line.expected_shortage <= line.forecast.mean * 1.01 + 1e-6


def test_stock_that_expires_unsold_changes_no_order() -> None:
    """Of 199 or 241 that are there until tomorrow hardly ten are wanted by then."""
    terms = [offer(pack="25", minimum="10", weekdays=frozenset({2, 5}))]
    common = {"demand": forecasts(*[2.9411615118116883] * 7, spread=0.6038334108477945), "assortment": products(7.0)}
    lines = [plan(terms, lots=[lot(stock, MONDAY + timedelta(days=1))], **common) for stock in ("199", "241")]  # type: ignore[arg-type]
    assert lines[0][0].quantity == lines[1][0].quantity


@settings(max_examples=60, deadline=None)
@given(
    mean=st.floats(1, 200),
    accepted=st.floats(0.9, 1),
    pack=st.sampled_from(["0.01", "0.5", "1", "6"]),
    minimum=st.sampled_from(["0", "29", "60"]),
    cheaper=st.sampled_from([None, ("30", "9")]),
)
def test_no_step_of_a_line_reads_as_if_it_changed_nothing(
    mean: float, accepted: float, pack: str, minimum: str, cheaper: tuple[str, str] | None
) -> None:
    terms = [offer(pack=pack, minimum=minimum, cheaper_from=cheaper)]
    (line,) = plan(terms, demand=forecasts(*[mean] * 7, spread=0.3), yields=Yields(StageYield(accepted)))
    places = 0 if pack in ("1", "6") else 3
    for step in line.reasons:
        if "from" in step.values:
            before, after = step.values["from"], step.values["to"]
            assert f"{before:.{places}f}" != f"{after:.{places}f}", step


def test_nothing_is_bought_for_a_day_on_which_the_warehouse_is_closed() -> None:
    """Delivered every day, an order covers Tuesday alone, for which nothing is forecast."""
    (open_,), (closed,) = (plan([offer()], demand=forecasts(20.0, tuesday, *[20.0] * 5)) for tuesday in (20.0, 0.0))
    assert open_.quantity > 0
    assert closed.quantity == 0


def test_what_is_under_way_and_may_not_come_is_relied_on_less() -> None:
    # given what comes today for two days: as much as was ordered, or nothing and twice as much by turns
    sure, unsure = (
        plan([offer()], on_order=[OnOrder("spinach", Decimal(40), MONDAY, lots=lots)])[0] for lots in ((1, 1), (0, 2))
    )
    assert unsure.outcome.short_at(0.0) > sure.outcome.short_at(0.0) + 2
    assert unsure.quantity > sure.quantity
