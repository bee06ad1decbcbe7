"""Readings that come late, again, or otherwise than before: the excursions are those of the readings, whatever their
order, and nothing is swallowed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, func, select, update

from data.database import open_database, reading, upgrade_schema, writing
from data.tables import (
    AlarmChangeRow,
    AlarmRow,
    ContradictingReadingRow,
    ExcursionRow,
    LimitRow,
    OutboxEventRow,
    ReadingRow,
    SensorStateRow,
    ZoneRulesRow,
)
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.readings.receiving import ReceivedReadings, receive_readings
from flows.coldchain.rules.kept_rules import keep_rules
from tests.integration.coldchain.conftest import keep_cold_room
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
ONE_STAY = Rules(outside_at_most=None)  # no time adds up
LATER = NIGHT + timedelta(days=3)
Row = tuple[float, float]  # minute of the night, temperature
Span = tuple[str, float, float | None, float]  # kind, began, ended, worst


def send(engine: Engine, rows: Sequence[Row], sensor_id: str = "S1", now: datetime = LATER) -> ReceivedReadings:
    with writing(engine) as session:
        readings = [Reading(sensor_id, NIGHT + timedelta(minutes=m), c) for m, c in rows]
        return receive_readings(session, readings, now)


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - NIGHT) / timedelta(minutes=1)


def excursions(engine: Engine, sensor_id: str = "S1") -> list[Span]:
    with reading(engine) as session:
        query = select(ExcursionRow).where(ExcursionRow.sensor_id == sensor_id).order_by(ExcursionRow.began_at)
        rows = session.scalars(query)
        return [(one.kind, minutes(one.began_at), minutes(one.ended_at), one.worst_c) for one in rows]


def told(engine: Engine) -> list[tuple[str, float]]:
    """Type of event and the minute at which it happened, in the order in which they were written."""
    with reading(engine) as session:
        events = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.written_at, OutboxEventRow.happened_at))
        return [(one.type, minutes(one.happened_at) or 0.0) for one in events]


def seen_by_eye(rows: Sequence[Row]) -> list[Span]:
    """The excursions of readings in the order of their times, for limits of 0..4 C and a delay of 30 minutes without a
    window in which time adds up."""
    found: list[Span] = []
    going_on: list[Row] = []
    side = ""
    for minute, c in [*sorted(rows), (None, None)]:
        now = "" if c is None else "too_warm" if c > 4 else "too_cold" if c < 0 else ""
        if going_on and (now != side or c is None):
            worst = (max if side == "too_warm" else min)(value for _, value in going_on)
            if going_on[-1][0] - going_on[0][0] >= 30:
                found.append((side, going_on[0][0], minute, worst))
            going_on = []
        if now:
            side = now
            going_on.append((minute, c))
    return found


def test_the_eye_sees_what_it_should() -> None:
    rows = [(0.0, 3.0), (10.0, 5.0), (40.0, 6.0), (50.0, 2.0), (60.0, -1.0), (70.0, 9.0), (99.0, 9.0), (100.0, 8.0)]
    assert seen_by_eye(rows) == [("too_warm", 10.0, 50.0, 6.0), ("too_warm", 70.0, None, 9.0)]


def test_buffered_hours_that_come_after_a_live_reading_are_told_as_past(cold_room) -> None:
    send(cold_room, [(0, 3.0)])
    send(cold_room, [(200, 3.0)])
    buffered = [(m, 12.0 if 40 <= m < 160 else 3.0) for m in range(10, 200, 10)]

    received = send(cold_room, buffered)

    assert (received.accepted, received.late, received.raised) == (19, 19, received.ended)
    assert excursions(cold_room) == [("too_warm", 40, 160, 12.0)]
    assert told(cold_room) == [("alarm.raised", 70), ("alarm.ended", 160)]
    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.past, minutes(alarm.raised_at), minutes(alarm.ended_at)) == (True, 70, 160)
        changes = select(AlarmChangeRow.what).order_by(AlarmChangeRow.change_no)
        assert session.scalars(changes).all() == ["raised", "ended"]
        events = session.scalars(select(OutboxEventRow.payload)).all()
    assert {one["past"] for one in events} == {True}


def test_an_excursion_that_late_readings_show_and_that_goes_on_is_an_alarm_now(cold_room) -> None:
    send(cold_room, [(0, 3.0), (60, 9.0)])

    received = send(cold_room, [(20, 9.0), (40, 9.5)])

    assert (len(received.raised), received.ended) == (1, [])
    assert send(cold_room, [(70, 3.0)]).ended == received.raised
    assert excursions(cold_room) == [("too_warm", 20, 70, 9.5)]


def test_a_late_reading_inside_parts_what_was_taken_for_one_excursion(cold_room) -> None:
    send(cold_room, [(0, 9.0), (50, 9.0), (60, 3.0)])
    assert excursions(cold_room) == [("too_warm", 0, 60, 9.0)]

    send(cold_room, [(25, 3.0)])

    assert excursions(cold_room) == []
    with reading(cold_room) as session:
        assert session.scalars(select(AlarmRow.ended_because)).all() == ["revised"]


def test_a_late_reading_inside_ends_an_excursion_earlier(cold_room) -> None:
    send(cold_room, [(0, 9.0), (30, 9.0), (60, 3.0)])

    send(cold_room, [(45, 3.0)])

    assert excursions(cold_room) == [("too_warm", 0, 45, 9.0)]


def test_an_alarm_that_was_taken_for_none_is_the_same_one_when_later_readings_show_it_again(cold_room) -> None:
    (alarm_id,) = send(cold_room, [(0, 9.0), (50, 9.0), (60, 3.0)]).raised
    send(cold_room, [(35, 3.0)])
    assert excursions(cold_room) == []

    send(cold_room, [(30, 9.5)])

    assert excursions(cold_room) == [("too_warm", 0, 35, 9.5)]
    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.alarm_id, alarm.ended_because, minutes(alarm.ended_at)) == (alarm_id, None, 35)
        events = [(one.type, one.payload["ended_at"]) for one in session.scalars(select(OutboxEventRow))]
    assert sorted(what for what, _ in events) == ["alarm.ended", "alarm.ended", "alarm.raised", "alarm.worse"]
    assert ("alarm.ended", "2026-03-01T00:35:00Z") in events, "whoever was told that it goes on is told of its end"


def test_an_alarm_that_a_wrong_limit_made_none_goes_on_as_if_it_had_never_ended(cold_room) -> None:
    (alarm_id,) = send(cold_room, [(0, 9.0), (50, 9.0)]).raised
    for late, high_c in (((20, 9.0), 15.0), ((30, 9.0), 4.0)):
        with writing(cold_room) as session:
            session.execute(update(LimitRow).values(high_c=high_c))
        send(cold_room, [late])

    assert excursions(cold_room) == [("too_warm", 0, None, 9.0)]
    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.alarm_id, alarm.ended_at, alarm.ended_because) == (alarm_id, None, None)
    assert [what for what, _ in told(cold_room)] == ["alarm.raised", "alarm.ended", "alarm.worse"]


def test_late_readings_are_judged_by_the_limit_that_held_then(cold_room) -> None:
    with writing(cold_room) as session:
        session.add(LimitRow(zone_id="Z1", valid_from=NIGHT + timedelta(minutes=100), low_c=0.0, high_c=15.0))
    send(cold_room, [(0, 3.0), (300, 3.0)])

    send(cold_room, [(m, 12.0) for m in range(20, 200, 10)])

    assert excursions(cold_room) == [("too_warm", 20, 100, 12.0)]


def test_only_the_stretch_around_late_readings_is_read(cold_room) -> None:
    days = [(minute, 3.0) for minute in range(0, 3 * 1_440, 5)]
    send(cold_room, days)
    rows = 0

    def count(connection, cursor, statement, *rest) -> None:  # type: ignore[no-untyped-def]
        nonlocal rows
        rows += statement.lstrip().startswith("SELECT readings.taken_at")

    event.listen(cold_room, "before_cursor_execute", count)
    send(cold_room, [(61, 9.0)])

    assert rows <= 3, "a thousand readings each"


def test_what_was_over_before_a_late_reading_stays_as_it_is_known(cold_room) -> None:
    defrosts = [(minute, 8.0 if minute % 360 < 40 else 3.0) for minute in range(0, 9 * 1_440, 10)]
    ninth_day = NIGHT + timedelta(days=9)
    send(cold_room, [row for row in defrosts if row[0] != 8 * 1_440 + 100], now=ninth_day)
    known = excursions(cold_room)
    assert [began for _, began, _, _ in known] == [0, 360, 720, 1_080], "until their rhythm is known"

    send(cold_room, [(8 * 1_440 + 100, 3.0)], now=ninth_day)

    assert excursions(cold_room) == known


def test_a_late_reading_in_an_alarm_that_is_long_open_costs_a_few_look_ups(cold_room) -> None:
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(recovery_margin_c=1.0), NIGHT - timedelta(days=1), "test")
    hovering = [(minute, 9.0 if minute < 60 else 3.5) for minute in range(0, 9 * 1_440, 10)]
    ninth_day = NIGHT + timedelta(days=9)
    send(cold_room, [row for row in hovering if row[0] != 8 * 1_440], now=ninth_day)
    asked = 0

    def count(connection, cursor, statement, *rest) -> None:  # type: ignore[no-untyped-def]
        nonlocal asked
        asked += "FROM excursions" in statement

    event.listen(cold_room, "before_cursor_execute", count)
    send(cold_room, [(8 * 1_440, 3.6)], now=ninth_day)

    assert asked < 10, "and not one a reading"
    assert excursions(cold_room) == [("too_warm", 0, None, 9.0)]


@pytest.mark.parametrize("warm", [9.0, 3.5])
def test_what_a_late_reading_in_an_open_alarm_reads_does_not_grow_with_the_alarm(cold_room, warm) -> None:
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(recovery_margin_c=1.0), NIGHT - timedelta(days=1), "test")
    month = [(minute, 9.0 if minute < 60 else warm) for minute in range(0, 30 * 1_440, 10)]
    at_last = NIGHT + timedelta(days=30)
    send(cold_room, month, now=at_last)
    asked = 0

    def count(connection, cursor, statement, *rest) -> None:  # type: ignore[no-untyped-def]
        nonlocal asked
        asked += statement.startswith("SELECT readings.taken_at")

    event.listen(cold_room, "before_cursor_execute", count)
    received = send(cold_room, [(20 * 1_440 + 1, warm), (20 * 1_440 + 2, warm), (20 * 1_440 + 3, 9.5)], now=at_last)

    assert (received.late, received.ended) == (3, [])
    assert asked <= 3, "a few hundred readings each"
    assert excursions(cold_room) == [("too_warm", 0, None, 9.5)]
    send(cold_room, [(30 * 1_440, warm)], now=at_last)
    assert excursions(cold_room) == [("too_warm", 0, None, 9.5)]


def test_a_late_reading_that_ends_a_long_alarm_does_so(cold_room) -> None:
    send(cold_room, [(minute, 9.0) for minute in range(0, 3 * 1_440, 10)], now=NIGHT + timedelta(days=3))

    send(cold_room, [(2_001, 3.0)], now=NIGHT + timedelta(days=3))

    assert excursions(cold_room) == [("too_warm", 0, 2_001, 9.0), ("too_warm", 2_010, None, 9.0)]


@pytest.mark.parametrize(
    ("always", "by_hour", "late", "ends"),
    [({"recovered_for": 300}, {"recovery_margin_c": 0}, 580, 660), ({}, {"back_inside_for": 260}, 340, 360)],
    ids=["a smaller margin", "being inside alone"],
)
def test_late_readings_in_an_alarm_are_judged_by_the_rules_of_their_hour(
    cold_room, always, by_hour, late, ends
) -> None:
    from_two = {"from": "14:00", "until": "15:00", "rules": by_hour}  # from minute 360 on
    said = ONE_STAY.as_dict() | {"recovery_margin_c": 1.0, "schedule": [from_two]} | always
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules.from_dict(said), NIGHT - timedelta(days=1), "test")
    rows = [(minute, 9.0 if minute <= 60 else 3.5 if minute < 420 else 2.5) for minute in range(700)]
    send(cold_room, [row for row in rows[: late + 10] if row[0] != late])

    send(cold_room, [rows[late]])
    send(cold_room, rows[late + 10 :])

    assert excursions(cold_room) == one_by_one(rows, Rules.from_dict(said, "Asia/Shanghai"))
    assert excursions(cold_room) == [("too_warm", 0, ends, 9.0)]


@pytest.mark.parametrize(("last", "ends"), [(420, 400), (300, None)])
def test_a_late_reading_that_puts_off_a_recovery_makes_one_alarm_of_two_stays(cold_room, last, ends) -> None:
    rules = Rules(recovered_for=timedelta(hours=2), outside_at_most=None)
    with writing(cold_room) as session:
        keep_rules(session, "Z1", rules, NIGHT - timedelta(days=1), "test")
    outside = {*range(100), *range(260, 280 if ends else last)}
    rows = [(float(m), 9.0 if m in outside else 3.0) for m in range(0, last, 10)]
    send(cold_room, rows)
    assert excursions(cold_room)[0] == ("too_warm", 0, 220, 9.0)

    send(cold_room, [(171, 9.0)])

    assert excursions(cold_room) == [("too_warm", 0, ends, 9.0)]
    assert excursions(cold_room) == one_by_one([*rows, (171, 9.0)], rules)


def test_an_acknowledged_alarm_that_late_readings_show_to_be_far_worse_is_told_again(cold_room) -> None:
    (alarm_id,) = send(cold_room, [(0, 5.0), (30, 5.0), (60, 5.0), (200, 5.0)]).raised
    with writing(cold_room) as session:
        acknowledge_alarm(session, alarm_id, None, LATER, "Wang")

    send(cold_room, [(100, 15.0), (110, 15.5)])
    send(cold_room, [(210, 5.0)])

    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.acknowledged_at, alarm.worst_c, alarm.times_worse) == (None, 15.5, 1)
    assert [what for what, _ in told(cold_room)].count("alarm.worse") == 1


def test_a_stretch_beyond_the_ceiling_is_outside_where_no_limit_is_kept(cold_room) -> None:
    with writing(cold_room) as session:
        session.execute(delete(LimitRow))
        keep_rules(session, "Z1", Rules(ceiling_c=10.0, outside_at_most=None), NIGHT - timedelta(days=1), "test")
    days = [(minute, 12.0 if minute >= 1_440 else 3.0) for minute in range(0, 9 * 1_440, 10)]
    send(cold_room, [row for row in days if row[0] != 8 * 1_440], now=NIGHT + timedelta(days=9))

    send(cold_room, [(8 * 1_440, 12.5)], now=NIGHT + timedelta(days=9))

    assert excursions(cold_room) == [("too_warm", 1_440, None, 12.5)]


def test_corrected_values_are_told_and_kept_beside_what_came_first(cold_room) -> None:
    send(cold_room, [(m, 3.2) for m in range(0, 60, 10)])

    received = send(cold_room, [(m, 12.0) for m in range(0, 60, 10)])
    again = send(cold_room, [(m, 12.0) for m in range(0, 60, 10)])

    assert (received.accepted, received.duplicates, received.contradictory) == (0, 0, 6)
    assert again == received
    with reading(cold_room) as session:
        kept = session.execute(select(func.min(ReadingRow.temperature_c), func.max(ReadingRow.temperature_c))).one()
        beside = session.execute(
            select(func.min(ContradictingReadingRow.temperature_c), func.count(ContradictingReadingRow.taken_at))
        ).one()
        (one,) = session.scalars(select(OutboxEventRow)).all()
    assert (tuple(kept), tuple(beside)) == ((3.2, 3.2), (12.0, 6))
    assert (one.type, one.payload["readings"], one.payload["kept_c"], one.payload["said_c"]) == (
        "readings.contradict",
        6,
        3.2,
        12.0,
    )


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path: Path = tmp_path_factory.mktemp("late") / "late.sqlite"
    engine = open_database(f"sqlite:///{path}")
    upgrade_schema(engine)
    keep_cold_room(engine)
    with writing(engine) as session:
        keep_rules(session, "Z1", ONE_STAY, NIGHT - timedelta(days=1), "test")
    return engine


TEMPERATURES = st.sampled_from([-2.0, -1.0, 2.0, 3.0, 3.5, 5.0, 7.0, 9.0])


@st.composite
def sent_somehow(draw: st.DrawFn) -> tuple[list[Row], list[list[Row]]]:
    """Readings, and batches in which they come: in any order, and some of them again."""
    times = draw(st.lists(st.integers(0, 90), min_size=1, max_size=30, unique=True))
    rows = [(10.0 * time, draw(TEMPERATURES)) for time in times]
    order = draw(st.permutations([*rows, *draw(st.lists(st.sampled_from(rows), max_size=10))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=6)))
    return rows, [order[start:end] for start, end in pairwise([0, *cuts, len(order)]) if start < end]


def anew(engine: Engine, rules: Rules) -> None:
    with writing(engine) as session:
        for table in (AlarmChangeRow, ExcursionRow, AlarmRow, ReadingRow, SensorStateRow, OutboxEventRow):
            session.execute(delete(table))
        session.execute(update(ZoneRulesRow).values(rules=rules.as_dict()))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(), rules=st.sampled_from([ONE_STAY, Rules(recovery_margin_c=1.0, back_inside_for=timedelta(hours=1))])
)
def test_so_it_is_for_readings_that_come_late_into_a_long_alarm(data, rules: Rules, on_sqlite: Engine) -> None:
    anew(on_sqlite, rules)
    warm = [
        (10.0 * number, data.draw(st.sampled_from([5.0, *[9.0] * 12, 8.0, 3.8])) if number > 9 else 9.0)
        for number in range(60)
    ]
    late = data.draw(st.lists(st.sampled_from(warm[15:-1]), min_size=1, max_size=12, unique=True))
    between = [(minute + 5, data.draw(st.sampled_from([9.0, 9.5, 4.5, 3.5, 2.0]))) for minute, _ in late[:2]]
    send(on_sqlite, [row for row in warm if row not in late])

    for row in [*late, *between]:
        send(on_sqlite, [row])

    assert excursions(on_sqlite) == one_by_one([*warm, *between], rules)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=sent_somehow())
def test_any_order_and_repetition_of_the_same_readings_gives_the_same_excursions(sent, on_sqlite: Engine) -> None:
    rows, batches = sent
    anew(on_sqlite, ONE_STAY)

    for batch in batches:
        send(on_sqlite, batch)

    assert excursions(on_sqlite) == seen_by_eye(rows)
    with reading(on_sqlite) as session:
        going_on = session.scalars(select(AlarmRow.kind).where(AlarmRow.ended_at.is_(None))).all()
    assert going_on == [kind for kind, _, ended, _ in seen_by_eye(rows) if ended is None]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=sent_somehow())
def test_so_it_is_with_time_that_adds_up_and_with_a_recovery_that_lasts(sent, on_sqlite: Engine) -> None:
    rows, batches = sent
    rules = Rules(outside_at_most=timedelta(minutes=40), outside_within=timedelta(hours=2), recovery_margin_c=1.0,
                  recovered_for=timedelta(minutes=20))  # fmt: skip
    anew(on_sqlite, rules)

    for batch in batches:
        send(on_sqlite, batch)

    assert excursions(on_sqlite) == one_by_one(rows, rules)


def one_by_one(rows: Sequence[Row], rules: Rules) -> list[Span]:
    """What the engine makes of the readings in the order of their times."""
    half_an_hour = timedelta(minutes=30)
    limit = Limit("Z1", 0.0, 4.0, half_an_hour, half_an_hour, NIGHT - timedelta(days=1))
    state, found = SensorState("S1"), dict[str, Span]()
    for minute, c in sorted(rows):
        state, events = watch(state, Reading("S1", NIGHT + timedelta(minutes=minute), c), rules, limit)
        for one in events:
            if isinstance(one, AlarmRaised | AlarmEnded):
                ended = minutes(one.ended_at) if isinstance(one, AlarmEnded) else None
                found[one.alarm_key] = (one.kind.value, minutes(one.began_at) or 0.0, ended, one.worst_c)
    if state.excursion is not None and state.excursion.raised_at is not None:
        key = next(reversed(found))
        found[key] = (*found[key][:3], state.excursion.worst_c)
    return list(found.values())
