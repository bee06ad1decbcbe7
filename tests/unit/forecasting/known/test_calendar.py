import warnings

import numpy as np
import pandas as pd
import pytest

from forecasting.known.calendar import FAR, Place, UnknownYearWarning, Workdays, places_of


def test_a_make_up_workday_on_a_sunday_is_worked_and_a_moved_day_off_is_not() -> None:
    of = Workdays.of(pd.Timestamp("2024-04-27"), 10)  # Saturday; 28 April is worked, 1-5 May are off
    assert of.rest.tolist() == [True, False, False, False, True, True, True, True, True, False]
    assert of.make_up.tolist() == [False, True] + [False] * 8


def test_days_off_are_like_a_weekend_and_weekend_days_that_are_worked_like_a_workday() -> None:
    may = Workdays.of(pd.Timestamp("2024-04-27"), 16)  # to Sunday 12 May, which follows a worked Saturday
    assert may.like.tolist() == [5, 0, 0, 1, 5, 6, 6, 6, 6, 0, 1, 2, 3, 4, 4, 5]


def test_distances_to_rest_and_festival_count_days() -> None:
    of = Workdays.of(pd.Timestamp("2024-05-27"), 15)  # Monday; Dragon Boat Festival on Monday 10 June
    assert of.days_to_rest[:6].tolist() == [5, 4, 3, 2, 1, 0]
    assert of.days_to_festival[[0, 13, 14]].tolist() == [FAR, 1, 0]
    assert Workdays.of(pd.Timestamp("2024-06-12"), 1).days_since_festival.tolist() == [2]


def test_a_year_not_announced_yet_degrades_to_weekends_with_a_warning() -> None:
    with pytest.warns(UnknownYearWarning, match="2035"):
        of = Workdays.of(pd.Timestamp("2035-03-05"), 7)
    assert of.rest.tolist() == [False] * 5 + [True] * 2


def test_a_known_year_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        of = Workdays.of(pd.Timestamp("2026-01-01"), 365)
    assert np.isfinite(of.days_to_rest).all()


@pytest.mark.filterwarnings("ignore::forecasting.known.calendar.UnknownYearWarning")
@pytest.mark.parametrize(
    "festival", ["2035-02-08", "2035-04-05", "2035-06-10", "2035-09-16"]
)  # Spring, Tomb-Sweeping, Dragon Boat and Mid-Autumn Festival, by the moon and the sun
def test_lunar_festivals_are_known_in_a_year_not_announced_yet(festival: str) -> None:
    of = Workdays.of(pd.Timestamp(festival) - pd.Timedelta(days=2), 3)
    assert of.festival[2]
    assert of.rest[2]


def test_a_year_that_no_calendar_reaches_has_plain_weekends_and_says_so() -> None:
    with pytest.warns(UnknownYearWarning, match="2105"):
        of = Workdays.of(pd.Timestamp("2105-02-02"), 7)
    assert of.rest.tolist() == [False] * 5 + [True] * 2


def test_a_subdivision_keeps_its_own_holidays_too() -> None:
    week = pd.Timestamp("2024-10-28"), 7  # Reformation Day, Thursday, is kept in the north of Germany
    assert Workdays.of(*week, Place("DE", "SH")).names[3] == "Reformation Day"
    assert Workdays.of(*week, Place("DE", "BE")).rest.tolist() == [False] * 5 + [True] * 2


def test_days_are_counted_from_the_country_s_own_weekend() -> None:
    egypt = Workdays.of(pd.Timestamp("2024-05-16"), 9, Place("EG"))  # Thursday; Friday and Saturday are the weekend
    assert egypt.rest.tolist() == [False, True, True, False, False, False, False, False, True]
    assert egypt.like.tolist() == [4, 5, 6, 0, 1, 2, 3, 4, 5]


def test_a_weekend_of_one_day_is_like_the_last_day_of_any() -> None:
    iran = Workdays.of(pd.Timestamp("2024-06-19"), 5, Place("IR"))  # Wednesday; Friday alone is the weekend
    assert iran.rest.tolist() == [False, False, True, False, False]
    assert iran.like.tolist() == [4, 5, 6, 0, 1]


def test_a_day_off_moved_next_to_a_festival_has_its_name() -> None:
    may = Workdays.of(pd.Timestamp("2024-04-30"), 6)
    assert may.names[:4] == ["", "Labor Day", "Labor Day", "Labor Day"]
    spring = Workdays.of(pd.Timestamp("2024-02-10"), 7)
    assert spring.names == ["Chinese New Year (Spring Festival)"] * 7


def test_a_place_whose_holidays_nobody_knows_is_named() -> None:
    with pytest.raises(NotImplementedError, match="XX"):
        Workdays.of(pd.Timestamp("2024-06-19"), 5, Place("DE", "XX"))


def test_warehouses_that_say_nothing_of_their_country_are_in_china() -> None:
    plain = pd.DataFrame({"warehouse_id": ["W1"], "city": ["Hangzhou"]})
    assert places_of(plain) == [Place("CN", None)]
    assert places_of(plain.assign(country="DE", subdivision="SH")) == [Place("DE", "SH")]
    assert places_of(plain.assign(country="DE", subdivision=None)) == [Place("DE", None)]
