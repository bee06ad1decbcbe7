"""What payloads of devices say: our own form, SenML (RFC 8428) and others by a mapping."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from warehouse.coldchain.payloads.mappings import BadMapping, PayloadMapping
from warehouse.coldchain.payloads.mappings_as_json import mapping_as_json, mapping_from_json
from warehouse.coldchain.payloads.our_form import told_in_our_form
from warehouse.coldchain.payloads.paths import found_at
from warehouse.coldchain.payloads.senml import is_senml, told_in_senml
from warehouse.coldchain.payloads.told import NotAReading, Told
from warehouse.coldchain.quantities import Measurement, Quantity, in_our_unit, why_no_measurement

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
EARLIER = datetime(2026, 5, 4, 9, 28, 20, tzinfo=UTC)
T, H, B, DOOR, POWER = (
    *(Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.BATTERY),
    *(Quantity.DOOR, Quantity.POWER),
)


def ours(found: Any) -> list[Told]:
    return list(told_in_our_form(found, NOW))


def senml(*records: Any) -> list[Told]:
    assert is_senml(list(records))
    return list(told_in_senml(records, NOW))


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ({}, NOW),
        ({"taken_at": "2026-05-04T17:28:20+08:00"}, EARLIER),
        ({"time": 1777886900}, EARLIER),
        ({"timestamp": 1777886900000}, EARLIER),
        ({"timestamp": "1777886900"}, EARLIER),
        ({"time": 1777886900.5}, EARLIER + timedelta(seconds=0.5)),
    ],
)
def test_a_time_is_iso_or_since_1970_and_without_one_the_arrival(time: dict[str, Any], moment: datetime) -> None:
    assert ours({"temperature": 2.5, **time}) == [Told(moment, {T: 2.5})]


def test_all_that_is_known_of_a_reading_is_kept_and_the_rest_passed_over() -> None:
    found = {"temperature": 2.5, "humidity": 81, "battery": 64, "door": "open", "power": False, "linkquality": 120}
    assert ours([found]) == [Told(NOW, {T: 2.5, H: 81, B: 64, DOOR: 1, POWER: 0})]


def test_our_own_name_of_the_temperature_goes_before_the_common_one() -> None:
    assert ours({"temperature": 36.5, "temperature_c": 2.5})[0].values == {T: 2.5}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"time": "2026-05-04T09:28:20", "temperature": 2}, "no time zone; a mapping can say"),
        ({"time": None, "temperature": 2}, "time is neither"),
        ({"time": -5, "temperature": 2}, "time is neither"),
        ({"temperature": "cold"}, "temperature is not a number: 'cold'"),
        ({"temperature": True}, "temperature is not a number"),
        ({"humidity": [1]}, "humidity is not a number"),
        ({"linkquality": 120}, "a mapping can tell where they stand"),
    ],
)
def test_what_is_wrong_with_a_payload_is_named(found: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAReading, match=why):
        ours(found)


def test_base_fields_hold_for_the_records_that_follow() -> None:
    told = senml(
        {"bn": "urn:dev:mac:7/", "bt": 1777886800, "bu": "Cel", "n": "temperature", "v": 2.5},
        {"n": "temperature", "t": 100, "v": 3},
        {"n": "humidity", "u": "%RH", "t": 100, "v": 81},
    )
    assert told == [
        Told(EARLIER - timedelta(seconds=100), {T: 2.5}, "urn:dev:mac:7"),
        Told(EARLIER, {T: 3.0, H: 81.0}, "urn:dev:mac:7"),
    ]


def test_a_base_value_is_added_to_each_value() -> None:
    assert senml({"bn": "d/", "bv": 20, "n": "temperature", "u": "Cel", "v": 1.5})[0].values == {T: 21.5}


@pytest.mark.parametrize(("time", "ago"), [({}, 0), ({"t": -100}, 100), ({"bt": -50, "t": -50}, 100)])
def test_senml_times_below_2_to_the_28_are_relative_to_the_arrival(time: dict[str, float], ago: int) -> None:
    assert senml({"n": "temperature", "u": "Cel", "v": 2.5, **time})[0].taken_at == NOW - timedelta(seconds=ago)


@pytest.mark.parametrize(("unit", "value"), [("Cel", 2.5), ("K", 275.65), ("F", 36.5), ("degF", 36.5)])
def test_temperatures_come_in_celsius_kelvin_and_fahrenheit(unit: str, value: float) -> None:
    assert senml({"n": "temperature", "u": unit, "v": value})[0].values == {T: 2.5}


@pytest.mark.parametrize(
    ("record", "device", "values"),
    [
        ({"n": "urn:dev:ow:10e2", "u": "Cel", "v": 2.5}, "urn:dev:ow:10e2", {T: 2.5}),
        ({"bn": "fridge-4:", "n": "probe", "u": "K", "v": 275.65}, "fridge-4", {T: 2.5}),
        ({"n": "temperature", "u": "Cel", "v": 2.5}, None, {T: 2.5}),
        ({"bn": "d/", "n": "door", "vb": True}, "d", {DOOR: 1}),
        ({"bn": "d/", "n": "battery", "u": "/", "v": 0.64}, "d", {B: 64}),
    ],
)
def test_a_records_name_or_unit_tells_quantity_and_device(
    record: dict[str, Any], device: str | None, values: dict[Quantity, float]
) -> None:
    assert senml(record) == [Told(NOW, values, device)]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([{"bn": "d/", "bver": 11, "n": "temperature", "v": 1}], "up to version 10"),
        ([{"bn": "d/", "must_": 1, "n": "temperature", "v": 1}], "has to be understood"),
        ([{"bn": "d/", "n": "temperature", "vs": "cold"}], "is not a number: 'cold'"),
        ([{"bn": "d/", "n": "temperature", "u": "lm", "v": 1}], "temperature in 'lm'"),
        ([{"bn": "d/", "n": "light", "u": "lm", "v": 1}], "no record of the SenML tells"),
        ([{"bn": "d/", "n": "temperature", "t": "now", "v": 1}], "t of record 0 is not a number"),
        ([{"bn": "d/"}, 5], "record 1 is an object"),
    ],
)
def test_senml_that_cannot_be_understood_says_why(records: list[Any], why: str) -> None:
    with pytest.raises(NotAReading, match=why):
        senml(*records)


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", 1), ("$.a.b", 1), ('["x.y"][1]', 3), ("a[0]", None), ("l[1].t", 2), ("l[2].t", None), ("l.t", None)],
)
def test_a_path_leads_to_what_stands_there_or_to_nothing(path: str, found: int | None) -> None:
    payload = {"a": {"b": 1}, "l": [{"t": 0}, {"t": 2}], "x.y": [0, 3]}
    assert found_at(path, payload) == found


def mapping(**said: Any) -> PayloadMapping:
    return mapping_from_json({"name": "m", "topic": "lora/{sensor_id}/up", "values": {"temperature": "data.t"}, **said})


def test_a_mapping_tells_where_values_units_and_the_time_stand() -> None:
    one = mapping(
        values={"temperature": {"path": "probes[1].t", "unit_path": "unit"}, "humidity": "data.rh"},
        time_path='["at.utc"]',
    )
    found = {"probes": [{"t": 99}, {"t": 36.5}], "unit": "F", "data": {"rh": 81}, "at.utc": "2026-05-04T09:28:20Z"}
    assert list(one.told(found, NOW)) == [Told(EARLIER, {T: 2.5, H: 81})]


def test_a_time_without_an_offset_is_told_in_the_mappings_zone() -> None:
    one = mapping(time_path="Time", timezone="Asia/Shanghai")
    (told,) = one.told({"data": {"t": 2.5}, "Time": "2026-05-04T17:28:20"}, NOW)
    assert told.taken_at == EARLIER
    assert told.taken_at == datetime(2026, 5, 4, 17, 28, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_mapping_without_a_time_takes_the_arrival_and_scales_tenths() -> None:
    one = mapping(values={"temperature": {"path": "data.t", "scale": 0.1}})
    assert list(one.told([{"data": {"t": 25}}], NOW)) == [Told(NOW, {T: 2.5})]


def test_a_sensor_is_named_by_topic_or_payload() -> None:
    assert mapping().sensor_in("lora/S1/up") == "S1"
    assert mapping(topic="x/#").sensor_in("x/y/S1") == "S1"
    (told,) = mapping(sensor_path="id").told({"id": 17, "data": {"t": 1}}, NOW)
    assert told.device == "17"


@pytest.mark.parametrize(
    ("topic", "given", "matches"),
    [
        ("lora/{sensor_id}/up", "lora/S1/up", True),
        ("lora/{sensor_id}/up", "lora/S1/down", False),
        ("lora/+/up", "lora/S1/x/up", False),
        ("lora/#", "lora/S1/up", True),
        ("lora/#", "lorax/S1", False),
        ("lora/S1", "lora/S1/up", False),
    ],
)
def test_topics_match_as_mqtt_filters_do(topic: str, given: str, matches: bool) -> None:
    assert mapping(topic=topic).matches(given) is matches


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"topic": "a/b+/c"}, "topic"),
        ({"topic": "a/#/c"}, "topic"),
        ({"topic": "{sensor_id}/{sensor_id}"}, "topic"),
        ({"topic": None}, "topic"),
        ({"values": {}}, "values"),
        ({"values": {"light": "x"}}, "values.light"),
        ({"values": {"temperature": "a..b"}}, "values.temperature.path"),
        ({"values": {"temperature": {"path": "a", "unit": "lm"}}}, "values.temperature.unit"),
        ({"values": {"temperature": {"path": "a", "unit": "C", "unit_path": "b"}}}, "values.temperature.unit"),
        ({"values": {"temperature": {"path": "a", "factor": 2}}}, "values.temperature.factor"),
        ({"values": {"temperature": {"path": "a", "scale": 0}}}, "values.temperature.scale"),
        ({"timezone": "Asia/Nowhere"}, "timezone"),
        ({"time_path": "["}, "time_path"),
        ({"time": "x"}, "time"),
    ],
)
def test_what_a_mapping_cannot_say_is_named(said: dict[str, Any], field: str) -> None:
    with pytest.raises(BadMapping) as refused:
        mapping(**said)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("said", "found", "why"),
    [
        ({}, {"data": {}}, "nothing stands at data.t"),
        ({}, 5, "nothing stands at data.t"),
        ({"time_path": "at"}, {"data": {"t": 1}}, "no time stands at at"),
        ({"sensor_path": "id"}, {"data": {"t": 1}}, "no sensor stands at id"),
        ({"values": {"temperature": {"path": "t", "unit_path": "u"}}}, {"t": 1}, "no unit stands at u"),
        ({"values": {"temperature": {"path": "t", "unit_path": "u"}}}, {"t": 1, "u": "lm"}, "temperature in 'lm'"),
    ],
)
def test_a_payload_that_a_mapping_does_not_fit_says_where(said: dict[str, Any], found: Any, why: str) -> None:
    with pytest.raises(NotAReading, match=why):
        mapping(**said).told(found, NOW)


def test_a_mapping_reads_back_as_it_was_kept() -> None:
    one = mapping(values={"temperature": {"path": "a", "unit": "F", "scale": 0.1}}, timezone="UTC", sensor_path="id")
    assert mapping_from_json(mapping_as_json(one)) == one


def test_a_unit_that_a_quantity_does_not_come_in_is_refused() -> None:
    assert in_our_unit(B, 0.5, "/") == 50
    with pytest.raises(ValueError, match="door in 'C'; no unit are known"):
        in_our_unit(DOOR, 1, "C")


@pytest.mark.parametrize(
    ("quantity", "value", "at", "field"),
    [
        (H, 100, NOW, None),
        (H, 100.1, NOW, "humidity"),
        (B, -1, NOW, "battery"),
        (DOOR, 2, NOW, "door"),
        (H, 50, NOW + timedelta(seconds=1), "taken_at"),
        (H, 50, datetime(1999, 1, 1, tzinfo=UTC), "taken_at"),
    ],
)
def test_what_no_sensor_measures_is_told_by_its_field(
    quantity: Quantity, value: float, at: datetime, field: str | None
) -> None:
    problem = why_no_measurement(Measurement("S1", quantity, at, value), NOW)
    assert (problem.field if problem else None) == field
