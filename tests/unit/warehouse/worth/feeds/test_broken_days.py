"""Broken days of a feed: what is told of faults of every kind, and of days with nothing wrong with them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.bench.feeds.faults import FAULTS, broken, until
from tests.bench.feeds.worlds import MAKES, made, whole
from warehouse.worth.feeds.feed_days import FeedDays, feed_days
from warehouse.worth.feeds.findings import (
    JUDGED_DAYS,
    LOOK_BACK_DAYS,
    MISSING,
    Feed,
    Finding,
    allowed_chance,
    broken_days,
)
from warehouse.worth.feeds.rhythm import silence_chances
from warehouse.worth.feeds.signs import Series, Sign, signs
from warehouse.worth.feeds.unlikely import chances

ALLOWED = allowed_chance(list(Feed))
FRONT = MAKES[0]
NAMED = {
    "nothing came": MISSING,
    "half of the products are zero": Sign.ITEMS_MISSING,
    "four hours are missing": Sign.HOURS_MISSING,
    "yesterday again": Sign.REPEATED,
    "last week's day again": Sign.REPEATED,
    "1000 times": Sign.OTHER_UNIT,
    "10 times": Sign.OTHER_UNIT,
    "a tenth": Sign.OTHER_UNIT,
    "everything sold once": Sign.ONE_VALUE,
}


def told(feed: FeedDays, kind: Feed = Feed.SALES) -> list[Finding]:
    return broken_days(kind, feed, ALLOWED)


def of_days(came: list[bool], first: date = date(2026, 1, 5)) -> FeedDays:
    """A feed of one item that came on these days."""
    values = np.where(came, 1.0, np.nan)[:, None]
    return FeedDays(first, values, None, whole(len(came)))


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.name)
def test_of_whole_days_nothing_is_told(make) -> None:  # type: ignore[no-untyped-def]
    assert told(made(make, 5, LOOK_BACK_DAYS)) == []


@pytest.mark.parametrize(("fault", "what"), NAMED.items())
def test_a_broken_day_is_told_the_night_after_as_what_it_is(fault: str, what: str) -> None:
    day = broken(made(FRONT, 3, LOOK_BACK_DAYS), fault, np.random.default_rng(1))

    assert [(one.what, one.first, one.last) for one in told(day)] == [(what, day.days[-1], day.days[-1])]


def test_hours_of_another_time_zone_are_told() -> None:
    day = broken(made(FRONT, 3, LOOK_BACK_DAYS), "eight hours off", np.random.default_rng(1))

    assert told(day)[0].what in (Sign.HOURS_MOVED, Sign.HOURS_MISSING)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stays_told_while_whole_days_follow_and_is_none_once_it_is_corrected(fault: str) -> None:
    # given: a fault that is told, and three whole days after it
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    day = LOOK_BACK_DAYS - 4
    then = broken(until(feed, day), fault, np.random.default_rng(1))
    before = told(then)
    values = np.concatenate([then.values, feed.values[day + 1 :]])
    hours = np.concatenate([then.hours, feed.hours[day + 1 :]])  # type: ignore[arg-type,index]

    # when, then: what is told of it is no other, and the days after it are whole
    after = told(replace(feed, values=values, hours=hours))
    assert [(one.what, one.first) for one in after] == [(one.what, one.first) for one in before]
    assert told(feed) == []


def test_days_that_are_broken_alike_are_told_together() -> None:
    # given: three days of a thousand times as much
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    values = feed.values.copy()
    values[-3:] *= 1000

    (one,) = told(replace(feed, values=values, hours=None))

    assert (one.what, one.first, one.last) == (Sign.OTHER_UNIT, feed.days[-3], feed.days[-1])
    assert one.seen == pytest.approx(1.0)
    assert one.usual is not None
    assert one.usual < 0.1


def test_a_day_that_follows_on_another_fault_is_told_by_itself() -> None:
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    values = feed.values.copy()
    values[-2] *= 1000
    values[-1] = np.nan

    assert [one.what for one in told(replace(feed, values=values, hours=None))] == [Sign.OTHER_UNIT, MISSING]


def test_of_days_that_lie_further_back_than_is_judged_nothing_is_told() -> None:
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    values = feed.values.copy()
    values[-1 - JUDGED_DAYS] *= 1000

    assert told(replace(feed, values=values, hours=None)) == []


def test_on_a_feast_far_more_is_sold_and_nothing_told_of_it() -> None:
    # given: a day of three times as much of everything
    feed = made(MAKES[2], 3, LOOK_BACK_DAYS)
    values = feed.values.copy()
    values[-1] *= 3
    feast = replace(feed.kinds, usual=np.arange(LOOK_BACK_DAYS) < LOOK_BACK_DAYS - 1)

    assert [one.what for one in told(replace(feed, values=values, hours=None))] == [Sign.TOTAL]
    assert told(replace(feed, values=values, hours=None, kinds=feast)) == []


def test_a_feast_hides_no_other_unit() -> None:
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    values = feed.values.copy()
    values[-1] *= 1000
    feast = replace(feed.kinds, usual=np.zeros(LOOK_BACK_DAYS, bool))

    assert [one.what for one in told(replace(feed, values=values, hours=None, kinds=feast))] == [Sign.OTHER_UNIT]


def test_a_new_shop_is_judged_by_its_silence_alone() -> None:
    # given: four weeks, of which the last day is a thousand times as much, then nothing at all for two days
    feed = made(FRONT, 3, 28)
    values = feed.values.copy()
    values[-3] *= 1000
    values[-2:] = np.nan

    assert [one.what for one in told(replace(feed, values=values, hours=None))] == [MISSING]


def test_a_feed_that_came_every_day_is_missed_after_one() -> None:
    (one,) = told(of_days([True] * 83 + [False]), Feed.WEATHER)

    assert (one.what, one.first, one.seen, one.usual) == (MISSING, date(2026, 3, 29), None, None)


def test_days_without_business_are_missed_by_nobody() -> None:
    feed = of_days([True] * 83 + [False])
    shut = replace(feed.kinds, open=np.arange(84) < 83)

    assert told(replace(feed, kinds=shut), Feed.WEATHER) == []


def test_weeks_without_business_do_not_make_a_silence_usual() -> None:
    """Given a shop that was rebuilt for a month, and came every day before and after."""
    shut = (np.arange(114) >= 30) & (np.arange(114) < 60)
    feed = of_days([not closed for closed in shut[:-1]] + [False])

    (one,) = told(replace(feed, kinds=replace(feed.kinds, open=~shut)), Feed.WEATHER)

    assert (one.what, one.first) == (MISSING, feed.days[-1])


def test_what_is_not_due_yet_is_missed_by_nobody() -> None:
    feed = of_days([True] * 83 + [False])
    late = replace(feed.kinds, due=np.arange(84) < 83)

    assert told(replace(feed, kinds=late), Feed.WEATHER) == []


def test_a_feed_of_two_weekdays_is_missed_on_these_alone() -> None:
    # given: twelve weeks of Mondays and Thursdays, of which the last week lacks its Thursday
    came = [day % 7 in (0, 3) for day in range(84)]
    came[80] = False

    chance = silence_chances(of_days(came))

    # then: of the other weekdays a silence means nothing, and with the Thursday it is told at once
    assert chance[79] > 0.9
    assert chance[80] < 1 / 365
    assert chance[83] > 0.9 * chance[80]


def test_a_silence_becomes_the_less_likely_the_longer_it_lasts() -> None:
    # given: a feed that comes on half of all days, then no more
    rng = np.random.default_rng(2)
    chance = silence_chances(of_days([*(rng.random(60) < 0.5), *[False] * 24]))

    silent = chance[-20:]
    assert (np.diff(silent) < 0).all()
    assert silent[-1] < 1e-5 < silent[2]


def test_what_never_came_is_missed_by_nobody() -> None:
    assert (silence_chances(of_days([False] * 84)) == 1).all()


def test_rows_become_days_by_item_and_those_of_other_days_are_left_out() -> None:
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-01-05", "2026-01-07", "2026-01-07", "2026-01-09", "2026-01-04"]),
            "item": ["milk", "milk", "eggs", "milk", "milk"],
            "value": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    hours = np.zeros((5, 24), np.float32)
    hours[1, 9] = 2.0

    feed = feed_days(rows, date(2026, 1, 5), whole(4), hours)

    assert np.nan_to_num(feed.values, nan=-1).tolist() == [[1, -1], [-1, -1], [2, 3], [-1, -1]]
    assert feed.hours is not None
    assert np.argwhere(feed.hours).tolist() == [[2, 0, 9]]
    assert feed.there.tolist() == [True, False, True, False]
    assert feed.days[-1] == date(2026, 1, 5) + timedelta(days=3)
    assert feed.weekday.tolist() == [0, 1, 2, 3]


def test_a_year_of_all_that_is_looked_at_is_allowed_one_false_alarm() -> None:
    assert allowed_chance([Feed.WEATHER]) == 1 / 365
    assert allowed_chance([Feed.WEATHER, Feed.STOCK]) == 1 / (365 * 4)
    assert allowed_chance([]) == 1 / 365


def test_the_same_values_at_other_hours_are_no_repeated_day() -> None:
    # given: yesterday's units of everything, each sold at other hours
    feed = made(FRONT, 3, LOOK_BACK_DAYS)
    assert feed.hours is not None
    values, hours = feed.values.copy(), feed.hours.copy()
    values[-1], hours[-1] = values[-2], np.roll(hours[-2], 1, axis=1)

    repeated = signs(replace(feed, values=values, hours=hours))[Sign.REPEATED]
    without_hours = signs(replace(feed, values=values, hours=None))[Sign.REPEATED]

    assert repeated.plain(repeated.stable[-1]) < 0.2
    assert without_hours.plain(without_hours.stable[-1]) == pytest.approx(1.0)


def test_a_day_that_may_be_off_either_way_is_twice_as_likely_so_far_off() -> None:
    rng = np.random.default_rng(1)
    series = Series(rng.normal(size=LOOK_BACK_DAYS), np.full(LOOK_BACK_DAYS, 0.1), share=False)
    weekday = np.arange(LOOK_BACK_DAYS) % 7

    above, expected = chances(series, weekday, both_sides=False)
    either, _ = chances(series, weekday, both_sides=True)

    high = (series.stable > expected) & (above < 1)
    assert either[high] == pytest.approx(2 * above[high])


def test_of_a_day_that_has_come_in_part_nothing_is_told_before_it_is_due() -> None:
    feed = broken(made(FRONT, 3, LOOK_BACK_DAYS), "half of the products are zero", np.random.default_rng(1))
    late = replace(feed.kinds, due=np.arange(LOOK_BACK_DAYS) < LOOK_BACK_DAYS - 1)

    assert told(replace(feed, kinds=late)) == []
