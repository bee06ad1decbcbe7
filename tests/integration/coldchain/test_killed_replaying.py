"""Whoever takes readings may be killed at any moment: alarms, what receivers are told of them and what coolers are told
are as without it."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.bench.killed_replaying import batches_of, killed_at_random, undisturbed


@pytest.mark.parametrize("mqtt_broker", ["mosquitto"], indirect=True)
def test_kills_change_neither_the_alarms_nor_what_receivers_and_coolers_are_told(
    database_url: str, mqtt_broker: Any, tmp_path: Path
) -> None:
    batches = batches_of(60, random.Random(7))  # noqa: S311

    expected = undisturbed(f"sqlite:///{tmp_path / 'undisturbed.sqlite'}", mqtt_broker.port, batches)
    found, killed = killed_at_random(database_url, mqtt_broker.port, batches, 5, random.Random(7))  # noqa: S311

    assert killed == 5
    assert len(expected.alarms) > 2
    assert sorted(expected.switched) == ["CZ1", "CZ2"]
    assert sum(map(len, expected.switched.values())) == len(expected.commands) > 4
    assert found == expected
