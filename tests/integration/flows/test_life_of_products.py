"""What is sold no more is not bought, what may be is asked about, and one warehouse left out stops no other."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.local_days import end_of_day
from data.tables import (
    BulkOrderRow,
    DailyAvailabilityRow,
    DailySalesRow,
    ForecastRow,
    LotRow,
    OfferRow,
    OrderLineRow,
    PlanLineRow,
    ProductRow,
    PurchasePlanRow,
    SilentProductRow,
    WarehouseRow,
)
from flows.demand.stale_forecasts import stale_forecasts
from flows.errors import NotNow
from flows.purchasing.deciding.plans_to_decide import unplanned_warehouses
from flows.purchasing.notes.not_ordered import not_ordered
from flows.purchasing.notes.plan_notes import in_words, without_forecast
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.stock.counting import StockCount, count_stock
from flows.stock.receiving import Received, ReceivedLine, receive
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW
from tests.integration.flows.shell import Shell
from warehouse.purchasing.plan import PLAN_QUESTIONS, PLAN_WARNINGS

YESTERDAY = TODAY - timedelta(days=1)
ZONE = "Asia/Shanghai"


def sell(engine: Engine, warehouse_id: str, product_id: str, days: Iterable[int], sold: float = 20.0) -> None:
    """Sales of days that lie so many days before today, known at their end."""
    with writing(engine) as session:
        session.add_all(
            DailySalesRow(warehouse_id=warehouse_id, product_id=product_id, date=day, sales=sold,
                        known_at=end_of_day(day, ZONE))
            for day in (TODAY - timedelta(days=ago) for ago in days)
        )  # fmt: skip


def plan_of(
    engine: Engine, warehouses: Sequence[str] = ("W1", "W2"), delivery_date: date = TOMORROW
) -> tuple[list[dict], dict[tuple[str, str], PlanLineRow]]:
    """The notes and the lines of a plan made now."""
    plan_id = make_purchase_plan(engine, warehouses, NOW, "buyer", asked_for=delivery_date)
    with reading(engine) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        return plan.notes, {(line.warehouse_id, line.product_id): line for line in plan.lines}


def codes(line: PlanLineRow) -> set[str]:
    return {reason["code"] for reason in line.reasons}


def value_of(engine: Engine, statement) -> None:
    with writing(engine) as session:
        session.execute(statement)


def test_a_delisted_product_is_not_bought_for_days_beyond_its_last(shop: Engine) -> None:
    value_of(shop, update(ProductRow).where(ProductRow.product_id == "milk").values(delisted_on=TODAY))

    _, lines = plan_of(shop)

    assert ("W2", "milk") not in lines
    assert lines["W2", "spinach"].quantity > 0


def test_a_delivery_for_several_days_covers_those_up_to_the_last(shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(OfferRow, "O2").delivery_weekdays = "2"  # milk comes on Tuesdays, as tomorrow is one
    _, before = plan_of(shop)
    value_of(shop, update(ProductRow).where(ProductRow.product_id == "milk").values(delisted_on=TOMORROW))
    _, after = plan_of(shop)

    assert before["W2", "milk"].covers_until == TOMORROW + timedelta(days=6)
    line = after["W2", "milk"]
    assert line.covers_until == TOMORROW
    assert line.forecast_mean == pytest.approx(30.0)  # one day's, of which the shop forecasts 30 each
    assert line.quantity <= 40 < before["W2", "milk"].quantity, "10 days of life do not sell after the last day"
    assert "sold_until" in codes(line)


def test_an_order_under_way_keeps_its_own_life_beside_a_last_day(shop: Engine) -> None:
    _, before = plan_of(shop)
    assert before["W1", "milk"].quantity == 0, "300 in stock"
    value_of(shop, update(WarehouseRow).where(WarehouseRow.warehouse_id == "W1").values(closed_on=TOMORROW))
    _, after = plan_of(shop)

    assert after["W1", "milk"].quantity == 0
    assert after["W1", "milk"].usable_stock == pytest.approx(270, abs=5)


def test_a_closed_warehouse_is_left_out_and_named_and_the_others_are_planned(shop: Engine) -> None:
    value_of(shop, update(WarehouseRow).where(WarehouseRow.warehouse_id == "W1").values(closed_on=TODAY))

    notes, lines = plan_of(shop)

    assert {warehouse for warehouse, _ in lines} == {"W2"}
    assert {"code": "warehouse_closed", "warehouse": "W1", "closed_on": TODAY.isoformat()} in notes
    assert without_forecast(notes) == {}


@pytest.mark.parametrize(("closed_on", "unplanned", "stale"), [
    (YESTERDAY, False, False), (TODAY, False, True), (TOMORROW, True, True), (None, True, True)
])  # fmt: skip
def test_a_closed_warehouse_waits_for_no_plan_and_no_forecast(shop: Engine, closed_on, unplanned, stale) -> None:
    value_of(shop, update(WarehouseRow).where(WarehouseRow.warehouse_id == "W1").values(closed_on=closed_on))
    with reading(shop) as session:
        places = session.scalars(select(WarehouseRow)).all()
        without_plan = {place.warehouse_id for place in unplanned_warehouses(session, places, NOW)}
        old = {state.warehouse.warehouse_id for state in stale_forecasts(session, places, NOW, timedelta(hours=1))}
    assert without_plan == ({"W1", "W2"} if unplanned else {"W2"})
    assert old == ({"W1", "W2"} if stale else {"W2"})


def test_a_warehouse_without_a_forecast_is_left_out_and_named_and_the_others_are_planned(shop: Engine) -> None:
    value_of(shop, delete(ForecastRow).where(ForecastRow.warehouse_id == "W1"))

    notes, lines = plan_of(shop)

    assert {warehouse for warehouse, _ in lines} == {"W2"}
    assert without_forecast(notes) == {"W1": "Warehouse W1 has no forecast that reaches 2026-03-03. Run: "
                                             "freshfront forecast"}  # fmt: skip
    with pytest.raises(NotNow, match="W1 has no forecast"):
        plan_of(shop, ["W1"])


@pytest.mark.parametrize(("behind", "left_out"), [(13, False), (14, True), (36, True)])
def test_a_warehouse_whose_sales_stopped_long_before_the_others_is_asked_about(shop: Engine, behind, left_out) -> None:
    sell(shop, "W1", "spinach", range(1 + behind, 60))
    sell(shop, "W2", "spinach", range(1, 60))

    notes, lines = plan_of(shop)

    assert ({warehouse for warehouse, _ in lines} == {"W2"}) is left_out
    asked = [in_words(note) for note in notes if note["code"] == "no_sales_since"]
    assert bool(asked) is left_out
    if left_out:
        assert f"W1 has had no sales since {YESTERDAY - timedelta(days=behind)}: closed?" in asked[0]
        value_of(shop, update(WarehouseRow).where(WarehouseRow.warehouse_id == "W1").values(opened_on=TODAY))
        assert {warehouse for warehouse, _ in plan_of(shop)[1]} == {"W1", "W2"}, "it opens again"


def keep_silent(engine: Engine, ago: int, *, ended: bool, probability: float) -> None:
    """Milk in both warehouses as a forecast keeps it that was last sold so many days ago."""
    silent = {"last_sold_on": TODAY - timedelta(days=ago), "silent_days": ago - 1, "probability": probability}
    with writing(engine) as session:
        session.add_all(
            SilentProductRow(warehouse_id=name, product_id="milk", origin=ORIGIN, ended=ended, **silent)
            for name in ("W1", "W2")
        )


def in_stock(engine: Engine, days: Iterable[int], hours: int = 0xFFFFFF, known_at: datetime = NOW) -> None:
    """Availability of W2's milk on days that lie so many days before today."""
    with writing(engine) as session:
        session.add_all(
            DailyAvailabilityRow(warehouse_id="W2", product_id="milk", date=TODAY - timedelta(days=ago),
                    known_at=known_at, in_stock_hours=hours)
            for ago in days
        )  # fmt: skip


def test_what_is_taken_as_ended_is_asked_about_and_not_bought(shop: Engine) -> None:
    sell(shop, "W2", "spinach", range(1, 60))
    sell(shop, "W2", "milk", range(26, 60))
    keep_silent(shop, 26, ended=True, probability=0.0004)

    _, lines = plan_of(shop)

    assert lines["W2", "milk"].quantity == 0
    (asked,) = [reason for reason in lines["W2", "milk"].reasons if reason["code"] == "taken_as_delisted"]
    assert asked == {
        "code": "taken_as_delisted",
        "days": 25,
        "last_sold": (TODAY - timedelta(days=26)).isoformat(),
        "probability": 0.0,
    }
    assert "enough_in_stock" not in codes(lines["W2", "milk"])
    assert lines["W2", "milk"].offer_id == "O2", "a buyer may order it by hand"
    assert codes(lines["W2", "spinach"]).isdisjoint(PLAN_QUESTIONS)
    assert lines["W2", "spinach"].quantity > 0


def test_what_is_in_doubt_is_asked_about_and_bought_as_forecast(shop: Engine) -> None:
    sell(shop, "W2", "milk", range(9, 60))
    keep_silent(shop, 9, ended=False, probability=0.3)

    _, lines = plan_of(shop)

    (asked,) = [reason for reason in lines["W2", "milk"].reasons if reason["code"] == "no_sales_lately"]
    assert (asked["days"], asked["probability"]) == (8, 0.3)
    assert lines["W2", "milk"].quantity > 0


def test_zeros_without_availability_may_be_stock_outs_whatever_is_in_stock_now(shop: Engine) -> None:
    for warehouse in ("W1", "W2"):  # W1 has milk in stock
        sell(shop, warehouse, "milk", range(20, 60))
        sell(shop, warehouse, "milk", range(1, 20), sold=0.0)
    keep_silent(shop, 20, ended=True, probability=0.001)

    _, lines = plan_of(shop)
    assert "zeros_may_be_stock_outs" in codes(lines["W2", "milk"])
    assert "zeros_may_be_stock_outs" in codes(lines["W1", "milk"])
    assert "zeros_may_be_stock_outs" not in codes(lines["W1", "spinach"])


@pytest.mark.parametrize(("days", "hours", "concluded"), [
    (range(1, 20), 1 << 10, True), (range(1, 19), 1 << 10, False), (range(1, 20), 0, False), (range(21, 60), 1, False)
])  # fmt: skip
def test_it_has_ended_where_it_was_in_stock_on_every_silent_day(shop: Engine, days, hours, concluded) -> None:
    sell(shop, "W2", "milk", range(20, 60))
    sell(shop, "W2", "milk", range(1, 20), sold=0.0)
    in_stock(shop, days, hours)
    keep_silent(shop, 20, ended=True, probability=0.001)

    _, lines = plan_of(shop)

    said = codes(lines["W2", "milk"])
    assert said & {"ended", "zeros_may_be_stock_outs"} == {"ended" if concluded else "zeros_may_be_stock_outs"}
    if concluded:
        assert lines["W2", "milk"].quantity == 0


def test_what_was_told_last_of_a_day_decides_whether_it_was_in_stock(shop: Engine) -> None:
    sell(shop, "W2", "milk", range(20, 60))
    sell(shop, "W2", "milk", range(1, 20), sold=0.0)
    in_stock(shop, range(1, 20), known_at=ORIGIN)
    in_stock(shop, range(1, 20), hours=0)  # corrected: it had run out
    keep_silent(shop, 20, ended=True, probability=0.001)

    _, lines = plan_of(shop)

    assert codes(lines["W2", "milk"]) & {"ended", "zeros_may_be_stock_outs"} == {"zeros_may_be_stock_outs"}


def test_of_a_long_silence_the_last_season_is_looked_at(shop: Engine) -> None:
    sell(shop, "W2", "milk", [240])
    sell(shop, "W2", "milk", range(1, 9), sold=0.0)
    in_stock(shop, range(1, 122))
    keep_silent(shop, 240, ended=False, probability=0.2)

    _, lines = plan_of(shop)

    assert codes(lines["W2", "milk"]).isdisjoint({*PLAN_QUESTIONS, "ended"})


@pytest.mark.parametrize("by", ["sales", "orders"])
def test_what_has_sold_since_its_forecast_is_not_taken_as_ended(shop: Engine, by: str) -> None:
    sell(shop, "W2", "milk", [200])
    keep_silent(shop, 200, ended=True, probability=0.0)
    assert "ended" in codes(plan_of(shop)[1]["W2", "milk"])
    if by == "sales":
        sell(shop, "W2", "milk", [1])  # told after the forecast was made
    else:
        with writing(shop) as session:
            session.add(
                OrderLineRow(warehouse_id="W2", order_id="1", line_no=1, product_id="milk", quantity=Decimal(2),
                        ordered_at=ORIGIN + timedelta(hours=9), known_at=ORIGIN + timedelta(hours=9))
            )  # fmt: skip

    _, lines = plan_of(shop)

    assert codes(lines["W2", "milk"]) & {"ended", *PLAN_QUESTIONS} == {"sold_again"}
    assert lines["W2", "milk"].quantity > 0, "it is bought as forecast"


def test_a_line_whose_forecast_left_out_a_bulk_order_is_one_to_look_at_and_no_obstacle(shop: Engine) -> None:
    with writing(shop) as session:
        session.add(BulkOrderRow(warehouse_id="W1", origin=ORIGIN, product_id="milk", date=YESTERDAY, sales=900.0))

    plan_id = make_purchase_plan(shop, ("W1", "W2"), NOW, "buyer", asked_for=TOMORROW)

    with reading(shop) as session:
        lines = {(line.warehouse_id, line.product_id): line for line in session.get_one(PurchasePlanRow, plan_id).lines}
        assert codes(lines["W1", "milk"]) & PLAN_WARNINGS == {"bulk_order_left_out"}
        assert lines["W1", "milk"].quantity == 0, "300 in stock"
        assert "bulk_order_left_out" not in not_ordered(session, plan_id)


def test_in_stock_and_in_doubt_nothing_is_asked(shop: Engine) -> None:
    sell(shop, "W2", "milk", range(9, 60))
    sell(shop, "W2", "milk", range(1, 9), sold=0.0)
    in_stock(shop, range(1, 9))
    keep_silent(shop, 9, ended=False, probability=0.3)

    _, lines = plan_of(shop)

    assert codes(lines["W2", "milk"]).isdisjoint({*PLAN_QUESTIONS, "ended"})


@pytest.mark.parametrize(("ago", "said"), [(121, "taken_as_delisted"), (122, "ended")])
def test_a_season_without_an_answer_is_an_answer(shop: Engine, ago: int, said: str) -> None:
    sell(shop, "W2", "milk", [ago])
    keep_silent(shop, ago, ended=True, probability=0.0)

    _, lines = plan_of(shop)

    assert codes(lines["W2", "milk"]) & {"taken_as_delisted", "ended"} == {said}


def test_a_plan_says_up_to_when_sales_are_known_if_not_to_yesterday(shop: Engine) -> None:
    sell(shop, "W1", "spinach", range(2, 10))
    sell(shop, "W2", "spinach", range(1, 10))

    notes, _ = plan_of(shop)

    said = [in_words(note) for note in notes if note["code"] == "sales_known_until"]
    assert said == ["Sales are known up to 2026-02-28 (W1): the plan rests on a forecast from then."]


def test_a_plan_says_where_no_stock_is_known(shop: Engine) -> None:
    assert {"code": "no_stock_known", "warehouses": "W2"} in plan_of(shop)[0]

    with writing(shop) as session:  # sold out is known, too
        session.add(
            LotRow(lot_id="L2", warehouse_id="W2", product_id="milk", received_at=NOW, known_at=NOW,
                quantity_received=Decimal(5), quantity_on_hand=Decimal(0))
        )  # fmt: skip
    assert not [note for note in plan_of(shop)[0] if note["code"] == "no_stock_known"]


def test_a_plan_says_where_stock_was_counted_too_long_ago(shop: Engine) -> None:
    def counted(count_id: str, hours_ago: int) -> list[str]:
        at = NOW - timedelta(hours=hours_ago)
        with writing(shop) as session:
            lot = session.get_one(LotRow, ("W1", "L1"))
            lot.received_at = lot.counted_at = min(lot.counted_at, at)
            count_stock(session, count_id, StockCount("W1", at, [("L1", Decimal(300))]), at, "Li")
            # a receipt is no count
            receive(session, f"R-{count_id}", Received("W1", "F2", NOW, [ReceivedLine("milk", Decimal(1))]), NOW, "Li")
        return [in_words(note) for note in plan_of(shop)[0] if note["code"] == "stock_counted_at"]

    assert counted("C1", 37) == [
        "Stock was last counted on 2026-02-28 (W1): the plan rests on what was sold since, as far as known."
    ]
    assert counted("C2", 35) == []


def test_a_note_of_another_version_is_shown_as_it_is() -> None:
    assert in_words({"code": "moon_phase", "phase": "full"}) == "code moon_phase, phase full"


def test_a_step_that_is_refused_in_all_warehouses_exits_with_two(shop: Engine, freshfront: Shell) -> None:
    sell(shop, "W1", "milk", range(1, 9))
    sell(shop, "W2", "milk", range(1, 9))
    assert freshfront("forecast", "--as-of", TODAY.isoformat()) == 2
    assert "refused: W1: Warehouse W1 has no model that was serving then. Run: freshfront train" in freshfront.err
