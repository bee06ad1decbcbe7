"""What a planned day's couriers would keep if something happened, by step and by command; nothing is written."""

import json
from datetime import UTC, date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.local_days import end_of_day, start_of_day
from data.tables import Base, OrderForecastRow
from flows.couriers.planning import plan_couriers
from flows.couriers.supposing import CouriersSupposed, Span, half_hours_of, what_if
from flows.couriers.terms import set_terms
from flows.errors import Invalid, NotNow, Unknown
from tests.integration.conftest import Filling
from tests.integration.flows.shell import Shell
from tests.integration.flows.test_couriers import NOW, TODAY, forecast_orders

EVENING = Span(time(18), time(20))
# what is refused before anything is worked out needs no second database
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def filling() -> Filling:
    """One warehouse with orders from 16:00 to 22:00, whose couriers are planned."""
    return _planned


def _planned(engine: Engine) -> None:
    forecast_orders(engine)
    plan_couriers(engine, "W1", NOW)


def everything(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}


def test_both_days_are_side_by_side_and_nothing_is_written(engine: Engine) -> None:
    there = everything(engine)

    found = what_if(engine, "W1", TODAY, CouriersSupposed(rain=EVENING, more_orders=0.5, surge=EVENING, ill=1))

    assert everything(engine) == there
    # as things are: what the plan says of itself
    assert found.before.lateness.share == pytest.approx(found.day.share)
    assert found.before.needed.tolist() == [one["needed"] for one in found.day.half_hours]
    assert found.before.cost == pytest.approx(found.day.cost)
    assert found.before.held_minutes == found.day.held_minutes
    # as supposed: half as many orders more from 18:00 to 20:00 by the clock there, and only then
    more = found.after.orders / found.before.orders.clip(1e-9)
    assert more[32:44].tolist() == pytest.approx([1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5, 1, 1, 1, 1])
    assert found.after.lateness.share < found.before.lateness.share - 0.05
    assert found.after.short[36:40].sum() > found.before.short[36:40].sum()


def test_more_orders_all_day_are_more_in_each_half_hour_and_a_span_may_end_at_midnight(engine: Engine) -> None:
    all_day = what_if(engine, "W1", TODAY, CouriersSupposed(more_orders=0.2))
    late = what_if(engine, "W1", TODAY, CouriersSupposed(more_orders=0.2, surge=Span(time(21, 10), time())))

    assert all_day.after.orders.sum() == pytest.approx(1.2 * all_day.before.orders.sum())
    changed = (late.after.orders > late.before.orders).nonzero()[0]
    assert changed.tolist() == [42, 43], "from the half hour in which it begins"


@pytest.mark.parametrize(
    ("zone", "day", "span", "rains"),
    [
        # 02:00 to 03:00 comes twice: at half hours 4 and 5, and at 6 and 7
        ("Europe/Berlin", date(2026, 10, 25), Span(time(2), time(3)), [4, 5, 6, 7]),
        ("Europe/Berlin", date(2026, 10, 25), Span(time(3, 10), time(4)), [8, 9]),
        # and is not there; what follows is an hour earlier in the day
        ("Europe/Berlin", date(2026, 3, 29), Span(time(2, 15), time(2, 45)), []),
        ("Europe/Berlin", date(2026, 3, 29), Span(time(18), time(19)), [34, 35]),
        # the day begins at 01:00
        ("Africa/Cairo", date(2026, 4, 24), Span(time(), time(1, 30)), [0]),
        ("Africa/Cairo", date(2026, 4, 24), Span(time(), time(0, 30)), []),
        ("Africa/Cairo", date(2026, 4, 24), Span(time(22), time()), [42, 43, 44, 45]),
    ],
)
def test_a_span_is_by_the_clock_also_on_days_on_which_clocks_change(
    zone: str, day: date, span: Span, rains: list[int]
) -> None:
    begin, end = start_of_day(day, zone), end_of_day(day, zone)
    begins = [begin + timedelta(minutes=30 * number) for number in range((end - begin) // timedelta(minutes=30))]

    assert list(range(*half_hours_of(begins, ZoneInfo(zone), span))) == rains


@on_sqlite
@pytest.mark.parametrize(
    ("supposed", "field"),
    [
        (CouriersSupposed(), "rain"),
        (CouriersSupposed(rain=Span(time(20), time(18))), "rain"),
        (CouriersSupposed(more_orders=0.1, surge=Span(time(9), time(9))), "surge"),
        (CouriersSupposed(more_orders=-1.0), "more_orders"),
        (CouriersSupposed(more_orders=4.5), "more_orders"),
        (CouriersSupposed(ill=-1), "ill"),
        (CouriersSupposed(rain=Span(time(18, tzinfo=UTC), time(20))), "rain"),
        (CouriersSupposed(rain=EVENING, surge=EVENING), "more_orders"),
    ],
)
def test_what_cannot_be_supposed_is_refused_by_name(engine: Engine, supposed: CouriersSupposed, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        what_if(engine, "W1", TODAY, supposed)

    assert refused.value.field == field


@on_sqlite
def test_more_orders_than_somebody_waits_for_are_refused_and_fewer_are_not(engine: Engine) -> None:
    # given: 1,008 orders
    with writing(engine) as session:
        session.execute(update(OrderForecastRow).values(mean=21 * OrderForecastRow.mean))

    with pytest.raises(Invalid, match=r"would be 5,040 orders on .*up to 5,000 a day") as refused:
        what_if(engine, "W1", TODAY, CouriersSupposed(more_orders=4.0))
    found = what_if(engine, "W1", TODAY, CouriersSupposed(more_orders=4.0, surge=Span(time(18), time(18, 30))))

    assert refused.value.field == "more_orders"
    assert found.after.orders.sum() == pytest.approx(1008 + 4 * 84)


@on_sqlite
def test_a_day_that_has_as_many_orders_anyway_may_still_be_asked_about(engine: Engine) -> None:
    # given: 5,040 orders, each next door
    next_door = {"radius_km": 0.02, "preparation_minutes": 1, "loading_minutes": 0.1, "handover_minutes": 0.1}
    with writing(engine) as session:
        session.execute(update(OrderForecastRow).values(mean=105 * OrderForecastRow.mean))
        set_terms(session, "W1", {"delivery": next_door | {"handover_spread": 0}}, "Li Na")

    found = what_if(engine, "W1", TODAY, CouriersSupposed(rain=EVENING))

    assert found.after.orders.sum() == pytest.approx(5040)


@on_sqlite
def test_a_day_that_is_not_planned_or_whose_forecast_is_gone_is_told(engine: Engine) -> None:
    with pytest.raises(Unknown, match="No couriers of W1 are planned for"):
        what_if(engine, "W1", TODAY + timedelta(days=9), CouriersSupposed(ill=1))
    with writing(engine) as session:
        session.execute(delete(OrderForecastRow))
    with pytest.raises(NotNow, match="is kept no more"):
        what_if(engine, "W1", TODAY, CouriersSupposed(ill=1))


@on_sqlite
def test_the_command_tells_both_days_and_where_couriers_are_shorter(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    shell = Shell(capsys, monkeypatch)
    asked = ("couriers", "what-if", "W1", "--date", TODAY.isoformat())

    assert shell(*asked, "--more-orders", "50", "--surge", "18:00-20:00") == 0, shell.err
    assert "As things are: 9" in shell.out
    assert "Couriers are shorter in:" in shell.out
    assert "4.0 -> 6.0" in shell.out
    assert "\n19:30 " in shell.out, "on the clock of the warehouse, as the surge was asked"
    assert shell(*asked, "--ill", "1", "--json") == 0, shell.err
    told = json.loads(shell.out)
    assert told["after"]["share"] < told["before"]["share"]
    assert len(told["half_hours"]) == 48

    for option in (("--rain", "six"), ("--rain", "18:00"), ()):
        assert shell(*asked, *option) == 2, option
    assert shell("couriers", "what-if", "W9", "--ill", "1") == 2
    assert "There is no warehouse W9" in shell.err
