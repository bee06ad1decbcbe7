"""Couriers of the next two hours, looked at through an evening: what is told when, as orders come in."""

from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import Engine, select, text

from data.database import reading, writing
from data.kept.kept_order_forecasts import keep_order_forecasts
from data.tables import CourierTermsRow, OrderLineRow, OutboxEventRow, ProductRow, WarehouseRow
from flows.couriers.looking_ahead import courier_event, tell_of_short_couriers
from flows.couriers.planning import plan_couriers
from flows.couriers.shortages import ENOUGH, SHORT, Shortage, shortages, told_of_couriers
from flows.couriers.terms import set_terms, terms_of
from flows.errors import Invalid
from flows.notifying.outbox import write_events
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN

SHORT_SHIFTS = {"employed": {"shortest_hours": 2.0, "longest_hours": 4.0, "break_after_hours": 5.0}}
OPENS, CLOSES = 32, 44  # half hours of the local day


@pytest.fixture
def filling() -> Filling:
    """A warehouse with an even evening of six hours ahead, whose couriers are planned."""
    return evening


def evening(engine: Engine) -> None:
    today = LAST + timedelta(days=1)
    rows = pd.DataFrame(
        {
            "warehouse_id": "W1",
            "date": pd.Timestamp(today),
            "half_hour": pd.date_range(ORIGIN, periods=48, freq="30min", tz="UTC"),
            "mean": [4.0 if OPENS <= slot < CLOSES else 0.0 for slot in range(48)],
            "dispersion": 0.02,
            "day_dispersion": 0.01,
        }
    )
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone="Asia/Shanghai"))
        session.add(ProductRow(product_id="milk", name="Milk", category="dairy", band="chilled", unit="piece"))
        session.flush()
        keep_order_forecasts(session, ["W1"], rows, ORIGIN)
        set_terms(session, "W1", SHORT_SHIFTS, "Li Na")
    plan_couriers(engine, "W1", ORIGIN + timedelta(hours=2))


def at(hour: int, minute: int = 0) -> datetime:
    return ORIGIN + timedelta(hours=hour, minutes=minute)


def come(engine: Engine, since: datetime, until: datetime, every: float) -> None:
    """An order every so many minutes."""
    moments = pd.date_range(since, until, freq=f"{every}min", inclusive="left")
    with writing(engine) as session:
        session.add_all(
            OrderLineRow(
                warehouse_id="W1",
                order_id=f"{moment:%H%M}-{every}",
                line_no=1,
                product_id="milk",
                ordered_at=moment.to_pydatetime(),
                known_at=moment.to_pydatetime(),
                quantity=Decimal(1),
            )
            for moment in moments
        )


def told(engine: Engine) -> list[tuple[str, datetime]]:
    with reading(engine) as session:
        events = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at)).all()
        return [(event.type, event.happened_at) for event in events]


def test_an_evening_as_it_was_foretold_tells_nobody(engine: Engine) -> None:
    come(engine, at(16), at(22), 7.5)

    for minutes in range(0, 6 * 60, 20):
        tell_of_short_couriers(engine, at(16, minutes))

    assert told(engine) == []


def test_a_rush_is_told_once_and_so_is_its_end(engine: Engine) -> None:
    # given: three times the orders that were expected, for an hour and a half
    come(engine, at(16), at(17, 30), 2.5)

    # when
    for minutes in (0, 80, 85, 90):
        tell_of_short_couriers(engine, at(16, minutes))

    # then: told at the first look that sees it, and the same while it lasts
    assert [what for what, _ in told(engine)] == ["couriers.short"]
    with reading(engine) as session:
        (shortage,) = shortages(session, at(17, 30))
        event = session.scalars(select(OutboxEventRow)).one()
    assert shortage.share < shortage.least_share == 0.85
    assert shortage.until - shortage.since == timedelta(hours=2)
    assert event.payload["warehouse"] == "Riverside"

    # when: hardly anything is ordered any more
    for minutes in (0, 5):
        tell_of_short_couriers(engine, at(22, 30 + minutes))

    # then
    assert told(engine)[1:] == [("couriers.enough", at(22, 30))]
    with reading(engine) as session:
        assert shortages(session, at(22, 40)) == []


def test_orders_of_the_running_half_hour_count_as_soon_as_they_come(engine: Engine) -> None:
    # given: in twenty minutes five times the orders of the half hour
    come(engine, at(16), at(16, 20), 1)

    tell_of_short_couriers(engine, at(16, 20))

    assert told(engine) == [("couriers.short", at(16, 20))]


def test_an_episode_goes_over_midnight_and_ends_once_on_a_day_that_is_not_planned(engine: Engine) -> None:
    # given: it began just before midnight
    with writing(engine) as session:
        shortage = Shortage("W1", at(23, 55), at(24), 0.4, 0.85)
        write_events(session, [courier_event(session, SHORT, shortage, at(23, 55))], at(23, 55))

    # when: the next day is looked at, of which nothing is planned, and again by another process
    for minutes in (0, 5):
        tell_of_short_couriers(engine, at(24, minutes))

    # then
    assert told(engine) == [("couriers.short", at(23, 55)), ("couriers.enough", at(24))]


def test_an_episode_that_a_watcher_left_open_for_days_is_ended_when_it_is_back(engine: Engine) -> None:
    # given: nobody has looked since, and pages tell it no more
    began = at(17) - timedelta(days=3)
    with writing(engine) as session:
        write_events(session, [courier_event(session, SHORT, Shortage("W1", began, at(0), 0.4, 0.85), began)], began)
        assert shortages(session, at(16)) == []

    for minutes in (0, 5):
        tell_of_short_couriers(engine, at(16, minutes))

    assert told(engine) == [("couriers.short", began), ("couriers.enough", at(16))]


def test_a_new_rush_is_told_whatever_a_watcher_left_open(engine: Engine) -> None:
    began = at(17) - timedelta(days=3)
    with writing(engine) as session:
        write_events(session, [courier_event(session, SHORT, Shortage("W1", began, at(0), 0.4, 0.85), began)], began)
    come(engine, at(16), at(17, 30), 2.5)

    for minutes in (80, 85):
        tell_of_short_couriers(engine, at(16, minutes))

    assert sorted(told(engine)) == [
        ("couriers.enough", at(17, 20)),
        ("couriers.short", began),
        ("couriers.short", at(17, 20)),
    ]
    with reading(engine) as session:
        assert [one.since for one in shortages(session, at(17, 25))] == [at(17, 20)]


def test_a_warehouse_that_cannot_be_looked_at_is_named_and_hides_no_other(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    # given: a clock that nobody knows, and a rush in the warehouse after it
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W0", name="Moon", city="Hangzhou", timezone="Moon/Tranquility"))
    come(engine, at(16), at(17, 30), 2.5)

    tell_of_short_couriers(engine, at(17, 20))

    assert told(engine) == [("couriers.short", at(17, 20))]
    assert "the couriers of W0 could not be looked at" in caplog.text


def test_terms_that_cannot_be_any_more_are_named_and_the_look_goes_on(engine: Engine) -> None:
    # given: terms kept before rides of hours were refused
    with writing(engine) as session:
        row = session.get_one(CourierTermsRow, "W1")
        row.terms = {**row.terms, "delivery": {**row.terms["delivery"], "radius_km": 50.0, "speed_kmh": 1.0}}

    tell_of_short_couriers(engine, at(17))

    assert told(engine) == []
    with (
        reading(engine) as session,
        pytest.raises(Invalid, match=r"terms of couriers of W1 cannot be any more: the ride"),
    ):
        terms_of(session, "W1")


def test_who_is_short_is_found_without_reading_what_was_ever_told(engine: Engine) -> None:
    # given years of episodes
    with writing(engine) as session:
        session.add_all(
            OutboxEventRow(
                event_id=f"{what} {number}", type=what, payload={"warehouse_id": "W1"}, event_no=2 * number + ended,
                happened_at=at(0) - timedelta(days=number), written_at=at(0), passed_on_at=at(0),
            )
            for number in range(2_000)
            for ended, what in enumerate((SHORT, ENOUGH))
        )  # fmt: skip

    statement = told_of_couriers(at(0) - timedelta(days=1)).compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE outbox_events"))
        plan = str(connection.execute(text(f"{explain} {statement}")).all())

    assert "ix_outbox_events_type_happened_at" in plan
    assert "happened_at>?" in plan or "happened_at >" in plan
