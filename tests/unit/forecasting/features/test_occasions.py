"""A festival counts as closed where all of it has passed without a sale, and more than once."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from forecasting.features.occasions import OCCASION_COLUMNS, closed_series, occasions_of
from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.region_model import learned_profiles
from tests.unit.forecasting.small_region import Region

FEAST = 7  # days


def _with_feasts(known: KnownAtOrigin, starts: list[int]) -> Panel:
    """The region, with a feast of a week from each of these days (index)."""
    panel = Panel.of(known, learned_profiles(known))
    ((place, workdays),) = panel.calendars.items()
    names = ["" for _ in workdays.names]
    for start in starts:
        names[start : start + FEAST] = ["Feast"] * FEAST
    return replace(panel, calendars={place: replace(workdays, names=tuple(names))})


def _closed_on(region: Region, known: KnownAtOrigin, day: int, days: int) -> KnownAtOrigin:
    """The region where w0 has no row of some days (of the panel)."""
    first = Panel.of(known, learned_profiles(known)).day(day)
    rows = region.history.days
    gone = (rows["warehouse_id"] == "w0") & rows["date"].between(first, first + pd.Timedelta(days=days - 1))
    return region.only(~gone.to_numpy()).at_end_of(known.origin_day)


@pytest.fixture
def origin(known: KnownAtOrigin) -> int:
    return Panel.of(known, learned_profiles(known)).last


def test_a_feast_that_is_under_way_is_not_closed_for_having_been_so_far(
    region: Region, known: KnownAtOrigin, origin: int
) -> None:
    rows = region.history.days
    first = Panel.of(known, learned_profiles(known)).day(origin - 30)
    last_time = (rows["warehouse_id"] == "w0") & rows["date"].between(first, first + pd.Timedelta(days=FEAST - 1))
    shut = region.only(~last_time.to_numpy())
    panel = _with_feasts(_closed_on(shut, known, origin - 2, 3), [origin - 30, origin - 2])
    assert not closed_series(panel, origin, origin + 1).any()


def test_a_feast_that_passed_once_without_a_sale_is_not_closed_and_one_that_did_twice_is(
    region: Region, known: KnownAtOrigin, origin: int
) -> None:
    once = _with_feasts(_closed_on(region, known, origin - 30, FEAST), [origin - 30, origin + 1])
    assert not closed_series(once, origin, origin + 3).any()

    rows = region.history.days
    first = once.day(origin - 50)
    sold_then = (rows["warehouse_id"] == "w0") & rows["date"].between(first, first + pd.Timedelta(days=FEAST - 1))
    shut = region.only(~sold_then.to_numpy())
    twice = _with_feasts(_closed_on(shut, known, origin - 30, FEAST), [origin - 50, origin - 30, origin + 1])
    closed = closed_series(twice, origin, origin + 3)
    assert set(twice.series["warehouse_id"][closed]) == {"w0"}
    told = occasions_of(twice, origin, [origin + 3, origin + 8])
    assert list(told.columns) == list(OCCASION_COLUMNS)
    warehouses = sorted(set(twice.series["warehouse_id"]))
    assert told.to_numpy().tolist() == [
        [name, twice.day(origin + ahead), "Feast", "holiday", name == "w0", away, 2]
        for name in warehouses
        for ahead, away in ((3, 0), (8, 1))
    ]
