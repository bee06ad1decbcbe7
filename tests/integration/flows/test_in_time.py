"""A night's run that is late is told once and stood in for by a fallback plan, which the run's own plan replaces."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import (
    DayRunRow,
    OfferRow,
    OutboxEventRow,
    PlanLineRow,
    PlanWarehouseRow,
    ProductRow,
    PurchasePlanRow,
    WarehouseRow,
)
from flows.day.kept_runs import kept_run
from flows.errors import NotNow
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.notes.plan_notes import in_words
from flows.purchasing.on_time import fallback_plans
from flows.purchasing.on_time.fallback_plans import see_that_plans_are_in_time
from flows.purchasing.on_time.in_time import first_cut_off, late_plans
from flows.purchasing.planning.purchase_plans import edited_drafts, make_purchase_plan
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, forecast_row
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.plan_settings import USUAL

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # 12:00 in Shanghai, when F1 takes no more orders for tomorrow
RUN_BEGAN = ORIGIN + timedelta(minutes=15)
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def closing_at_noon(shop: Engine) -> Engine:
    """F1 takes orders up to noon, F2 all day; W3 has a forecast of today only; the night's run has begun."""
    with writing(shop) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O1").values(order_cut_off="12:00"))
        session.add(WarehouseRow(warehouse_id="W3", name="W3", city="Hangzhou", timezone="Asia/Shanghai"))
        session.add(WarehouseRow(warehouse_id="W4", name="not open yet", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        session.add(forecast_row("W3", "spinach", TODAY, 20.0))
        session.add(DayRunRow(run_id="night", started_at=RUN_BEGAN, held_until=NOON + HOUR, failed={}))
    return shop


def told(engine: Engine) -> dict[str, dict]:  # type: ignore[type-arg]
    with reading(engine) as session:
        return {
            event.event_id: event.payload
            for event in session.scalars(select(OutboxEventRow).where(OutboxEventRow.type != "plan.made"))
        }


def test_a_late_run_is_told_once_and_its_own_plan_replaces_the_fallback(closing_at_noon: Engine) -> None:
    assert see_that_plans_are_in_time(closing_at_noon, NOON - HOUR - timedelta(seconds=1), HOUR) is None
    assert told(closing_at_noon) == {}

    fallback = see_that_plans_are_in_time(closing_at_noon, NOON - HOUR, HOUR)

    assert fallback is not None
    late = {
        "order_date": "2026-03-02",
        "first_cut_off": "2026-03-02T04:00:00Z",
        "warehouse_ids": ["W1", "W2", "W3"],
        "without_forecast": ["W3"],
        "because": "unfinished",
        "run_began_at": "2026-03-01T16:15:00Z",
    }
    stands_in = {"plan_id": fallback, "origin": "2026-03-01T16:00:00Z", "warehouse_ids": ["W1", "W2"]}
    events = {"plan_late_20260302_Asia-Shanghai": late, f"plan_fallback_{fallback}": stands_in}
    assert told(closing_at_noon) == events
    with reading(closing_at_noon) as session:
        words = [in_words(note) for note in session.get_one(PurchasePlanRow, fallback).notes]
        bought = session.scalars(select(PlanLineRow.quantity).where(PlanLineRow.plan_id == fallback)).all()
    assert words[0] == (
        "Fallback plan: the night's run of 2026-03-02 00:15 has not finished. It rests on the last forecasts, of "
        "2026-03-02 00:00. The run's own plan takes its place, unless this one is edited or approved first."
    )
    assert words[1].startswith("Warehouse W3 has no forecast")
    assert sum(bought) > 0

    assert see_that_plans_are_in_time(closing_at_noon, NOON + HOUR, HOUR) is None  # W3 is late still
    assert told(closing_at_noon) == events

    own = make_purchase_plan(closing_at_noon, ["W1", "W2"], NOON + HOUR, "schedule")
    with reading(closing_at_noon) as session:
        parts = select(PlanWarehouseRow.warehouse_id, PlanWarehouseRow.replaced_by, PlanWarehouseRow.open)
        parts = parts.where(PlanWarehouseRow.plan_id == fallback).order_by(PlanWarehouseRow.warehouse_id)
        assert session.execute(parts).tuples().all() == [("W1", own, False), ("W2", own, False)]


def test_a_plan_made_while_the_fallback_is_worked_out_stays(
    closing_at_noon: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_what_to_order = fallback_plans.plan_what_to_order

    def slowly(session, names, now, settings):  # type: ignore[no-untyped-def]
        planned = plan_what_to_order(session, names, now, settings)
        make_purchase_plan(closing_at_noon, ["W1"], now, "schedule")
        return planned

    monkeypatch.setattr(fallback_plans, "plan_what_to_order", slowly)

    assert see_that_plans_are_in_time(closing_at_noon, NOON, HOUR) is None
    with reading(closing_at_noon) as session:
        assert session.scalars(select(PurchasePlanRow.created_by)).all() == ["schedule"]


@one_database
def test_a_budget_that_no_fallback_can_hold_is_told_not_passed_over(closing_at_noon: Engine) -> None:
    with writing(closing_at_noon) as session:
        session.get_one(WarehouseRow, "W2").currency = "EUR"
    in_one_currency = replace(USUAL, limits=Limits(budget=1_000))

    with pytest.raises(NotNow, match="set it by currency"):
        see_that_plans_are_in_time(closing_at_noon, NOON - HOUR, HOUR, in_one_currency)


@one_database
def test_how_far_the_run_has_come_is_told_as_it_is(closing_at_noon: Engine) -> None:
    def because() -> list[str]:
        with reading(closing_at_noon) as session:
            return [late.because for late in late_plans(session, NOON, HOUR)]

    assert because() == ["unfinished"]
    with writing(closing_at_noon) as session:
        session.get_one(DayRunRow, "night").held_until = NOON - HOUR
    assert because() == ["killed"]
    with writing(closing_at_noon) as session:
        session.get_one(DayRunRow, "night").finished_at = RUN_BEGAN + HOUR
    assert because() == ["without_plan"]
    with writing(closing_at_noon) as session:
        session.get_one(DayRunRow, "night").started_at = RUN_BEGAN - timedelta(days=1)
    assert because() == ["not_begun"]


@one_database
def test_the_first_cut_off_is_that_of_what_must_be_ordered_today(closing_at_noon: Engine) -> None:
    def first() -> datetime | None:
        with reading(closing_at_noon) as session:
            return first_cut_off(session, TODAY, "Asia/Shanghai", NOW)

    assert first() == NOON
    with writing(closing_at_noon) as session:  # a farm that comes on Fridays can be asked on Thursday
        session.get_one(OfferRow, "O1").delivery_weekdays = "5"
    assert first() == datetime(2026, 3, 2, 16, tzinfo=UTC)  # F2's, which has no cut-off: the end of the day
    with writing(closing_at_noon) as session:  # what sells today for the last time is not ordered for tomorrow
        session.get_one(OfferRow, "O1").delivery_weekdays = "1,2,3,4,5,6,7"
        session.get_one(ProductRow, "spinach").delisted_on = TODAY
    assert first() == datetime(2026, 3, 2, 16, tzinfo=UTC)
    with writing(closing_at_noon) as session:
        session.execute(update(OfferRow).values(valid_until=TODAY))
    assert first() is None
    with reading(closing_at_noon) as session:
        assert late_plans(session, NOON + 11 * HOUR, HOUR) == []


@one_database
def test_a_run_that_is_over_says_what_came_of_it_and_one_that_was_killed_nothing(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    with kept_run(NOW) as run:
        run.plan_id, run.failed["W2"] = "plan-1", "no slots"
    with pytest.raises(NotNow), kept_run(NOW + HOUR):
        raise NotNow("No sales are known yet.")
    with pytest.raises(KeyboardInterrupt), kept_run(NOW + 2 * HOUR):
        raise KeyboardInterrupt

    with reading(engine) as session:
        runs = session.scalars(select(DayRunRow).order_by(DayRunRow.started_at)).all()
    assert [(run.started_at, run.plan_id, run.failed) for run in runs] == [
        (NOW, "plan-1", {"W2": "no slots"}),
        (NOW + HOUR, None, {"region": "No sales are known yet."}),
        (NOW + 2 * HOUR, None, {}),
    ]
    assert [run.finished_at is not None for run in runs] == [True, True, False]
    assert runs[0].finished_at is not None
    assert timedelta() <= runs[0].finished_at - NOW < timedelta(minutes=1)


@one_database
def test_the_day_plans_around_a_draft_that_a_buyer_has_edited(shop: Engine) -> None:
    plan_id = make_purchase_plan(shop, ["W1", "W2"], NOW, "fallback")
    with writing(shop) as session:
        line = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)).all()
        [spinach] = [one for one in line if (one.warehouse_id, one.product_id) == ("W2", "spinach")]
        edit_plan_line(session, plan_id, spinach.line_no, Decimal(5), "a quiet day", NOW, "buyer")

    with reading(shop) as session:
        stays = edited_drafts(session, ["W1", "W2"], NOW)

    assert stays.keys() == {"W2"}
    assert f"purchase plan {plan_id} of 2026-03-02, which was edited" in stays["W2"]
