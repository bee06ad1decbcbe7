"""Who is told of which alarm, when: silences, quiet hours, escalation, reminders."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import AlarmRow
from flows.errors import Invalid, Unknown
from flows.notifying.deliveries import deliver_due
from flows.notifying.reminding import remind
from flows.notifying.routes import Route
from flows.notifying.silences import add_silence, end_silence, silenced_until, silences_now
from flows.settings import Settings
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, NOW, happens, register, told

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def silence(engine: Engine, until: datetime, **place: object) -> str:
    with writing(engine) as session:
        row = add_silence(session, "W1", until, "The evaporator is replaced.", "Li Na", NOW, **place)  # type: ignore[arg-type]
        return row.silence_id


def test_what_is_silenced_is_told_at_the_end_if_it_goes_on_and_not_at_all_if_it_is_over(cold_room, receiver) -> None:
    register(cold_room, receiver.url)
    silence(cold_room, NOW + HOUR)
    happens(cold_room, NOW, ("raised", "A"), ("raised", "B"), ("raised", "C"))
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW + MINUTE, ("ended", "B"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)
    silent = told(receiver)

    deliver_due(cold_room, NOW + HOUR + MINUTE, LOCAL)

    assert silent == []
    assert told(receiver) == [["al_A_raised", "al_C_raised"]], "together, and B was never told"


@pytest.mark.parametrize("types", [None, ["alarm.raised"]])
@pytest.mark.parametrize("meanwhile", ["acknowledged", "worse"])
def test_of_an_alarm_that_is_over_before_anybody_was_called_nothing_is_told(
    cold_room, receiver, types, meanwhile
) -> None:
    register(cold_room, receiver.url, types=types)
    silence(cold_room, NOW + HOUR)
    for minute, what in enumerate(("raised", meanwhile, "ended")):
        happens(cold_room, NOW + minute * MINUTE, (what, "A"))
        deliver_due(cold_room, NOW + minute * MINUTE, LOCAL)

    deliver_due(cold_room, NOW + 2 * HOUR, LOCAL)

    assert told(receiver) == []


def test_a_silence_made_while_a_group_waits_keeps_each_alarm_s_order(cold_room, receiver) -> None:
    register(cold_room, receiver.url)
    happens(cold_room, NOW, *(("raised", f"P{n}") for n in range(3)))
    happens(cold_room, NOW + MINUTE / 60, ("raised", "A"), ("acknowledged", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    silence(cold_room, NOW + HOUR)

    deliver_due(cold_room, NOW + MINUTE, LOCAL)
    silent = told(receiver)[3:]
    deliver_due(cold_room, NOW + HOUR + MINUTE, LOCAL)

    assert silent == []
    assert told(receiver)[3:] == [["al_A_raised", "al_A_acknowledged"]]


def test_an_alarm_told_before_a_silence_is_ended_within_it(cold_room, receiver) -> None:
    register(cold_room, receiver.url)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    silence(cold_room, NOW + HOUR)
    happens(cold_room, NOW + MINUTE, ("ended", "A"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    assert told(receiver) == [["al_A_raised"], ["al_A_ended"]]


def test_a_silence_ended_early_lets_what_goes_on_be_told_unless_another_holds_it(cold_room, receiver) -> None:
    register(cold_room, receiver.url)
    first, second = (
        silence(cold_room, NOW + HOUR),
        silence(cold_room, NOW + 2 * HOUR, sensor_id=None, kinds=["too_warm"]),
    )
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    for silence_id, minute in ((first, 1), (second, 2)):
        with writing(cold_room) as session:
            end_silence(session, silence_id, NOW + minute * MINUTE)
        deliver_due(cold_room, NOW + minute * MINUTE, LOCAL)
        if silence_id == first:
            assert told(receiver) == []

    assert told(receiver) == [["al_A_raised"]]


@pytest.mark.parametrize("place", [{"zone_id": "Z1"}, {"kinds": ["too_warm"]}, {"sensor_id": "S1"}])
def test_a_silence_of_a_place_or_kind_leaves_others_told(cold_room, receiver, place) -> None:
    register(cold_room, receiver.url)
    silence(cold_room, NOW + HOUR, **place)
    happens(cold_room, NOW, ("raised", "S1"))
    deliver_due(cold_room, NOW, LOCAL)
    assert told(receiver) == []

    happens(cold_room, NOW, ("raised", "S2"))
    deliver_due(cold_room, NOW, LOCAL)
    assert told(receiver) == ([["al_S2_raised"]] if "sensor_id" in place else [])


def test_a_silence_is_there_until_its_end_and_needs_one(cold_room) -> None:
    silence_id = silence(cold_room, NOW + HOUR)
    with reading(cold_room) as session:
        assert [one.silence_id for one in silences_now(session, NOW)] == [silence_id]
        assert list(silences_now(session, NOW + HOUR)) == []
    with writing(cold_room) as session:
        for ends_at in (NOW, NOW + timedelta(days=31)):
            with pytest.raises(Invalid, match="30 days"):
                add_silence(session, "W1", ends_at, "x", "Li Na", NOW)
        with pytest.raises(Invalid, match="none of the warehouse"):
            add_silence(session, "W1", NOW + HOUR, "x", "Li Na", NOW, zone_id="Z9")
        with pytest.raises(Unknown):
            end_silence(session, "si_none", NOW)


@pytest.mark.parametrize(("severity", "kinds", "tells"), [
    ("info", None, True), ("critical", None, False), (None, ["too_warm"], True), (None, ["too_cold"], False),
])  # fmt: skip
def test_a_route_names_severities_and_kinds(cold_room, receiver, severity, kinds, tells) -> None:
    register(cold_room, receiver.url, route={"min_severity": severity, "kinds": kinds})
    happens(cold_room, NOW, ("raised", "A"), severity="warning")

    deliver_due(cold_room, NOW, LOCAL)

    assert bool(told(receiver)) is tells


def test_quiet_hours_hold_a_warning_until_the_morning_and_no_critical_alarm(cold_room, receiver) -> None:
    quiet = {"begins": "14:00", "ends": "17:00", "timezone": "Asia/Shanghai"}  # NOW is 16:00 there
    register(cold_room, receiver.url, route={"quiet_hours": quiet})
    happens(cold_room, NOW, ("raised", "A"), severity="warning")
    happens(cold_room, NOW, ("raised", "B"))
    deliver_due(cold_room, NOW, LOCAL)
    at_night = told(receiver)
    deliver_due(cold_room, NOW + HOUR, LOCAL)

    assert (at_night, told(receiver)) == ([["al_B_raised"]], [["al_B_raised"], ["al_A_raised"]])


def test_quiet_hours_over_midnight_end_in_the_morning() -> None:
    hours = Route.of({"quiet_hours": {"begins": "22:00", "ends": "06:00", "timezone": "Asia/Shanghai"}}).quiet_hours
    assert hours is not None
    morning = datetime.fromisoformat("2026-03-02T06:00:00+08:00")
    for at, end in (("2026-03-01T21:59:59", None), ("2026-03-01T22:00:00", morning), ("2026-03-02T05:59:59", morning),
                    ("2026-03-02T06:00:00", None)):  # fmt: skip
        assert hours.end_of(datetime.fromisoformat(f"{at}+08:00")) == end


@pytest.mark.parametrize(("then", "is_called"), [("acknowledged", False), ("ended", False), (None, True)])
@pytest.mark.parametrize("types", [None, ["alarm.raised"]])
def test_the_next_step_of_an_escalation_is_told_only_of_what_nobody_has_acknowledged(
    cold_room, receiver, types, then, is_called
) -> None:
    register(cold_room, receiver.url, route={"after_minutes": 15}, types=types)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    if then is not None:
        happens(cold_room, NOW + MINUTE, (then, "A"))
    deliver_due(cold_room, NOW + 14 * MINUTE, LOCAL)
    before = told(receiver)
    deliver_due(cold_room, NOW + 16 * MINUTE, LOCAL)

    assert before == []
    assert told(receiver) == ([["al_A_raised"]] if is_called else [])


def test_the_next_step_is_not_called_at_the_end_of_a_silence_about_what_was_acknowledged_in_it(
    cold_room, receiver
) -> None:
    register(cold_room, receiver.url, route={"after_minutes": 15})
    silence(cold_room, NOW + HOUR)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW + MINUTE, ("acknowledged", "A"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    deliver_due(cold_room, NOW + 2 * HOUR, LOCAL)

    assert told(receiver) == []


def test_what_becomes_worse_has_its_own_time_to_be_acknowledged_before_the_next_step(cold_room, receiver) -> None:
    register(cold_room, receiver.url, route={"after_minutes": 15})
    for minute, what in enumerate(("raised", "acknowledged", "worse")):
        happens(cold_room, NOW + minute * MINUTE, (what, "A"))
        deliver_due(cold_room, NOW + minute * MINUTE, LOCAL)
    for minute, what in ((2, "raised"), (3, "worse")):
        happens(cold_room, NOW + minute * MINUTE, (what, "B"))
        deliver_due(cold_room, NOW + minute * MINUTE, LOCAL)
    at_first = told(receiver)
    deliver_due(cold_room, NOW + 17.5 * MINUTE, LOCAL)

    assert at_first == []
    assert told(receiver) == [["al_A_worse", "al_B_raised", "al_B_worse"]]


def test_an_alarm_is_told_again_until_somebody_acknowledges_it(cold_room, receiver) -> None:
    register(cold_room, receiver.url, route={"repeat_minutes": 30})
    keep_alarm(cold_room)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)

    assert remind(cold_room, NOW + 29 * MINUTE) == 0
    assert remind(cold_room, NOW + 31 * MINUTE) == 1
    deliver_due(cold_room, NOW + 31 * MINUTE, LOCAL)
    assert remind(cold_room, NOW + 32 * MINUTE) == 0
    with writing(cold_room) as session:
        session.get_one(AlarmRow, "al_A").acknowledged_at = NOW
    assert remind(cold_room, NOW + 3 * HOUR) == 0

    reminder = receiver.payloads()[1]
    assert (reminder["type"], reminder["data"]["worst_c"]) == ("alarm.reminder", 11.0)


def test_reminders_go_to_who_was_told_and_wants_them_and_none_while_one_is_on_its_way(cold_room, receiver) -> None:
    register(cold_room, receiver.url, route={"repeat_minutes": 30})
    other = Receiver()
    register(cold_room, other.url)
    register(cold_room, other.url, route={"repeat_minutes": 30, "kinds": ["too_cold"]})
    keep_alarm(cold_room)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)

    receiver.answer = (500, {}, b"")
    assert remind(cold_room, NOW + 31 * MINUTE) == 1
    deliver_due(cold_room, NOW + 31 * MINUTE, LOCAL)
    assert remind(cold_room, NOW + 62 * MINUTE) == 0
    other.close()

    assert told(other) == [["al_A_raised"]]


def test_a_silence_of_a_sensor_leaves_an_alarm_of_several_told_and_one_to_come_counts_later(cold_room) -> None:
    with writing(cold_room) as session:
        row = add_silence(session, "W1", NOW + 2 * HOUR, "x", "Li Na", NOW, starts_at=NOW + HOUR, sensor_id="S1")
        session.flush()
        assert list(silences_now(session, NOW)) == []
        alarm = {"warehouse_id": "W1", "zone_id": "Z1", "sensor_ids": ["S1"]}
        assert silenced_until([row], alarm) == NOW + 2 * HOUR
        assert silenced_until([row], alarm | {"sensor_ids": ["S1", "S2"]}) is None


def test_a_reminder_that_was_given_up_is_not_the_last_one(cold_room, receiver) -> None:
    """With ids as long as they are: of an alarm 23 characters, of a webhook 19."""
    alarm_id = f"al_{'0' * 20}"
    once = Settings(webhooks_to_private_addresses=True, webhook_retry_seconds=[])
    register(cold_room, receiver.url, route={"repeat_minutes": 30})
    keep_alarm(cold_room, alarm_id)
    happens(cold_room, NOW, ("raised", "0" * 20))
    deliver_due(cold_room, NOW, once)
    receiver.answer = (500, {}, b"")
    for minute in (31, 62):
        assert remind(cold_room, NOW + minute * MINUTE) == 1
        deliver_due(cold_room, NOW + minute * MINUTE, once)
        receiver.answer = (204, {}, b"")

    assert [payload["type"] for payload in receiver.payloads()] == ["alarm.raised", "alarm.reminder", "alarm.reminder"]
    assert len({headers["webhook-id"] for headers, _ in receiver.messages}) == 3


def test_who_is_registered_anew_learns_of_the_alarms_that_go_on(cold_room, receiver) -> None:
    keep_alarm(cold_room)
    happens(cold_room, NOW - HOUR, ("raised", "A"), ("raised", "over"))
    deliver_due(cold_room, NOW, LOCAL)
    register(cold_room, receiver.url)

    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    assert told(receiver) == [["al_A_raised"]]


def test_who_is_registered_anew_as_the_next_step_is_not_called_about_what_was_acknowledged(cold_room, receiver) -> None:
    keep_alarm(cold_room)
    with writing(cold_room) as session:
        session.get_one(AlarmRow, "al_A").acknowledged_at = NOW
    happens(cold_room, NOW - HOUR, ("raised", "A"), ("acknowledged", "A"))
    register(cold_room, receiver.url, route={"after_minutes": 15})

    deliver_due(cold_room, NOW + HOUR, LOCAL)

    assert told(receiver) == []


@pytest.mark.parametrize("route", [
    {"min_severity": "loud"}, {"colour": "red"}, {"repeat_minutes": 0}, {"after_minutes": -1},
    {"quiet_hours": {"begins": "22:00", "ends": "22:00", "timezone": "UTC"}},
    {"quiet_hours": {"begins": "22:00", "ends": "06:00", "timezone": "Mars/Base"}},
])  # fmt: skip
def test_a_route_that_cannot_be_meant_is_refused(route) -> None:
    with pytest.raises(Invalid) as refused:
        Route.of(route)
    assert (refused.value.field or "").startswith("route")


def keep_alarm(engine: Engine, alarm_id: str = "al_A") -> None:
    with writing(engine) as session:
        session.add(
            AlarmRow(
                alarm_id=alarm_id, sensor_id="S1", zone_id="Z1", warehouse_id="W1", kind="too_warm",
                began_at=NOW - HOUR, raised_at=NOW - HOUR, limit_c=4.0, worst_c=11.0,
            )
        )  # fmt: skip
