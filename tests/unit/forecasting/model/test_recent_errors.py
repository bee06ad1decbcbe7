"""Recent errors: how the demand of the last days, beside its forecasts, corrects a forecast."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.features.features import codes_of
from forecasting.features.panel import Floats, Panel
from forecasting.features.training_rows import TrainingRows, training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.recent_errors import ErrorPersistence, RecentErrors
from forecasting.model.region_model import RegionModel
from tests.unit.forecasting.small_region import TRAINED_TO, Region

RECORDED = 28  # days: from each of the last ones, all that is looked back on


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


def of_the_last_days(panel: Panel, known: KnownAtOrigin, days: int) -> TrainingRows:
    return training_rows(panel, range(panel.last - days + 1, panel.last + 1), (1,), 0.95, codes_of(known.products))


def scale_alone(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
    return scale, np.ones_like(scale)


def errors_with(panel: Panel, known: KnownAtOrigin, missed: Floats | float) -> RecentErrors:
    """Recent errors of forecasts that were the demand divided by `missed` (by day, the latest last)."""
    errors = RecentErrors(panel, scale_alone, codes_of(known.products), 0.95)
    rows = of_the_last_days(panel, known, RECORDED)
    by_day = np.broadcast_to(np.asarray(missed, dtype=np.float32), RECORDED)
    errors.record(rows, rows.demand / by_day[rows.target - panel.last - 1 + RECORDED])
    return errors


def test_an_error_alike_on_all_days_is_corrected_in_full(panel: Panel, known: KnownAtOrigin) -> None:
    errors = errors_with(panel, known, 1.3)

    factors = errors.factors(panel, panel.last, ErrorPersistence(4.0, weekly=1.0, pull=1e-6))

    np.testing.assert_allclose(factors, 1.3, rtol=1e-4)


def test_an_error_on_one_weekday_corrects_that_weekday(panel: Panel, known: KnownAtOrigin) -> None:
    """The region's last days hold no festival, so a week ago is the same weekday."""
    of_tomorrow = np.ones(RECORDED, dtype=np.float32)
    of_tomorrow[[-7, -14]] = 1.5
    errors = errors_with(panel, known, of_tomorrow)

    def moved(weekly: float, ahead: int) -> float:
        persistence = ErrorPersistence(2.0, weekly=weekly, pull=1e-6)
        return float(np.mean(errors.factors(panel, panel.last, persistence, ahead)))

    assert moved(1.0, 1) > moved(0.0, 1) + 0.05
    assert moved(1.0, 2) < moved(0.0, 2)
    assert moved(1.0, 8) == pytest.approx(moved(1.0, 1), rel=1e-6)


def test_errors_that_persist_are_found_to_persist(panel: Panel, known: KnownAtOrigin) -> None:
    """Forecasts always a third too low."""
    errors = errors_with(panel, known, 1.5)
    rows = of_the_last_days(panel, known, 5)

    found = errors.fitted_persistence(rows, np.maximum(rows.demand, 0.1) / np.float32(1.5))

    assert not found.nothing
    factors = errors.factors_of(panel, rows, found)
    assert 1.2 < np.average(factors, weights=rows.demand) < 1.55


def test_what_a_whole_city_was_missed_by_is_followed_unless_that_is_told_to_be_wrong(
    panel: Panel, known: KnownAtOrigin
) -> None:
    """The last days sold a fifth more than forecast. Whether the next ones do too, forecasts that scatter cannot say;
    forecasts that are right say that they do not."""
    errors = errors_with(panel, known, 1.2)
    rows = of_the_last_days(panel, known, 10)
    of_day = np.random.default_rng(1).lognormal(0, 0.5, 10).astype(np.float32)[rows.target - rows.target.min()]
    demand = np.maximum(rows.demand, 0.1)

    in_doubt = errors.fitted_persistence(replace(rows, demand=demand * of_day), demand)
    right = errors.fitted_persistence(replace(rows, demand=demand), demand)

    assert in_doubt.city == 0.5
    assert right.city == 0


def test_a_correction_is_whole_one_day_ahead_and_fades_with_each_further_day(
    panel: Panel, known: KnownAtOrigin
) -> None:
    errors = errors_with(panel, known, 1.44)
    persistence = ErrorPersistence(4.0, pull=1e-6, fade=0.5)

    for ahead, left in ((1, 1.44), (2, 1.2), (3, 1.2**0.5)):
        np.testing.assert_allclose(errors.factors(panel, panel.last, persistence, ahead), left, rtol=1e-4)


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_an_error_counts_from_the_day_on_which_its_sales_are_reported(
    region: Region, region_model: RegionModel, delay: int
) -> None:
    # given sales reported some days late, and forecasts that missed one day only
    days = region.history.days
    reported = days.assign(known_at=days["known_at"] + pd.Timedelta(days=delay))
    late = replace(region, history=replace(region.history, days=reported)).at_end_of(TRAINED_TO)
    panel = Panel.of(late, region_model.profiles)
    missed = panel.last - 6
    by_day = np.ones(RECORDED, dtype=np.float32)
    by_day[missed - panel.last - 1] = 2
    errors = errors_with(panel, late, by_day)

    def seen_from(origin: int) -> tuple[float, bool]:
        factors = errors.factors(panel, origin, ErrorPersistence(2.0, pull=1e-6))
        shapes = errors.shapes_since_training(origin, missed - 1, ErrorPersistence(), 14)
        return float(factors.max()), shapes is not None

    assert seen_from(missed + delay - 1) == (pytest.approx(1), False)
    factor, shape = seen_from(missed + delay)
    assert factor > 1.2
    assert shape
