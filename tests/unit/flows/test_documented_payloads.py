"""What docs/integrations.md and the API's examples say of payloads is so: each mapping reads its sample."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.coldchain.payload_mapping_routes import MESSAGE, TOLD, TTN
from flows.coldchain.messages.payload_mappings import mapping_of, told_in
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import told_by
from warehouse.coldchain.payloads.status import WORDS
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Quantity

INTEGRATIONS = (Path(__file__).parents[3] / "docs/integrations.md").read_text(encoding="utf-8")
DEVICES, _, STATUSES = INTEGRATIONS.partition("\n## Devices\n")[2].partition("\n## Devices that say")
ARRIVAL = datetime(2026, 11, 27, tzinfo=UTC)
FIVE_IN_UTC, FIVE_IN_SHANGHAI = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((26, 5), (25, 21)))
TAKEN_AT = {"chirpstack": FIVE_IN_UTC, "ttn": FIVE_IN_UTC, "tasmota": FIVE_IN_SHANGHAI}


def payloads(text: str) -> list[Any]:
    """All JSON that stands in backticks, in quotes or at the beginning of a line."""
    found = []
    for begin in re.finditer(r"(?:[`']|^)(?=[\[{])", text, re.MULTILINE):
        try:
            found.append(json.JSONDecoder().raw_decode(text, begin.end())[0])
        except ValueError:
            continue  # it names members, or is code
    return found


MAPPINGS = [one for one in payloads(DEVICES) if "topic" in one]
SAMPLES = [one for one in payloads(DEVICES) if "topic" not in one]
BUILT_IN = payloads(DEVICES.partition("Any other payload")[0])


def test_every_documented_mapping_is_tried_here() -> None:
    assert {one["name"] for one in MAPPINGS} == set(TAKEN_AT)


@pytest.mark.parametrize("said", MAPPINGS, ids=lambda said: said["name"])
def test_a_documented_mapping_reads_its_documented_sample_and_no_other(said: dict[str, Any]) -> None:
    mapping = mapping_of(said)
    topic = mapping.topic.replace("{sensor_id}", "S1").replace("+", "1")
    read = []
    for sample in SAMPLES:
        try:
            read.append(told_in(topic, sample, ARRIVAL, [mapping]))
        except NotAReading:
            continue
    (by,) = read
    (told,) = by.told
    assert (by.form, by.sensor_id, told.values) == (said["name"], "S1", {Quantity.TEMPERATURE: 3.5})
    assert told.taken_at == TAKEN_AT[said["name"]]


def test_a_documented_mapping_reads_the_status_of_its_device() -> None:
    read = {}
    for row in re.findall(r"^\| .+? \| `(\S+)`: `(.+?)` \| `(\{.+\})` \|$", STATUSES, re.MULTILINE):
        topic, payload, mapping = row[0], row[1].encode(), mapping_of(json.loads(row[2]))
        by = told_by(SensorMessage(topic, payload), ARRIVAL, [mapping])
        read[by.form] = (by.sensor_id, [(one.online, one.taken_at) for one in by.told])
    online = [(True, ARRIVAL)]
    assert read == {"tasmota-lwt": ("S1", online), "zigbee": ("S1", online), "zigbee-bridge": ("bridge", online),
                    "shelly": ("S1", online)}  # fmt: skip


def test_the_documented_words_are_those_that_are_known() -> None:
    told = STATUSES.partition("as `state`: ")[2].partition("; in capitals")[0]
    assert [re.findall(r"`(\w+)`", words) for words in told.split(";")] == [
        [word for word, online in WORDS.items() if online is meant] for meant in (True, False)
    ]


def test_documented_payloads_need_no_mapping() -> None:
    told = [told_in("freshfront/readings/S1", one, ARRIVAL, []).told[0] for one in BUILT_IN]
    assert [sorted(one.values) for one in told] == [
        ["battery", "humidity", "temperature"],
        ["temperature"],
        ["door"],
        ["power"],
        ["defrost"],
        ["temperature"],
    ]
    assert told[2].values == {Quantity.DOOR: 1.0}
    assert told[3].values == {Quantity.POWER: 0.0}
    assert told[-1].device == "urn:dev:mac:1"


def test_the_example_of_a_try_is_read_as_its_example_says() -> None:
    by = told_in(MESSAGE["topic"], MESSAGE["payload"], ARRIVAL, [mapping_of({"name": "tried"} | TTN)])
    (told,) = by.told
    assert (by.sensor_id, told.values) == (TOLD["sensor_id"], TOLD["values"])
    assert told.taken_at == datetime.fromisoformat(TOLD["taken_at"])
