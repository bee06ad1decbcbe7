"""The columns of the calendar: what was learned of a name holds wherever it falls."""

import numpy as np
import pandas as pd

from forecasting.features.calendar_columns import (
    BEFORE_FESTIVAL,
    CLOSED,
    EVENT,
    EVENT_KIND,
    NAMED_FESTIVAL,
    SEASON,
    WEEKDAY,
    CalendarColumns,
    calendar_columns,
)
from forecasting.known.calendar import Place, Workdays

FIRST = pd.Timestamp("2024-05-01")  # Labour Day; Ascension on 9 May and Pentecost Monday on 20 May
DAYS = 40


def of(*events: tuple[str, str, bool, range]) -> CalendarColumns:
    on = np.zeros((len(events), DAYS), dtype=bool)
    for row, (*_, days) in enumerate(events):
        on[row, list(days)] = True
    workdays = Workdays.of(FIRST, DAYS, Place("DE"))
    return calendar_columns(FIRST, workdays, [event[:3] for event in events], on)


def days(columns: CalendarColumns, group: str, what: str) -> list[int]:
    return [int(day) for day in np.flatnonzero(columns.values[:, list(columns.labels).index((group, what))])]


def test_a_festival_has_its_day_those_before_it_and_the_day_after() -> None:
    columns = of()
    assert days(columns, NAMED_FESTIVAL, "Ascension Day") == [8]
    assert days(columns, NAMED_FESTIVAL, "Ascension Day -1") == [7]
    assert days(columns, NAMED_FESTIVAL, "Ascension Day +1") == [9]
    assert days(columns, BEFORE_FESTIVAL, "Ascension Day -2") == [6]
    assert days(columns, BEFORE_FESTIVAL, "Ascension Day -7") == [1, 2, 3, 4, 5]


def test_an_event_has_its_days_its_ends_and_its_eve_and_shares_its_kind() -> None:
    columns = of(("Kiel Week", "fair", False, range(10, 14)), ("Harvest", "fair", False, range(20, 21)))
    assert days(columns, EVENT_KIND, "fair") == [10, 11, 12, 13, 20]
    assert days(columns, EVENT, "Kiel Week") == [10, 11, 12, 13]
    assert days(columns, EVENT, "Kiel Week first day") == [10]
    assert days(columns, EVENT, "Kiel Week last day") == [13]
    assert days(columns, EVENT, "Kiel Week eve") == [9]
    assert days(columns, EVENT, "Harvest first day") == []


def test_a_closed_day_moves_the_days_beside_it_and_is_no_event() -> None:
    columns = of(("Stocktaking", "closed", True, range(10, 12)))
    assert days(columns, CLOSED, "-1") == [9]
    assert days(columns, CLOSED, "1") == [12]
    assert not [label for label in columns.labels if label[0] in (EVENT, EVENT_KIND)]


def test_every_day_has_one_weekday_and_the_season_comes_back_after_a_year() -> None:
    columns = of()
    assert columns.of([WEEKDAY]).values.sum(axis=1).tolist() == [1.0] * DAYS
    other = calendar_columns(FIRST + pd.DateOffset(years=1), Workdays.of(FIRST, DAYS), [], np.zeros((0, DAYS), bool))
    assert np.abs(columns.of([SEASON]).values - other.of([SEASON]).values).max() < 0.05
