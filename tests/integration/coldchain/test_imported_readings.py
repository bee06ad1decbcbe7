"""Readings from files: they raise and end what they show, once, in the order of their times, or leave nothing."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import AlarmRow, LimitRow, OutboxEventRow, ReadingRow
from flows.coldchain.readings import imported_readings
from flows.coldchain.readings.imported_readings import ImportedReadings
from flows.coldchain.readings.receiving import ReceivedReadings, receive_readings
from flows.coldchain.sensors.sensors import locked_states
from flows.errors import Invalid
from flows.importing.documented_kinds import HowToImport, import_documented_file
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)
Row = tuple[float, float]  # minute of the night, temperature
Import = Callable[..., ImportedReadings]


@pytest.fixture
def imported(cold_room: Engine, tmp_path: Path) -> Import:
    """`imported(rows, sensor_id, now=...)`: imports a file of readings of a sensor."""

    def imported(
        rows: Iterable[Row],
        sensor_id: str = "S1",
        now: datetime = MORNING,
        skip_bad_rows: bool = False,
        **options: Callable[[int], None],
    ) -> ImportedReadings:
        path = tmp_path / "readings.csv"
        lines = (f"{sensor_id},{(NIGHT + timedelta(minutes=m)).isoformat()},{c}\n" for m, c in rows)
        path.write_text("sensor_id,taken_at,temperature_c\n" + "".join(lines))
        result = import_documented_file(cold_room, "readings", path, HowToImport(skip_bad_rows), now=now, **options)
        assert isinstance(result, ImportedReadings)
        return result

    return imported


def sent(engine: Engine, rows: Iterable[Row], sensor_id: str = "S1", now: datetime = MORNING) -> ReceivedReadings:
    with writing(engine) as session:
        readings = [Reading(sensor_id, NIGHT + timedelta(minutes=m), c) for m, c in rows]
        return receive_readings(session, readings, now)


def alarms(engine: Engine) -> list[tuple[str, float, float | None, float]]:
    """Sensor, minutes of the night at which the alarm was raised and ended, and its worst temperature."""
    with reading(engine) as session:
        return [
            (row.sensor_id, minutes(row.raised_at), row.ended_at and minutes(row.ended_at), row.worst_c)
            for row in session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at))
        ]


def minutes(moment: datetime) -> float:
    return (moment - NIGHT) / timedelta(minutes=1)


def count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


AN_OUTAGE = [(minute, 9.0) for minute in range(0, 85, 5)]


def test_a_file_raises_what_it_shows_and_the_same_readings_sent_afterwards_change_nothing(cold_room, imported) -> None:
    sent(cold_room, [(-10, 3.0)])

    by_file = imported(AN_OUTAGE)
    by_gateway = sent(cold_room, AN_OUTAGE)

    assert (len(by_file.raised), by_file.ended, by_file.late) == (1, (), 0)
    assert alarms(cold_room) == [("S1", 30, None, 9.0)]
    assert by_gateway == ReceivedReadings(accepted=0, duplicates=17)
    assert sent(cold_room, [(85, 3.0)]).ended == list(by_file.raised)


def test_a_file_goes_on_where_what_was_sent_had_stopped(cold_room, imported) -> None:
    sent(cold_room, [(0, 6.0), (10, 6.0)])

    assert len(imported([(20, 7.0), (30, 6.5)]).raised) == 1
    assert len(imported([(40, 8.0), (50, 3.0)]).ended) == 1

    assert alarms(cold_room) == [("S1", 30, 50, 8.0)]


def test_the_order_of_rows_in_the_file_does_not_matter(cold_room, imported) -> None:
    imported(reversed([*AN_OUTAGE, (85, 3.0)]))

    assert alarms(cold_room) == [("S1", 30, 85, 9.0)]


def test_the_same_file_again_raises_and_tells_nothing_new(cold_room, imported) -> None:
    imported([*AN_OUTAGE, (85, 3.0)])
    told = count(cold_room, OutboxEventRow)

    again = imported([*AN_OUTAGE, (85, 3.0)])

    assert (again.raised, again.ended, again.late) == ((), (), 0)
    assert (told, count(cold_room, OutboxEventRow), count(cold_room, ReadingRow)) == (2, 2, 18)


def test_what_a_file_raises_and_ends_is_told_with_the_times_at_which_it_happened(cold_room, imported) -> None:
    imported([*AN_OUTAGE, (85, 3.0)])

    with reading(cold_room) as session:
        events = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at)).all()
    assert [(event.type, minutes(event.happened_at), event.payload["ended_at"]) for event in events] == [
        ("alarm.raised", 30, None),
        ("alarm.ended", 85, "2026-03-01T01:25:00Z"),
    ]


def test_each_reading_of_a_file_counts_in_the_limit_in_force_when_it_was_taken(cold_room, imported) -> None:
    with writing(cold_room) as session:
        session.execute(update(LimitRow).values(high_delay_minutes=60, low_delay_minutes=10, recovery_margin_c=0.5))
        later = {"low_c": 0.0, "high_c": 12.0, "low_delay_minutes": 10, "high_delay_minutes": 60}
        session.add(LimitRow(zone_id="Z1", valid_from=NIGHT + timedelta(minutes=75), **later))

    imported([(minute, 9.0) for minute in range(0, 90, 5)])
    imported([(minute, -1.0) for minute in range(0, 20, 5)], sensor_id="S2")

    assert alarms(cold_room) == [("S2", 10, None, -1.0), ("S1", 60, 75, 9.0)]


def test_readings_older_than_what_was_heard_last_are_counted_and_tell_of_what_is_past(cold_room, imported) -> None:
    sent(cold_room, [(45, 3.0), (90, 3.0)])

    result = imported([*AN_OUTAGE, (95, 3.0)])

    # the sensor had said 3 C at minute 45, and the file says 9 C then
    assert (result.rows, result.late, result.contradictory) == (18, 16, 1)
    assert alarms(cold_room) == [("S1", 30, 45, 9.0), ("S1", 80, 90, 9.0)]
    told = " ".join(result.notes)
    assert "16 readings came after newer ones" in told
    assert "1 reading says another temperature" in told


def test_what_was_kept_but_never_judged_is_judged_with_the_next_file(cold_room, imported) -> None:
    with writing(cold_room) as session:
        kept = [NIGHT + timedelta(minutes=m) for m in (0, 10, 20)]
        session.add_all(ReadingRow(sensor_id="S1", taken_at=at, temperature_c=9.0, known_at=at) for at in kept)

    imported([(30, 9.0)])

    assert alarms(cold_room) == [("S1", 30, None, 9.0)]


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ((8 * 60 + 61, 3.0), "taken_at", "future"),
        ((30, 401.0), "temperature_c", "-400 to 400"),
        ((30, -500.0), "temperature_c", "-400 to 400"),
    ],
)
def test_what_is_refused_of_readings_that_are_sent_is_refused_of_a_file_and_it_leaves_nothing(
    cold_room, imported, row: Row, field: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        sent(cold_room, [row])
    assert refused.value.field == f"readings[0].{field}"

    with pytest.raises(BadFile, match=rf"line 19.*{field}.*{words}"):
        imported([*AN_OUTAGE, row])

    assert [count(cold_room, table) for table in (ReadingRow, AlarmRow, OutboxEventRow)] == [0, 0, 0]


def test_a_clock_two_minutes_ahead_is_let_pass_in_a_file_too(imported) -> None:
    assert imported([(2, 3.0)], now=NIGHT).rows == 1


def test_good_rows_raise_what_they_show_where_bad_and_contradictory_ones_are_left_out(cold_room, imported) -> None:
    result = imported([(0, 9.0), (10, 850.0), (15, 9.0), (15, 3.0), (30, 9.0)], skip_bad_rows=True)

    assert (result.rows, result.bad_rows, len(result.raised)) == (3, 2, 1)
    assert alarms(cold_room) == [("S1", 30, None, 9.0)]


def test_a_reading_that_is_sent_while_a_file_is_checked_does_not_wait(cold_room, imported) -> None:
    with ThreadPoolExecutor(1) as pool:
        meanwhile: list[Future[ReceivedReadings]] = []

        def send(rows: int) -> None:
            meanwhile.append(pool.submit(sent, cold_room, [(0, 3.0)]))
            assert wait(meanwhile, timeout=5).done

        by_file = imported(AN_OUTAGE[1:], progress=send)

    assert meanwhile[0].result().accepted == 1
    assert (len(by_file.raised), by_file.late) == (1, 0)


def test_a_reading_that_is_sent_while_a_file_is_kept_waits_and_makes_none_of_it_late(
    cold_room, imported, monkeypatch
) -> None:
    with ThreadPoolExecutor(1) as pool:
        meanwhile: list[Future[ReceivedReadings]] = []

        def locked_then_sent(*given: object) -> object:
            states = locked_states(*given)
            if not meanwhile:
                meanwhile.append(pool.submit(sent, cold_room, [(100, 3.0)]))
                wait(meanwhile, timeout=0.5)
            return states

        monkeypatch.setattr(imported_readings, "locked_states", locked_then_sent)
        by_file = imported(AN_OUTAGE)

    assert (len(by_file.raised), by_file.late) == (1, 0)
    assert meanwhile[0].result().ended == list(by_file.raised)


def test_limits_of_a_file_have_the_delay_of_each_side_and_a_recovery_margin(cold_room, tmp_path) -> None:
    path = tmp_path / "limits.csv"
    header = "zone_id,valid_from,low_c,high_c,low_delay_minutes,high_delay_minutes"
    path.write_text(f"{header},recovery_margin_c\nZ1,2026-01-01T00:00:00Z,1,5,10,60,0.5\n")
    import_file(cold_room, "limits", path, now=MORNING)
    path.write_text(f"{header}\nZ1,2026-01-01T00:00:00Z,1,6,10,60\nZ1,2026-02-01T00:00:00Z,1,6,10,60\n")
    import_file(cold_room, "limits", path, now=MORNING)

    with reading(cold_room) as session:
        _, first, second = session.scalars(select(LimitRow).order_by(LimitRow.valid_from))
        assert (first.low_delay_minutes, first.high_delay_minutes) == (10, 60)
        assert (first.high_c, first.recovery_margin_c) == (6, 0.5), "a column that the file lacks changes nothing"
        assert second.recovery_margin_c == 0
