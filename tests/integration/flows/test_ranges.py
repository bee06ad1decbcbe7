"""A warehouse's own range ends and begins the days of a product there and nowhere else, once it is known."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import (
    DailySalesRow,
    ForecastRow,
    OfferRow,
    OrderLineRow,
    PlanLineRow,
    ProductRangeRow,
    PurchasePlanRow,
    RangeKind,
    SlotSuggestionRow,
    WarehouseRow,
)
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from flows.demand.run_snapshot import digest_of, load_known
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.shelves.stock_outlook import stock_of_warehouse
from flows.reports.backtesting import backtest
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW, TODAY, TOMORROW
from tests.integration.flows.few_weeks import LAST, ORIGIN, sell

PRODUCTS = ("P00", "P01", "P02")
WEEK = [LAST + timedelta(days=ahead) for ahead in range(1, 8)]
EARLIER = timedelta(hours=1)


def say(
    engine: Engine, warehouse_id: str, product_id: str, known_at: datetime, kind: RangeKind = RangeKind.RETIRED,
    sold_from: date | None = None, sold_until: date | None = None,
) -> None:  # fmt: skip
    with writing(engine) as session:
        session.add(
            ProductRangeRow(warehouse_id=warehouse_id, product_id=product_id, known_at=known_at, kind=kind,
                            sold_from=sold_from, sold_until=sold_until, set_by="Ada")
        )  # fmt: skip


def lines_of(engine: Engine, now: datetime = NOW) -> dict[tuple[str, str], PlanLineRow]:
    plan_id = make_purchase_plan(engine, ["W1", "W2"], now, "buyer", asked_for=TOMORROW)
    with reading(engine) as session:
        return {(line.warehouse_id, line.product_id): line for line in session.get_one(PurchasePlanRow, plan_id).lines}


def order_ahead(engine: Engine, product_id: str, warehouse_id: str = "W2") -> None:
    with writing(engine) as session:
        session.add(
            OrderLineRow(order_id=f"ahead-{product_id}", line_no=1, warehouse_id=warehouse_id,
                         product_id=product_id, ordered_at=NOW - EARLIER, wanted_on=TOMORROW, quantity=Decimal(40),
                         known_at=NOW - EARLIER)
        )  # fmt: skip


@pytest.fixture
def region(engine: Engine) -> Engine:
    sell(engine, products=PRODUCTS, days=21)
    return engine


def forecast_all(engine: Engine, warehouses: Sequence[str] = ("W1", "W2")) -> None:
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    for name in warehouses:
        training.train_warehouses(engine, [name], region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    for name in warehouses:
        forecasts.forecast_warehouses(engine, [name], ORIGIN, ORIGIN, len(WEEK))


def days_forecast(engine: Engine, warehouse_id: str, product_id: str) -> list[date]:
    row = ForecastRow
    with reading(engine) as session:
        query = select(row.date).where(row.warehouse_id == warehouse_id, row.product_id == product_id)
        return list(session.scalars(query.order_by(row.date)))


def test_what_is_retired_in_a_warehouse_is_not_bought_there_and_is_elsewhere(shop: Engine) -> None:
    say(shop, "W2", "milk", NOW - EARLIER, sold_until=TODAY)

    lines = lines_of(shop)

    assert ("W2", "milk") not in lines
    assert ("W1", "milk") in lines
    assert lines["W2", "spinach"].quantity > 0


def test_a_plan_of_an_earlier_moment_does_not_know_it(shop: Engine) -> None:
    say(shop, "W2", "milk", NOW + EARLIER, sold_until=TODAY)
    assert lines_of(shop)["W2", "milk"].quantity > 0


def test_what_was_said_last_counts(shop: Engine) -> None:
    say(shop, "W2", "milk", NOW - 2 * EARLIER, sold_until=TODAY)
    say(shop, "W2", "milk", NOW - EARLIER, RangeKind.KEPT)
    assert lines_of(shop)["W2", "milk"].quantity > 0


def test_a_delivery_covers_days_up_to_the_end_of_a_trial_and_the_line_says_so(shop: Engine) -> None:
    say(shop, "W2", "milk", NOW - EARLIER, RangeKind.TRIAL, sold_until=TOMORROW)

    line = lines_of(shop)["W2", "milk"]

    assert line.covers_until == TOMORROW
    assert line.forecast_mean == pytest.approx(30.0)
    assert {"code": "sold_until", "day": TOMORROW.isoformat()} in line.reasons


def test_what_is_to_be_sold_later_is_not_bought_for_days_before(shop: Engine) -> None:
    say(shop, "W2", "milk", NOW - EARLIER, RangeKind.MOVED, sold_from=TODAY + timedelta(days=4))
    line = lines_of(shop)["W2", "milk"]
    assert (line.forecast_mean, line.quantity) == (0, 0)


@pytest.mark.parametrize(("kind", "bought"), [(RangeKind.ON_DEMAND, True), (RangeKind.RETIRED, False)])
def test_what_is_ordered_ahead_is_bought_on_demand_and_not_when_retired(
    shop: Engine, kind: RangeKind, bought: bool
) -> None:
    order_ahead(shop, "milk")
    say(shop, "W2", "milk", NOW - EARLIER, kind, sold_until=TODAY)

    lines = lines_of(shop)

    assert (("W2", "milk") in lines) is bought
    if bought:
        assert 40 <= lines["W2", "milk"].quantity <= 50, "40, and what may be rejected"
        assert lines["W2", "milk"].forecast_mean == 40, "and nothing for whoever may come"


def test_a_delivery_brings_nothing_for_days_on_which_it_is_sold_on_demand(shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(OfferRow, "O2").delivery_weekdays = "2"  # milk comes on Tuesdays, as tomorrow is one
    say(shop, "W2", "milk", NOW - EARLIER, RangeKind.ON_DEMAND, sold_until=TOMORROW)

    line = lines_of(shop)["W2", "milk"]

    assert line.covers_until == TOMORROW + timedelta(days=6)
    assert line.forecast_mean == pytest.approx(30.0), "of tomorrow alone"


def test_no_slot_is_suggested_for_what_is_retired_there(shop: Engine) -> None:
    say(shop, "W1", "milk", NOW - EARLIER, sold_until=TODAY - timedelta(days=1))
    suggest_slots(shop, ["W1"], NOW)
    with reading(shop) as session:
        assert set(session.scalars(select(SlotSuggestionRow.product_id))) == {"spinach", "saffron"}


def test_the_outlook_of_stock_expects_no_demand_after_the_last_day(shop: Engine) -> None:
    def days_of_cover(engine: Engine) -> float | None:
        with reading(engine) as session:
            seen = stock_of_warehouse(session, session.get_one(WarehouseRow, "W1"), NOW)
        return next(one.outlook.days_of_cover for one in seen.products if one.product.product_id == "milk")

    assert days_of_cover(shop) == pytest.approx(10, abs=1)
    say(shop, "W1", "milk", NOW - EARLIER, sold_until=TODAY - timedelta(days=1))
    assert days_of_cover(shop) is None


def test_it_is_forecast_from_its_first_day_to_its_last(region: Engine) -> None:
    say(region, "W1", "P00", ORIGIN - EARLIER, sold_until=WEEK[1])
    say(region, "W1", "P01", ORIGIN - EARLIER, sold_until=LAST)
    say(region, "W1", "P02", ORIGIN - EARLIER, RangeKind.TRIAL, sold_from=WEEK[2], sold_until=WEEK[4])

    forecast_all(region)

    assert days_forecast(region, "W1", "P00") == WEEK[:2]
    assert days_forecast(region, "W1", "P01") == []
    assert days_forecast(region, "W1", "P02") == WEEK[2:5]
    assert days_forecast(region, "W2", "P00") == days_forecast(region, "W2", "P01") == WEEK


def test_a_product_to_be_tried_is_forecast_where_it_never_sold(engine: Engine) -> None:
    sell(engine, products=PRODUCTS, days=21)
    with writing(engine) as session:
        for row in session.scalars(select(DailySalesRow).where(DailySalesRow.product_id == "P02")):
            if row.warehouse_id == "W1":
                session.delete(row)
    say(engine, "W1", "P02", ORIGIN - EARLIER, RangeKind.TRIAL, sold_from=WEEK[1], sold_until=WEEK[1] + timedelta(27))

    forecast_all(engine)

    assert days_forecast(engine, "W1", "P02") == WEEK[1:]


def test_a_range_is_part_of_what_is_known_from_its_moment_on(region: Engine) -> None:
    with reading(region) as session:
        before = digest_of(load_known(session, ORIGIN))
    say(region, "W1", "P00", ORIGIN, sold_until=LAST - timedelta(days=5))

    with reading(region) as session:
        assert digest_of(load_known(session, ORIGIN)) != before
        known = load_known(session, ORIGIN + timedelta(days=1))
        assert len(known.ranges) == 1
        assert known.at_end_of(pd.Timestamp(LAST) - pd.Timedelta(days=1)).ranges.empty


def test_a_backtest_of_days_before_it_was_known_is_as_it_was(region: Engine) -> None:
    first = LAST - timedelta(days=3)
    before = backtest(region, ["W1", "W2"], first, LAST, horizon=1)
    say(region, "W1", "P00", ORIGIN, sold_until=first)
    say(region, "W1", "P01", ORIGIN, RangeKind.MOVED, sold_from=WEEK[2])

    after = backtest(region, ["W1", "W2"], first, LAST, horizon=1)

    pd.testing.assert_frame_equal(after, before)
