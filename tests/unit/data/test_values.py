"""Texts become values, or say why not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importers.rows.values import (
    DAY,
    ID,
    MOMENT,
    SEND_ADDRESS,
    TEXT,
    TIME_OF_DAY,
    WEEKDAYS,
    YES_NO,
    BadValue,
    exact,
    moment_of_local_time,
    number,
    whole,
)
from data.local_days import end_of_day

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (number(), "-1.5", -1.5),
        (number(), "2e3", 2000.0),
        (number(), ".5", 0.5),
        (exact(3), "0.30000000000000004", Decimal("0.300")),
        (whole(), "3.0", 3),
        (DAY, "2026-03-01", date(2026, 3, 1)),
        (DAY, "2026-03-01 00:00:00.000000", date(2026, 3, 1)),
        (MOMENT, "2026-03-01T08:30:00+08:00", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
        (MOMENT, "2026-03-01 08:30", datetime(2026, 3, 1, 8, 30)),  # noqa: DTZ001 - local, placed later
        (MOMENT, "2026-03-01T08:30:00Z", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        (WEEKDAYS, "5, 1,3", "1,3,5"),
        (TIME_OF_DAY, "06:30", "06:30"),
        (TIME_OF_DAY, "6:30", "06:30"),
        (TIME_OF_DAY, "23:59:00", "23:59"),
        (
            SEND_ADDRESS,
            "mailto://u:p@mail.example?to=farm@example.com",
            "mailto://u:p@mail.example?to=farm@example.com",
        ),
        (YES_NO, "True", True),
        (ID, "西湖-1", "西湖-1"),
        (ID, "1E5", "1E5"),  # an aisle and a slot of it
        (ID, "1E-5", "1E-5"),
        (ID, "LOT6.93E+12", "LOT6.93E+12"),
    ],
)
def test_texts_that_are_values(kind, text, value) -> None:
    assert kind.read(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TEXT, "a\0b"),
        (TIME_OF_DAY, "24:00"),
        (TIME_OF_DAY, "6"),
        (TIME_OF_DAY, "06:60"),
        (TIME_OF_DAY, "06:30:30"),
        (SEND_ADDRESS, "farm@example.com"),
        (SEND_ADDRESS, "mailto://u p@host"),
        (number(), "nan"),
        (number(), "inf"),
        (number(), "1_000"),
        (number(), "1,5"),
        (number(), "٣"),
        (number(0), "-0.1"),
        (whole(), "1.5"),
        (whole(0, 23), "24"),
        (DAY, "01/03/2026"),
        (DAY, "20260301"),
        (DAY, "2026-02-29"),
        (MOMENT, "2026-03-01"),
        (MOMENT, "2026-03-01T25:00:00"),
        (MOMENT, "1970-01-01T00:00:00Z"),
        (MOMENT, "2026-03-01T08:30:00 Asia/Shanghai"),
        (WEEKDAYS, "1;3"),
        (WEEKDAYS, "1,,3"),
        (YES_NO, "ja"),
        (ID, "x" * 65),
        (ID, "6.93E+12"),
        (ID, "6,93e+12"),
        (ID, "7E+12"),
        (ID, "6.93E12"),
        (ID, "########"),
        (ID, "#N/A"),
        (ID, "a\x00b"),
    ],
)
def test_texts_that_are_not(kind, text) -> None:
    with pytest.raises(BadValue):
        kind.read(text)


@given(st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001
def test_a_local_time_is_the_moment_that_shows_it_or_is_refused(local: datetime) -> None:
    shown_at = {local.replace(tzinfo=CHICAGO, fold=fold).astimezone(UTC) for fold in (0, 1)}
    showing = [moment for moment in shown_at if moment.astimezone(CHICAGO).replace(tzinfo=None) == local]
    try:
        assert [moment_of_local_time(local, CHICAGO)] == showing
    except BadValue:
        assert len(showing) != 1


def test_a_day_ends_when_the_next_begins_also_when_clocks_change() -> None:
    spring = date(2026, 3, 8)

    assert end_of_day(spring, CHICAGO.key) == datetime(2026, 3, 9, 5, tzinfo=UTC)
    assert end_of_day(date(2026, 3, 7), CHICAGO.key) == datetime(2026, 3, 8, 6, tzinfo=UTC)
