"""The couriers' pages: the days of all warehouses, and a day with its charts and shifts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
from sqlalchemy import Engine

from data.database import writing
from data.tables import DayRunRow, Role
from flows.couriers.looking_ahead import courier_event
from flows.couriers.shortages import ENOUGH, SHORT, Shortage
from flows.notifying.outbox import write_events
from tests.integration.api.conftest import NOW
from tests.integration.api.test_couriers import planned

__all__ = ["planned"]

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_day_shows_its_promise_its_charts_and_its_shifts(sign_in: SignIn, planned: Engine) -> None:
    staff = await sign_in(Role.STAFF)

    listed = (await staff.get("/couriers")).text
    shown = (await staff.get("/warehouses/W1/couriers")).text

    assert "/warehouses/W1/couriers?day=2026-03-02" in listed
    assert shown.count("data-chart") == 3
    assert "45 minutes" in shown
    assert "00:30–01:00" in shown  # the break, by the warehouse's clock
    assert "/v1/warehouses/W1/couriers.csv?date=2026-03-02" in shown


async def test_a_warehouse_without_a_plan_says_when_there_will_be_one(sign_in: SignIn, planned: Engine) -> None:
    staff = await sign_in(Role.STAFF)

    assert "night" in (await staff.get("/warehouses/W2/couriers")).text
    assert (await staff.get("/warehouses/W1/couriers?day=2026-03-09")).status_code == 404


async def test_while_a_run_plans_pages_say_how_far_it_is(sign_in: SignIn, planned: Engine) -> None:
    # given: a run that is under way, and couriers of one warehouse of two so far
    with writing(planned) as session:
        session.add(DayRunRow(run_id="R1", started_at=NOW, held_until=NOW + timedelta(minutes=1), failed={}, steps={}))
    staff = await sign_in(Role.STAFF)

    listed, missing = [(await staff.get(page)).text for page in ("/couriers", "/warehouses/W2/couriers")]

    assert "so far those of 1 of 2 warehouses" in listed
    assert "those of this warehouse are not yet" in missing
    assert "night" not in listed + missing

    # when: it has planned them
    with writing(planned) as session:
        session.get_one(DayRunRow, "R1").steps = {"couriers": {}}

    assert "so far" not in (await staff.get("/couriers")).text
    assert "night" in (await staff.get("/warehouses/W2/couriers")).text


async def test_couriers_who_will_not_do_are_on_today_and_in_its_answer_until_they_do(
    sign_in: SignIn, planned: Engine
) -> None:
    # given: an episode that is half an hour old
    began = NOW - timedelta(minutes=30)
    shortage = Shortage("W1", began, began + timedelta(hours=2), 0.781, 0.85)
    with writing(planned) as session:
        write_events(session, [courier_event(session, SHORT, shortage, began)], began)
    staff = await sign_in(Role.STAFF)

    shown, told = (await staff.get("/")).text, (await staff.get("/v1/today")).json()

    assert "Too few couriers" in shown
    assert "78% of orders in time, at least 85% promised" in shown
    (one,) = told["short_of_couriers"]
    assert (one["warehouse_id"], one["share"]) == ("W1", 0.781)
    assert (await staff.get("/v1/today?warehouse_id=W2")).json()["short_of_couriers"] == []

    # when: couriers are enough again
    with writing(planned) as session:
        write_events(session, [courier_event(session, ENOUGH, shortage, NOW)], NOW)

    assert "Too few couriers" not in (await staff.get("/")).text
