from datetime import date, timedelta

from data.sample.shopping_days import shopping_days


def test_a_make_up_workday_is_a_workday_and_a_holiday_a_day_off() -> None:
    first = date(2026, 9, 14)
    days = [first + timedelta(days=n) for n in range(35)]
    calendar = shopping_days(days)
    off = dict(zip(days, calendar.day_off, strict=True))

    assert not off[date(2026, 9, 20)]  # a Sunday worked for National Day
    assert not off[date(2026, 10, 10)]
    assert off[date(2026, 10, 1)]
    assert off[date(2026, 9, 19)]


def test_people_shop_before_a_holiday() -> None:
    days = [date(2026, 9, 29), date(2026, 9, 30)]
    calendar = shopping_days(days)
    assert calendar.festive[0] == 0 < calendar.festive[1]


def test_a_year_that_the_calendar_does_not_know_is_made_of_weekdays() -> None:
    days = [date(2150, 6, 1) + timedelta(days=n) for n in range(7)]
    assert sum(shopping_days(days).day_off) >= 2
