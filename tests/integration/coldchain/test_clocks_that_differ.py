"""A simulated cold store with clocks that are wrong: alarms come when they are due all the same, clocks are told."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.tables import (
    AlarmRow,
    Band,
    ClockDifferenceRow,
    LimitRow,
    OutboxEventRow,
    QuarantinedMessageRow,
    ReadingRow,
    SensorRow,
    ZoneRow,
)
from flows.coldchain.alarms.zones_now import zones_now
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.coldchain.readings.accepting import NothingAcceptable
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.sensors.clocks_that_differ import active_clock_differences, tell_of_clocks
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
SENSORS = [f"S{number}" for number in range(1, 7)]
STEP = 5  # minutes between two readings of a sensor
WARM = {"S1": [(40, 100), (190, 260)], "S2": [(110, 150)], "S3": [(20, 80), (130, 170), (200, 260)], "S4": [(150, 210)]}
LENGTH = 300
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Clock = Callable[[int], timedelta]  # by how much a clock is ahead at a minute of the night


def right(minute: int) -> timedelta:
    return timedelta(0)


def wrong(by: timedelta, first: int = 0, end: int = LENGTH + 1) -> Clock:
    return lambda minute: by if first <= minute < end else timedelta(0)


class ColdStore:
    """Plays the night, each sensor in a zone of its own; `raised` and `ended` are the minutes at which alarms did so,
    by sensor."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with writing(engine) as session:
            zones = {f"Z{number}": name for number, name in enumerate(SENSORS[1:], start=2)}
            shape = {"band": Band.CHILLED, "x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
            session.add_all(ZoneRow(zone_id=zone, warehouse_id="W1", name=zone, **shape) for zone in zones)
            session.flush()
            delays = {"low_delay_minutes": 30, "high_delay_minutes": 30}
            since = NIGHT - timedelta(days=3_000)
            session.add_all(LimitRow(zone_id=zone, valid_from=since, low_c=0.0, high_c=4.0, **delays) for zone in zones)
            session.execute(update(SensorRow).where(SensorRow.sensor_id == "S2").values(zone_id="Z2"))
            session.add_all(
                SensorRow(sensor_id=name, zone_id=zone, name=name) for zone, name in zones.items() if name != "S2"
            )

    def play(self, server: Clock = right, together: bool = True, **sensors: Clock) -> None:
        raised, ended = dict[str, int](), dict[str, int]()
        for minute in range(0, LENGTH + 1, STEP):
            moment = NIGHT + timedelta(minutes=minute)
            now = moment + server(minute)
            messages = [self._message(name, minute, moment + sensors.get(name, right)(minute)) for name in SENSORS]
            for some in [messages] if together else [[message] for message in messages]:
                with writing(self.engine) as session:
                    received = receive_messages(session, some, now).readings
                raised |= dict.fromkeys(received.raised, minute)
                ended |= dict.fromkeys(received.ended, minute)
            if minute % 10 == 5:
                tell_of_clocks(self.engine, now)
        self.raised, self.ended = self._by_sensor(raised), self._by_sensor(ended)

    def _message(self, name: str, minute: int, taken_at: datetime) -> SensorMessage:
        warm = any(first <= minute < end for first, end in WARM.get(name, ()))
        payload = f'{{"taken_at": "{taken_at.isoformat()}", "temperature_c": {7 if warm else 3}}}'
        return SensorMessage(f"freshfront/readings/{name}", payload.encode())

    def _by_sensor(self, minutes: dict[str, int]) -> dict[str, list[int]]:
        found = defaultdict[str, list[int]](list)
        with reading(self.engine) as session:
            for alarm_id, minute in minutes.items():
                found[session.get_one(AlarmRow, alarm_id).sensor_id].append(minute)
        return dict(found)

    def count(self, table: type) -> int:
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def told(self) -> list[tuple[str, str, str | None, int]]:
        """Type of event, whose clock, of which sensor, by how many minutes."""
        with reading(self.engine) as session:
            events = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type.startswith("clocks.")))
            return [
                (one.type, one.payload["whose"], one.payload["sensor_id"], round(one.payload["ahead_seconds"] / 60))
                for one in sorted(events, key=lambda one: (one.happened_at, one.event_id))
            ]


DUE = {name: [first + 30 for first, _ in spans] for name, spans in WARM.items()}
OVER = {name: [end for _, end in spans] for name, spans in WARM.items()}


@pytest.fixture
def cold_store(cold_room: Engine) -> ColdStore:
    return ColdStore(cold_room)


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (right, []),
        (wrong(-timedelta(minutes=5)), [("clocks.differ", "server", None, 5)]),
        (
            wrong(-timedelta(minutes=5), 90, 200),
            [("clocks.differ", "server", None, 5), ("clocks.agree", "server", None, 5)],
        ),
        (wrong(-timedelta(days=1), 90), [("clocks.differ", "server", None, 1440)]),
        (wrong(timedelta(minutes=50)), []),  # ahead of the sensors: their readings seem to come late, and count
    ],
)
@on_sqlite
def test_a_wrong_clock_of_the_server_changes_no_alarm(cold_store, server: Clock, told: list[Any]) -> None:
    cold_store.play(server)

    assert (cold_store.raised, cold_store.ended) == (DUE, OVER)
    assert cold_store.count(ReadingRow) == len(SENSORS) * (LENGTH // STEP + 1)
    assert cold_store.count(QuarantinedMessageRow) == 0
    assert cold_store.told() == told


def test_a_sensor_a_year_ahead_is_told_and_its_later_right_readings_count(cold_store) -> None:
    cold_store.play(S3=wrong(timedelta(days=365), 120, 180))

    unheard = {"S3": [50, 230]}  # what it said in that hour is in the quarantine
    assert cold_store.raised == DUE | unheard
    assert cold_store.ended == OVER | {"S3": [80, 260]}
    assert cold_store.count(QuarantinedMessageRow) == 60 // STEP
    assert cold_store.told() == [("clocks.differ", "sensor", "S3", 525_600), ("clocks.agree", "sensor", "S3", 525_600)]


@on_sqlite
def test_a_sensor_that_is_minutes_ahead_raises_its_alarms_and_goes_on_when_its_clock_is_set_right(cold_store) -> None:
    cold_store.play(S3=wrong(timedelta(minutes=40), 120, 180), S4=wrong(timedelta(minutes=40), 120, 170))

    assert cold_store.raised == DUE | {"S4": [185]}, "the time between the two readings at the change is not counted"
    assert cold_store.ended == OVER
    assert cold_store.count(QuarantinedMessageRow) == 0


@on_sqlite
def test_a_gateway_with_most_sensors_hours_ahead_is_believed_and_comes_back(cold_store) -> None:
    ahead = wrong(timedelta(hours=5), 120, 180)

    cold_store.play(together=False, S1=ahead, S2=ahead, S3=ahead, S4=ahead, S5=ahead)

    # the delay that was running in S2 is over with the jump, as it would be after hours without a reading
    assert cold_store.raised == DUE | {"S2": [125], "S4": [185]}
    assert cold_store.ended == OVER
    assert cold_store.count(QuarantinedMessageRow) < len(SENSORS), "until there are enough to be believed"


@on_sqlite
def test_a_new_installation_whose_server_is_years_behind_believes_its_sensors(cold_store) -> None:
    cold_store.play(wrong(-timedelta(days=2_000)))

    assert cold_store.raised == DUE
    assert cold_store.count(QuarantinedMessageRow) == 0
    assert cold_store.told() == [("clocks.differ", "server", None, 2_880_000)]


def test_what_a_sensor_says_at_a_time_that_it_had_named_before_takes_its_place(cold_room) -> None:
    def said(taken_at: int, temperature_c: float, at: int) -> tuple[int, int, int]:
        with writing(cold_room) as session:
            reading = Reading("S1", NIGHT + timedelta(minutes=taken_at), temperature_c)
            received = receive_readings(session, [reading], NIGHT + timedelta(minutes=at))
            return received.accepted, received.duplicates, received.contradictory

    assert said(40, 3.0, at=0) == (1, 0, 0)  # its clock is 40 minutes ahead
    assert said(40, 3.0, at=5) == (0, 1, 0), "sent again"
    assert said(40, 7.0, at=40) == (1, 0, 0), "its clock is right now"
    assert said(40, 9.0, at=41) == (0, 0, 1), "what was right stays"
    with reading(cold_room) as session:
        assert session.scalars(select(ReadingRow.temperature_c)).all() == [7.0]


def test_a_zone_shows_what_was_said_last_and_not_the_latest_time_that_was_ever_named(cold_room) -> None:
    for taken_at, temperature_c, at in ((40, 3.0, 0), (5, 6.0, 5)):  # 40 minutes ahead, then set right
        with writing(cold_room) as session:
            said = Reading("S1", NIGHT + timedelta(minutes=taken_at), temperature_c)
            receive_readings(session, [said], NIGHT + timedelta(minutes=at))

    with reading(cold_room) as session:
        (zone,) = zones_now(session, None, NIGHT + timedelta(minutes=6), timedelta(minutes=15))
        assert zone.last_heard is not None
        heard = zone.last_heard.heard
    assert (heard.taken_at, heard.temperature_c) == (NIGHT + timedelta(minutes=5), 6.0)


@on_sqlite
def test_sensors_that_were_believed_hours_ahead_come_back_one_by_one(cold_room) -> None:
    ColdStore(cold_room)

    def say(minute: int, ahead: int, *names: str) -> None:
        with writing(cold_room) as session:
            now = NIGHT + timedelta(minutes=minute)
            receive_readings(session, [Reading(name, now + timedelta(minutes=ahead), 3.0) for name in names], now)

    say(0, 300, "S1", "S2", "S3")
    for minute, name in ((1, "S1"), (1, "S2"), (1, "S3"), (2, "S1")):
        say(minute, 0, name)

    with reading(cold_room) as session:
        zones = zones_now(session, None, NIGHT + timedelta(minutes=2), timedelta(minutes=15))
        sensors = [one for zone in zones for one in zone.sensors]
        heard = {one.sensor.sensor_id: one.heard.taken_at for one in sensors if one.heard.taken_at}
    assert heard == {name: NIGHT + timedelta(minutes=minute) for name, minute in (("S1", 2), ("S2", 1), ("S3", 1))}


@on_sqlite
def test_while_the_server_s_clock_is_behind_a_late_reading_is_late_though_its_time_is_the_server_s(cold_room) -> None:
    ColdStore(cold_room)
    raised, ended = list[str](), list[str]()
    for minute in range(0, 45, 5):  # by the sensors; the server is five minutes behind
        with writing(cold_room) as session:
            said = [Reading(name, NIGHT + timedelta(minutes=minute), 7.0 if name == "S1" else 3.0) for name in SENSORS]
            raised += receive_readings(session, said, NIGHT + timedelta(minutes=minute - 5)).raised
    with writing(cold_room) as session:
        late = Reading("S1", NIGHT + timedelta(minutes=36), 3.0)
        ended = receive_readings(session, [late], NIGHT + timedelta(minutes=36)).ended

    assert (len(raised), ended) == (1, [])


def test_a_reading_hours_ahead_that_is_refused_leaves_word_of_its_clock_only_where_it_is_noted(cold_room) -> None:
    with pytest.raises(NothingAcceptable, match="lies in the future"), writing(cold_room) as session:
        receive_readings(session, [Reading("S1", NIGHT + timedelta(hours=2), 3.0)], NIGHT)

    tell_of_clocks(cold_room, NIGHT)
    with reading(cold_room) as session:
        assert active_clock_differences(session) == []
        assert session.scalar(select(func.count()).select_from(ClockDifferenceRow)) == 0
