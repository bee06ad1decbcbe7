"""Which readings cannot be true."""

from datetime import UTC, datetime, timedelta

import pytest

from warehouse.coldchain.readings import why_implausible

UNTIL = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("taken_at", "temperature_c"),
    [
        (UNTIL, 3.0),
        (UNTIL - timedelta(days=365), 3.0),
        (datetime(2000, 1, 1, tzinfo=UTC), 3.0),
        (UNTIL, -127.0),  # a probe that is not there
        (UNTIL, 327.67),
        (UNTIL, -180.0),  # a freezer told in tenths
    ],
)
def test_what_a_thermometer_may_say_is_plausible(taken_at: datetime, temperature_c: float) -> None:
    assert why_implausible(taken_at, temperature_c, UNTIL) is None


@pytest.mark.parametrize(
    ("taken_at", "temperature_c", "field"),
    [
        (UNTIL + timedelta(seconds=1), 3.0, "taken_at"),
        (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), 3.0, "taken_at"),
        (UNTIL, -400.1, "temperature_c"),
        (UNTIL, 400.1, "temperature_c"),
    ],
)
def test_what_no_thermometer_can_say_is_named_with_its_field(
    taken_at: datetime, temperature_c: float, field: str
) -> None:
    problem = why_implausible(taken_at, temperature_c, UNTIL)
    assert problem is not None
    assert problem.field == field
