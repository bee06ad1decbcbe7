"""Couriers by API: a planned day as JSON and as a file for a shift system, and the terms that it rests on."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import CourierDayRow, TravelTimeRow
from flows.couriers.travel_times import travel_of

from .conftest import NOW, ORIGIN, TODAY, Bearer

DAY = "/v1/warehouses/W1/couriers"
TERMS = "/v1/warehouses/W1/courier-terms"
FILE = """\
warehouse_id,date,kind,begins,ends,break_begins,break_ends,couriers
W1,2026-03-02,employed,2026-03-01T16:00:00Z,2026-03-01T17:30:00Z,2026-03-01T16:30:00Z,2026-03-01T17:00:00Z,2
W1,2026-03-02,employed,2026-03-01T16:30:00Z,2026-03-01T18:00:00Z,,,1
W1,2026-03-02,crowd,2026-03-01T16:30:00Z,2026-03-01T17:30:00Z,,,2
"""


@pytest.fixture
def planned(shop: Engine) -> Engine:
    """Two hours of W1: two couriers who rest, one who does not, and two of the crowd in the middle."""
    begins = [(ORIGIN + timedelta(minutes=30 * number)).isoformat() for number in range(4)]
    half_hours = [
        {"begins": at, "orders": 9.5, "orders_q10": 5, "orders_q90": 14, "needed": 3, "employed": 3, "crowd": crowd,
         "share": 0.96}
        for at, crowd in zip(begins, (0, 2, 2, 0), strict=True)
    ]  # fmt: skip
    shifts = [
        {"first": 1, "end": 4, "rests": 0, "works_again": 0, "couriers": 1},
        {"first": 0, "end": 3, "rests": 1, "works_again": 2, "couriers": 2},
    ]
    with writing(shop) as session:
        session.add(
            CourierDayRow(
                warehouse_id="W1", date=TODAY, origin=ORIGIN, planned_at=NOW, promise_minutes=45, promised_share=0.95,
                share=0.957, cost=315.0, held_minutes=45, rain=False, half_hours=half_hours, shifts=shifts,
            )
        )  # fmt: skip
    return shop


async def test_a_planned_day_is_told_with_its_half_hours_and_shifts(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine
) -> None:
    answer = await client.get(DAY, headers=bearer("staff"))

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["date"], found["share"], found["currency"]) == ("2026-03-02", 0.957, "CNY")
    assert [half_hour["crowd"] for half_hour in found["half_hours"]] == [0, 2, 2, 0]
    assert found["shifts"][0] == {
        "begins": "2026-03-01T16:00:00Z", "ends": "2026-03-01T17:30:00Z", "break_begins": "2026-03-01T16:30:00Z",
        "break_ends": "2026-03-01T17:00:00Z", "couriers": 2,
    }  # fmt: skip
    assert found["shifts"][1]["break_begins"] is None


async def test_a_shift_system_gets_shifts_and_runs_of_the_crowd_as_a_file(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine
) -> None:
    answer = await client.get(f"{DAY}.csv", params={"date": "2026-03-02"}, headers=bearer("erp"))

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == FILE


@pytest.mark.parametrize("path", [DAY, f"{DAY}.csv"])
async def test_a_day_that_is_not_planned_is_not_found(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine, path: str
) -> None:
    answer = await client.get(path, params={"date": "2026-03-05"}, headers=bearer("staff"))

    assert answer.status_code == 404
    assert "2026-03-05" in answer.json()["detail"]


@pytest.mark.parametrize("path", [DAY, f"{DAY}.csv"])
@pytest.mark.parametrize("date", ["0", "2026-03-02T00:00", "1772409600"])
async def test_a_moment_or_a_number_is_no_day(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine, path: str, date: str
) -> None:
    answer = await client.get(path, params={"date": date}, headers=bearer("staff"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "date"


async def test_terms_are_as_usual_until_they_are_set_and_then_as_they_were_set(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    # given
    usual = (await client.get(TERMS, headers=bearer("staff"))).json()
    assert usual["promise"] == {"minutes": 45, "share": 0.95, "least_share": 0.85}

    # when: what is left out is as usual
    told = {"promise": {"minutes": 30}, "crowd": {"dear_hours": [11, 12]}}
    answer = await client.put(TERMS, json=told, headers=bearer("buyer"))

    # then
    assert answer.status_code == 200, answer.text
    now = (await client.get(TERMS, headers=bearer("staff"))).json()
    assert now == answer.json()
    assert now["promise"]["minutes"] == 30
    assert now["crowd"] == usual["crowd"] | {"dear_hours": [11, 12]}
    assert (await client.get("/v1/warehouses/W2/courier-terms", headers=bearer("staff"))).json() == usual


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"promise": {"share": 0.8, "least_share": 0.9}}, "shares"),
        ({"employed": {"shortest_hours": 8, "longest_hours": 4}}, "shifts"),
        ({"delivery": {"batch": 0}}, "batch"),
    ],
)
async def test_terms_that_cannot_be_are_refused_by_name_and_change_nothing(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, told: dict[str, object], named: str
) -> None:
    answer = await client.put(TERMS, json=told, headers=bearer("buyer"))

    assert answer.status_code == 422
    assert named in answer.text
    assert (await client.get(TERMS, headers=bearer("staff"))).json()["promise"]["share"] == 0.95


MATRIX = """\
warehouse_id,from_place,to_place,minutes,orders
W1,harbour,north,4.0,
W1,warehouse,harbour,9.5,10.0
W1,warehouse,north,6.0,
"""


@pytest.fixture
def matrix(shop: Engine) -> None:
    """Riding times of W1 alone."""
    ways = [("warehouse", "north", 6.0, None), ("warehouse", "harbour", 9.5, 10.0), ("harbour", "north", 4.0, None)]
    with writing(shop) as session:
        session.add_all(
            TravelTimeRow(warehouse_id="W1", from_place=begin, to_place=end, minutes=minutes, orders=orders)
            for begin, end, minutes, orders in ways
        )


async def test_a_matrix_is_read_as_the_file_that_says_it_again(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, matrix: None
) -> None:
    answer = await client.get("/v1/warehouses/W1/travel-times.csv", headers=bearer("staff"))

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == MATRIX
    headers = bearer("operator") | {"Content-Type": "text/csv"}
    again = await client.post("/v1/imports/travel-times", content=answer.content, headers=headers)
    assert again.status_code == 200, again.text
    assert (await client.get("/v1/warehouses/W1/travel-times.csv", headers=bearer("staff"))).text == MATRIX
    assert (await client.get("/v1/warehouses/W2/travel-times.csv", headers=bearer("staff"))).status_code == 404


async def test_a_matrix_that_is_taken_back_leaves_straight_lines_and_may_be_taken_back_twice(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, matrix: None
) -> None:
    with writing(shop) as session:
        session.add(TravelTimeRow(warehouse_id="W2", from_place="warehouse", to_place="north", minutes=5.0))
    refused = await client.delete("/v1/warehouses/W1/travel-times", headers=bearer("staff"))
    assert refused.status_code == 403

    for _ in range(2):
        answer = await client.delete("/v1/warehouses/W1/travel-times", headers=bearer("buyer"))
        assert answer.status_code == 204, answer.text

    with reading(shop) as session:
        assert travel_of(session, "W1") is None
        assert travel_of(session, "W2") is not None
    unknown = await client.delete("/v1/warehouses/W9/travel-times", headers=bearer("buyer"))
    assert unknown.status_code == 404
