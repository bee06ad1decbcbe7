"""A zone that hovers around its limit: few alarms, by a recovery margin that can be set, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import AlarmRow
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.rules.kept_rules import keep_rules
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def hovering() -> Iterator[Reading]:
    """Twelve hours of 35 minutes at 4.2 C and 5 minutes at 3.9, in which the zone was outside for ten and a half."""
    for minute in range(0, 12 * 60, 5):
        yield Reading("S1", NIGHT + timedelta(minutes=minute), 3.9 if minute % 40 == 35 else 4.2)


def alarms_of_the_night(engine: Engine) -> int:
    for one in hovering():
        with writing(engine) as session:
            receive_readings(session, [one], one.taken_at)
    with reading(engine) as session:
        return len(session.scalars(select(AlarmRow.alarm_id)).all())


@pytest.mark.parametrize(("margin_c", "alarms"), [(0.2, 1), (0.05, 18)])
def test_a_recovery_margin_makes_one_alarm_of_a_night_around_the_limit(
    cold_room: Engine, margin_c: float, alarms: int
) -> None:
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(recovery_margin_c=margin_c), NIGHT - timedelta(days=1), "test")

    assert alarms_of_the_night(cold_room) == alarms
