"""Whoever takes readings may be killed at any moment: alarms and what receivers are told of them are as without it."""

import random
from pathlib import Path

from tests.bench.killed_replaying import batches_of, killed_at_random, undisturbed


def test_kills_change_neither_the_alarms_nor_what_a_receiver_is_told(database_url: str, tmp_path: Path) -> None:
    batches = batches_of(60, random.Random(7))  # noqa: S311

    expected = undisturbed(f"sqlite:///{tmp_path / 'undisturbed.sqlite'}", batches)
    found, killed = killed_at_random(database_url, batches, 5, random.Random(7))  # noqa: S311

    assert killed == 5
    assert len(expected.alarms) > 2
    assert found == expected
