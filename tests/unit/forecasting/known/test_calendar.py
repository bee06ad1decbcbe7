import warnings

import numpy as np
import pandas as pd
import pytest

from forecasting.known.calendar import FAR, UnknownYearWarning, Workdays


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
