"""Terms of couriers and matrices of riding times from files: what they say is planned with, what contradicts itself is
refused by row and column, and a matrix stands whole in place of the one before."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from api.couriers.courier_schemas import CourierTermsBody
from data.database import reading, writing
from data.importers.kinds.courier_kinds import COURIER_TERMS, MOST_PLACES, TERMS
from data.importers.problems import BadFile
from data.importers.rows.values import BadValue
from data.tables import CourierDayRow, CourierTermsRow, WarehouseRow
from flows.couriers.planning import plan_couriers
from flows.couriers.terms import as_terms, set_terms, terms_of
from flows.couriers.travel_times import travel_of
from flows.importing.documented_kinds import import_documented_file
from tests.integration.conftest import Filling
from tests.integration.flows.test_couriers import NOW, forecast_orders
from warehouse.couriers.terms import CourierTerms, Crowd, Employed, Promise

TRIANGLE = [
    "warehouse_id,from_place,to_place,minutes,orders",
    "W1,warehouse,north,6,30",
    "W1,warehouse,harbour,9,10",
    "W1,north,harbour,4,",
    "W1,harbour,north,5,",
]


@pytest.fixture
def filling() -> Filling:
    """W1 with its forecast of two days' orders, and W2."""
    return _two_warehouses


def _two_warehouses(engine: Engine) -> None:
    forecast_orders(engine)
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W2", name="W2", city="Hangzhou", timezone="Asia/Shanghai"))


def imported(engine: Engine, folder: Path, kind: str, *lines: str) -> None:
    path = folder / f"{kind}.csv"
    path.write_text("\n".join(lines) + "\n")
    import_documented_file(engine, kind, path, now=NOW)


def terms(engine: Engine, warehouse_id: str) -> CourierTerms:
    with reading(engine) as session:
        return terms_of(session, warehouse_id)


def test_terms_of_a_file_hold_and_what_it_does_not_say_is_as_usual(engine: Engine, tmp_path: Path) -> None:
    header = "warehouse_id,promise_minutes,dear_hours,employed_at_most,set_by"
    imported(engine, tmp_path, "courier-terms", header, 'W2,30,"18,11",12,Li Na')

    assert terms(engine, "W2") == CourierTerms(
        Promise(minutes=30), employed=Employed(at_most=12), crowd=Crowd(dear_hours=(11, 18))
    )
    with reading(engine) as session:
        assert session.get_one(CourierTermsRow, "W2").set_by == "Li Na"


def test_of_two_that_set_terms_for_the_first_time_one_waits_and_both_are_kept(engine: Engine) -> None:
    def set_by_another() -> None:
        with writing(engine) as session:
            set_terms(session, "W2", {"promise": {"minutes": 60}}, "another")

    with ThreadPoolExecutor(1) as other:
        with writing(engine) as session:
            set_terms(session, "W2", {"promise": {"minutes": 30}}, "one")
            session.flush()
            waits = other.submit(set_by_another)
            with pytest.raises(TimeoutError):
                waits.result(1)
        waits.result(60)

    assert terms(engine, "W2").promise.minutes == 60


def test_a_column_that_is_missing_stays_and_an_empty_cell_is_as_usual_again(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        set_terms(session, "W2", {"promise": {"minutes": 30}, "crowd": {"pool": 3}}, "Li Na")

    imported(engine, tmp_path, "courier-terms", "warehouse_id,pool,batch", "W2,,2")

    found = terms(engine, "W2")
    assert (found.promise.minutes, found.crowd.pool, found.delivery.batch) == (30, 20, 2)


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("least_share", "W1,0.97", "line 2, column least_share: '0.97' makes terms that cannot be: shares are above 0"),
        ("shortest_hours", "W1,5", "line 2: makes terms that cannot be: employed shifts take some hours"),
        ("preparation_minutes", "W1,60", "line 2: makes terms that cannot be: a promise of 45 minutes leaves none"),
        ("promise_share", "W1,95", "column promise_share: '95' is above 1"),
        ("promise_share", "W1,1", "column promise_share: '1' is not above 0 and below 1"),
        ("speed_kmh", "W1,0", "column speed_kmh: '0' is not above 0 and at most 100"),
        ("dear_hours", 'W1,"11,24"', "column dear_hours: '11,24' is not a list of hours of the day"),
        ("longest_hours", "W1,7.25", "column longest_hours: '7.25' is not a number of half hours"),
        ("pool", "W9,3", "column warehouse_id: 'W9' is not among the warehouses"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_row_and_column_and_nothing_is_kept(
    engine: Engine, tmp_path: Path, header: str, row: str, said: str
) -> None:
    before = terms(engine, "W1")

    with pytest.raises(BadFile) as refused:
        imported(engine, tmp_path, "courier-terms", f"warehouse_id,{header}", row)

    assert said in str(refused.value)
    assert terms(engine, "W1") == before


def _ends(told: dict[str, Any]) -> list[tuple[float, bool]]:
    """The least and most that the API takes of a term, and what lies just beyond, each with whether it takes it."""
    found = []
    for word, ends, beyond in (("inimum", True, -1), ("aximum", True, 1)):
        if (end := told.get(f"m{word}")) is not None:
            step = 1 if told["type"] == "integer" else max(abs(end), 1) / 1000
            found += [(end, ends), (end + beyond * step, False)]
        elif (end := told.get(f"exclusiveM{word}")) is not None:
            found.append((end, False))
    return found


@pytest.mark.parametrize(
    ("column", "part", "name"),
    [(column, part, name) for part, columns in TERMS.items() for column, name in columns.items()],
)
def test_a_file_takes_of_each_term_what_the_api_takes(column: str, part: str, name: str) -> None:
    schema = CourierTermsBody.model_json_schema()
    told = schema["$defs"][f"{part.capitalize()}Terms"]["properties"][name]
    if name == "dear_hours":
        assert COURIER_TERMS.column(column).type.read("0,23") == [0, 23]
        return

    for value, taken in _ends(told):
        try:
            COURIER_TERMS.column(column).type.read(f"{value:g}")
        except BadValue:
            assert not taken, value
        else:
            assert taken, value


def test_what_is_said_to_be_usual_is_what_holds_where_nothing_is_said() -> None:
    usual = as_terms({})
    for part, columns in TERMS.items():
        for column, name in columns.items():
            value = getattr(getattr(usual, part), name)
            said = "none" if value == () else f"{value:g}"
            assert COURIER_TERMS.column(column).meaning.endswith(f"empty: as usual, {said}"), column


def test_a_matrix_is_rides_between_places_with_the_share_of_orders_of_each(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, "travel-times", *TRIANGLE)

    with reading(engine) as session:
        travel = travel_of(session, "W1")
        assert travel_of(session, "W2") is None, "ways are straight lines there"
    assert travel is not None
    # places: the warehouse, harbour, north; a way back that is not told takes as long
    assert np.array_equal(travel.minutes, [[0, 9, 6], [9, 0, 5], [6, 4, 0]])
    assert np.allclose(travel.share, [0, 0.25, 0.75])


def test_places_get_as_many_orders_each_where_the_file_does_not_say(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, "travel-times", *(",".join(line.split(",")[:4]) for line in TRIANGLE))

    with reading(engine) as session:
        travel = travel_of(session, "W1")
    assert travel is not None
    assert np.allclose(travel.share, [0, 0.5, 0.5])


def test_a_matrix_stands_in_place_of_the_one_before_and_that_of_others_stays(engine: Engine, tmp_path: Path) -> None:
    others = [line.replace("W1", "W2") for line in TRIANGLE[1:]]
    imported(engine, tmp_path, "travel-times", *TRIANGLE, *others)

    imported(engine, tmp_path, "travel-times", "warehouse_id,from_place,to_place,minutes", "W1,hill,warehouse,12")

    with reading(engine) as session:
        first, second = travel_of(session, "W1"), travel_of(session, "W2")
    assert first is not None
    assert second is not None
    assert np.array_equal(first.minutes, [[0, 12], [12, 0]])
    assert len(second.share) == 3


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (TRIANGLE[1:3], "W1 have no row from harbour to north, nor back. Add a row for each such way"),
        ([TRIANGLE[1], "W1,north,east,3,", "W1,north,west,3,"], "no row from east to warehouse, nor back and 2 more"),
        (["W1,north,north,3,"], "line 2, column to_place: 'north' is where the way begins"),
        (["W1,north,harbour,3,5"], "line 2, column orders: '5' says nothing on a way that does not begin at"),
        (["W1,north,warehouse,3,5"], "line 2, column orders: '5' says nothing on a way that does not begin at"),
        (["W1,warehouse,north,200,5"], "column minutes: '200' is above 180"),
        (["W1,warehouse,north,6,0"], "W1 have no place to which orders go"),
        (["W1,warehouse,north,6,1", "W1,warehouse,north,7,1"], "is about the same warehouse_id, from_place, to_place"),
        (
            [f"W1,warehouse,P{number},5,1" for number in range(MOST_PLACES + 1)],
            f"name {MOST_PLACES + 1} places, {MOST_PLACES} are taken",
        ),
    ],
)
def test_a_matrix_with_gaps_or_odd_rows_is_refused_and_the_one_before_stays(
    engine: Engine, tmp_path: Path, rows: list[str], said: str
) -> None:
    imported(engine, tmp_path, "travel-times", *TRIANGLE)

    with pytest.raises(BadFile) as refused:
        imported(engine, tmp_path, "travel-times", TRIANGLE[0], *rows)

    assert said in str(refused.value)
    with reading(engine) as session:
        travel = travel_of(session, "W1")
    assert travel is not None
    assert len(travel.share) == 3


def test_where_the_matrix_makes_rides_longer_a_day_needs_more_couriers(engine: Engine, tmp_path: Path) -> None:
    near = ["W1,warehouse,north,3,1", "W1,warehouse,harbour,4,1", "W1,north,harbour,2,"]
    far = [line.replace(",3,1", ",13,1").replace(",4,1", ",14,1") for line in near]
    cost = []
    for rows in (near, far):
        imported(engine, tmp_path, "travel-times", TRIANGLE[0], *rows)
        with writing(engine) as session:
            for day in session.scalars(select(CourierDayRow)):
                session.delete(day)
        plan_couriers(engine, "W1", NOW)
        with reading(engine) as session:
            cost.append(sum(day.cost for day in session.scalars(select(CourierDayRow))))

    assert cost[1] > 1.3 * cost[0]
