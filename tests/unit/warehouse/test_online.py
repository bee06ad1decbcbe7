"""Whether a device is there by its own word, and what of that is an alarm "nothing heard"."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, RaisedBecause, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.online import OnlineState, gone_since, together
from warehouse.coldchain.payloads.mappings import BadMapping, PayloadMapping
from warehouse.coldchain.payloads.mappings_as_json import mapping_as_json, mapping_from_json
from warehouse.coldchain.payloads.status import bare_word, device_of_status, told_in_status, topics_of_devices
from warehouse.coldchain.payloads.told import NotAReading, Told
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import Tick, watch

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
DAIRY = Limit("dairy", 0.0, 5.0, timedelta(minutes=30), timedelta(minutes=30), NOON - timedelta(days=9))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def words(*said: tuple[float, bool]) -> OnlineState | None:
    """What is known after a device said at these minutes whether it is online."""
    state = None
    for minute, online in said:
        state = OnlineState.said(online, at(minute), state, LATER)
    return state


@given(st.lists(st.booleans(), min_size=1))
def test_a_word_counts_since_it_was_first_said_in_a_row(said: list[bool]) -> None:
    first = max((n for n in range(len(said)) if n == 0 or said[n - 1] is not said[n]), default=0)
    assert words(*enumerate(said)) == OnlineState(said[-1], at(first), at(len(said) - 1))


def test_a_word_that_waited_counts_no_more_once_a_later_one_was_heard() -> None:
    known = words((0, True), (10, True))
    assert OnlineState.said(False, at(5), known, LATER) == known
    assert OnlineState.said(False, at(11), known, LATER) == OnlineState(False, at(11), at(11))


def test_a_clock_that_was_ahead_and_is_set_right_hides_no_word() -> None:
    ahead = words((600, True))
    assert OnlineState.said(False, at(5), ahead, now=at(5)) == OnlineState(False, at(5), at(5))


def test_a_sensor_is_offline_if_it_or_its_gateway_is_and_not_heard_since() -> None:
    online, gone, gateway_gone = (OnlineState(*said) for said in ((True, at(9), at(9)), (False, at(5), at(5)),
                                                                 (False, at(3), at(3))))  # fmt: skip
    assert together([]) is None
    assert together([online, gone]) == gone
    assert together([gone, gateway_gone]) == gateway_gone
    assert together([OnlineState(True, at(1), at(1)), online]) == online

    assert gone_since([online, gone], None) == at(5)
    assert gone_since([gone, gateway_gone], at(4)) == at(5)
    assert gone_since([gone], at(5)) == at(5)
    assert gone_since([gone, gateway_gone], at(6)) is None, "a reading is better word than a will"
    assert gone_since([online], None) is None


def test_a_sensor_that_is_offline_for_longer_than_a_reconnect_is_told_once_and_ends_with_its_reading() -> None:
    state, _ = watch(SensorState("S1"), Reading("S1", NOON, 4.0), Rules(), DAIRY)
    assert watch(state, Tick(at(4), at(1)), Rules(), DAIRY) == (state, ()), "three minutes"

    silent, (raised,) = watch(state, Tick(at(4.5), at(1)), Rules(), DAIRY)
    assert isinstance(raised, AlarmRaised)
    assert (raised.kind, raised.began_at, raised.raised_at) == ("silent", NOON, at(4.5))
    assert (raised.raised_because, raised.temperature_c) == (RaisedBecause.OFFLINE, 4.0)
    assert silent.excursion is None
    assert watch(silent, Tick(at(60), at(1)), Rules(), DAIRY) == (silent, ())
    assert watch(silent, Tick(at(60)), Rules(), DAIRY) == (silent, ()), "online again: nobody knows how warm it is"

    _, (ended,) = watch(silent, Reading("S1", at(61), 4.1), Rules(), DAIRY)
    assert isinstance(ended, AlarmEnded)
    assert (ended.alarm_key, ended.ended_at) == (raised.alarm_key, at(61))


def test_silence_is_told_as_before_where_no_last_will_says_more() -> None:
    state, _ = watch(SensorState("S1"), Reading("S1", NOON, 4.0), Rules(), DAIRY)
    _, (raised,) = watch(state, Tick(at(16)), Rules(), DAIRY)
    assert isinstance(raised, AlarmRaised)
    assert raised.raised_because is None

    deaf = Rules(offline_after=None)
    assert watch(state, Tick(at(14), at(1)), deaf, DAIRY) == (state, ())
    _, (raised,) = watch(state, Tick(at(16), at(1)), deaf, DAIRY)
    assert isinstance(raised, AlarmRaised)
    assert raised.raised_because is None
    assert watch(SensorState("S2"), Tick(at(99), at(1)), Rules(), DAIRY) == (SensorState("S2"), ()), "never heard"


@pytest.mark.parametrize(
    ("found", "online"),
    [
        ("online", True), ("Online", True), (True, True), (1, True), ({"state": "online"}, True), ("connected", True),
        ("offline", False), ("OFFLINE", False), (False, False), (0, False), ({"state": "lost"}, False),
    ],
)  # fmt: skip
def test_what_devices_say_of_themselves_is_understood(found: Any, online: bool) -> None:
    assert told_in_status(found, NOON) == [Told(NOON, {}, online=online)]


@pytest.mark.parametrize("found", ["asleep", 3.5, None, {}, {"state": ["online"]}, ["online"]])
def test_another_word_is_no_status(found: Any) -> None:
    with pytest.raises(NotAReading):
        told_in_status(found, NOON)


def test_our_status_topics_are_those_of_readings_and_status() -> None:
    assert topics_of_devices("freshfront/readings/+") == ["freshfront/readings/+", "freshfront/readings/+/status"]
    assert topics_of_devices("freshfront/#") == ["freshfront/#"]
    assert device_of_status("freshfront/readings/S1/status") == "S1"
    assert device_of_status("freshfront/readings/S1") is None
    assert device_of_status("S1/status") is None
    assert device_of_status("freshfront//status") is None
    assert bare_word(b" Online\n") == "Online"
    assert bare_word(b'"online"') is bare_word(b"3") is bare_word(b"x" * 30) is None


def test_a_mapping_says_where_a_device_says_that_it_is_online() -> None:
    said = {"name": "zigbee", "topic": "zigbee2mqtt/{sensor_id}/availability", "online_path": "state"}
    mapping = mapping_from_json(said)
    assert mapping_from_json(mapping_as_json(mapping)) == mapping
    assert mapping.told({"state": "offline"}, NOON) == [Told(NOON, {}, online=False)]
    with pytest.raises(NotAReading, match="nothing stands at state"):
        mapping.told({"states": "offline"}, NOON)
    with pytest.raises(NotAReading, match="'asleep' is neither online nor offline"):
        mapping.told({"state": "asleep"}, NOON)
    assert PayloadMapping("word", "tele/{sensor_id}/LWT", {}, online_path="$").told("Offline", NOON)[0].online is False


def test_a_mapping_that_tells_nothing_is_refused() -> None:
    with pytest.raises(BadMapping, match="values: names no quantity"):
        mapping_from_json({"name": "n", "topic": "t"})
    with pytest.raises(BadMapping, match="online_path"):
        mapping_from_json({"name": "n", "topic": "t", "online_path": "a..b"})
