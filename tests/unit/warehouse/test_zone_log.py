"""What a sensor's readings come to in a log, against figures worked out by hand: by day and hour, gaps, the night on
which clocks change."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.coldchain.limits import Limit
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zone_log.heard import Heard, Stay, as_number, believed, stretches
from warehouse.coldchain.zone_log.log import Period, SensorLog, limits_held, sensor_log

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY = datetime(2026, 3, 2, tzinfo=UTC)
READ_EVERY_5 = Rules(interval=5 * MINUTE)  # silent after 15 minutes


def period(begin: datetime = DAY, days: int = 1, now: datetime | None = None, timezone: str = "UTC") -> Period:
    midnights = [begin + n * timedelta(days=1) for n in range(days + 1)]
    return Period([one.date() for one in midnights[:-1]], midnights, timezone, now or midnights[-1] + 9 * HOUR)


def stay(since: datetime | None = None, until: datetime | None = None, rules: Rules = READ_EVERY_5) -> Stay:
    return Stay("S1", "Door", since, until, [(datetime(1970, 1, 1, tzinfo=UTC), rules)])


def heard(readings: Sequence[tuple[datetime, float]], hours: Sequence[tuple[datetime, float]] = ()) -> Heard:
    """Readings, and hours of which a summary is kept: its mean, half a degree below and above."""
    both = sorted(
        [(at, at, c, c, c, 1) for at, c in readings] + [(h, h + HOUR, c - 0.5, c, c + 0.5, 12) for h, c in hours]
    )
    begin, end = (np.array([as_number(one[n]) for one in both], dtype=np.int64) for n in (0, 1))
    low, mean, high = (believed(np.array([float(one[n]) for one in both])) for n in (2, 3, 4))
    said = np.array([float(one[3]) for one in both])
    count = np.array([one[5] for one in both], dtype=np.int64)
    return Heard(begin, end, low, mean, high, said, count, end)


def limit(low: float | None = 0.0, high: float | None = 4.0, since: datetime = DAY - 400 * HOUR) -> Limit:
    return Limit("Z1", low, high, 30 * MINUTE, 30 * MINUTE, since)


def every(minutes: int, begin: datetime, end: datetime, celsius: float) -> list[tuple[datetime, float]]:
    return [(begin + n * minutes * MINUTE, celsius) for n in range(int((end - begin) / MINUTE) // minutes)]


def a_warm_hour() -> SensorLog:
    """23 h at 3 C and 1 h at 12 C, as in the check value of the field's literature."""
    readings = every(5, DAY, DAY + 23 * HOUR, 3.0) + every(5, DAY + 23 * HOUR, DAY + 24 * HOUR + 5 * MINUTE, 12.0)
    return sensor_log(heard(readings), stay(), [limit()], period())


def test_a_warm_hour_in_a_day_gives_the_figures_of_the_check_value() -> None:
    [day] = a_warm_hour().days

    assert day.seen == 24 * HOUR
    assert day.mean_c == pytest.approx(3.375)
    assert day.kinetic_c == pytest.approx(3.65, abs=0.005)
    assert (day.above, day.below) == (HOUR, timedelta(0))
    assert (day.degree_minutes_above, day.degree_minutes_below) == (pytest.approx(480), 0)
    assert day.lowest is not None
    assert day.highest is not None
    assert (day.lowest.celsius, day.lowest.at, day.highest.celsius, day.highest.at) == (3, DAY, 12, DAY + 23 * HOUR)
    assert [hour.mean_c for hour in a_warm_hour().hours] == [3.0] * 23 + [12.0]


def test_a_pause_is_a_gap_when_it_is_longer_than_the_sensor_s_own_missed_intervals() -> None:
    begin = every(5, DAY, DAY + HOUR, 3.0)  # up to 00:55
    short, long = DAY + 70 * MINUTE, DAY + 86 * MINUTE  # 15 minutes after the last, 16 after that
    readings = [*begin, (short, 3.0), (long, 3.0), *every(5, long + 5 * MINUTE, DAY + 25 * HOUR, 3.0)]

    log = sensor_log(heard(readings), stay(), [limit()], period())
    of_an_hourly_one = sensor_log(heard(readings), stay(rules=Rules(interval=HOUR)), [limit()], period())

    assert [(gap.since, gap.until) for gap in log.gaps] == [(short, long)]
    assert log.days[0].seen == 24 * HOUR - 16 * MINUTE, "nothing is assumed of a gap"
    assert list(of_an_hourly_one.gaps) == []


def test_of_a_sensor_whose_interval_nobody_told_the_usual_pause_is_its_interval() -> None:
    readings = every(30, DAY, DAY + 12 * HOUR, 3.0) + every(30, DAY + 14 * HOUR, DAY + 25 * HOUR, 3.0)

    log = sensor_log(heard(readings), stay(rules=Rules()), [limit()], period())

    assert [(gap.since, gap.until) for gap in log.gaps] == [(DAY + 11.5 * HOUR, DAY + 14 * HOUR)]


def test_a_gap_over_midnight_is_told_whole_and_counts_where_it_lies() -> None:
    last, again = DAY - 2 * HOUR, DAY + 3 * HOUR
    readings = [(last, 3.0), *every(5, again, DAY + 25 * HOUR, 3.0)]

    log = sensor_log(heard(readings), stay(), [limit()], period())

    assert [(gap.since, gap.until, gap.unheard) for gap in log.gaps] == [(last, again, False)]
    assert log.days[0].seen == 21 * HOUR


def test_a_sensor_that_says_no_more_has_a_gap_that_goes_on() -> None:
    log = sensor_log(heard(every(5, DAY, DAY + 6 * HOUR, 3.0)), stay(), [limit()], period())

    assert [(gap.since, gap.until) for gap in log.gaps] == [(DAY + 6 * HOUR - 5 * MINUTE, None)]


def test_a_sensor_that_was_never_heard_has_one_gap() -> None:
    log = sensor_log(heard([]), stay(), [limit()], period())

    assert [(gap.since, gap.until, gap.unheard) for gap in log.gaps] == [(DAY, None, True)]
    assert log.whole.mean_c is None
    assert log.whole.lowest is None


def test_a_moved_sensor_counts_from_when_it_came_up_to_when_it_left() -> None:
    came, left = DAY + 6 * HOUR, DAY + 30 * HOUR
    readings = every(5, came, left, 3.0)

    log = sensor_log(heard(readings), stay(came, left), [limit()], period(days=3))

    assert [(one.begin, one.end) for one in log.days] == [(came, DAY + 24 * HOUR), (DAY + 24 * HOUR, left)]
    assert [one.seen for one in log.days] == [18 * HOUR, 6 * HOUR]
    assert list(log.gaps) == []


def test_days_on_which_clocks_change_have_23_and_25_hours() -> None:
    spring = [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)]  # midnights in Berlin
    autumn = [datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)]

    for midnights, hours, shown in (
        (spring, 23, ["00:00", "01:00", "03:00"]),
        (autumn, 25, ["01:00", "02:00", "02:00"]),
    ):
        of_day = Period([date(2026, 1, 1)], midnights, "Europe/Berlin", midnights[-1])
        log = sensor_log(heard(every(5, midnights[0], midnights[-1], 3.0)), stay(), [limit()], of_day)
        told = [f"{of_day.there(hour.begin):%H:%M}" for hour in log.hours]

        assert (len(log.hours), log.days[0].seen) == (hours, hours * HOUR)
        assert any(told[n : n + 3] == shown for n in range(3))


def test_each_time_is_judged_by_the_limit_that_held_then() -> None:
    limits = [limit(high=4.0), limit(high=6.0, since=DAY + 12 * HOUR), limit(high=None, since=DAY + 18 * HOUR)]
    log = sensor_log(heard(every(5, DAY, DAY + 25 * HOUR, 5.0)), stay(), limits, period())

    assert log.days[0].above == 12 * HOUR
    assert log.days[0].degree_minutes_above == pytest.approx(12 * 60)
    assert limits_held(limits, period()) == limits
    assert limits_held(limits, period(DAY + 24 * HOUR)) == limits[2:]


def test_a_pruned_hour_counts_by_its_summary() -> None:
    hours = [(DAY + n * HOUR, 3.0 if n else 12.0) for n in range(12)]
    readings = every(5, DAY + 12 * HOUR, DAY + 25 * HOUR, 3.0)

    [day] = sensor_log(heard(readings, hours), stay(), [limit()], period()).days

    assert (day.readings, day.summaries, day.seen) == (12 * 12 + 12 * 12, 12, 24 * HOUR)
    assert day.mean_c == pytest.approx(3.375)
    assert (day.lowest and day.lowest.celsius, day.highest and day.highest.celsius) == (2.5, 12.5)


def test_what_a_broken_probe_says_is_no_temperature_and_no_gap() -> None:
    readings = [*every(5, DAY, DAY + 12 * HOUR, 3.0), *every(5, DAY + 12 * HOUR, DAY + 25 * HOUR, 85.0)]

    log = sensor_log(heard(readings), stay(), [limit()], period())

    assert (log.days[0].faults, log.days[0].seen, log.days[0].mean_c) == (144, 12 * HOUR, 3.0)
    assert log.days[0].above == timedelta(0)
    assert list(log.gaps) == []


def test_a_day_that_goes_on_ends_now() -> None:
    now = DAY + 90 * MINUTE
    log = sensor_log(heard(every(5, DAY, now, 3.0)), stay(), [limit()], period(now=now))

    assert (log.days[0].end, log.days[0].seen, len(log.hours)) == (now, 90 * MINUTE, 2)


@given(st.lists(st.integers(0, 3 * 24 * 60), unique=True, max_size=60), st.integers(1, 200))
def test_what_is_seen_and_the_gaps_make_up_the_time(minutes: list[int], silent_after: int) -> None:
    begin, end = DAY + 24 * HOUR, DAY + 48 * HOUR
    readings = [(DAY + minute * MINUTE, 3.0) for minute in sorted(minutes)]
    its = stay(rules=Rules(silent_after=silent_after * MINUTE, interval=MINUTE, missed_intervals=1))

    of = stretches(heard(readings), its, begin, end, DAY + 72 * HOUR)

    seen = sum(((e - b) for b, e in zip(of.begin, of.end, strict=True)), 0) / 60_000_000
    slow = 0
    for minute in range(24 * 60, 48 * 60):  # of each minute, whether a reading stands for it
        before = [m for m in minutes if m <= minute]
        after = [m for m in minutes if m > minute]
        stands_until = min(after) if after else 72 * 60
        slow += bool(before) and stands_until - max(before) <= silent_after
    assert seen == slow
