"""What was missed lately: how the demand of the last days, beside what was expected of them, moves a forecast."""

from collections.abc import Sequence

import numpy as np
import pytest

from forecasting.features.features import codes_of
from forecasting.features.panel import Floats, Panel
from forecasting.features.training_rows import TrainingRows, training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.recent_errors import LOOKED_BACK, ErrorPersistence, RecentErrors
from forecasting.model.region_model import RegionModel


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


def of_the_last_days(panel: Panel, known: KnownAtOrigin, days: int) -> TrainingRows:
    return training_rows(panel, range(panel.last - days + 1, panel.last + 1), (1,), 0.95, codes_of(known.products))


def scale_alone(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
    return scale, np.ones_like(scale)


def record_with(panel: Panel, known: KnownAtOrigin, missed: Floats | float) -> RecentErrors:
    """A record of forecasts that were the demand divided by `missed` (a day of the last fortnight, the latest last)."""
    record = RecentErrors(panel, scale_alone, codes_of(known.products), 0.95)
    observed = of_the_last_days(panel, known, LOOKED_BACK)
    by_day = np.broadcast_to(np.asarray(missed, dtype=np.float32), LOOKED_BACK)
    record.tell(observed, observed.demand / by_day[observed.target - panel.last - 1 + LOOKED_BACK])
    return record


def test_what_was_missed_alike_on_all_days_is_made_good(panel: Panel, known: KnownAtOrigin) -> None:
    record = record_with(panel, known, 1.3)

    factors = record.factors(panel, panel.last, ErrorPersistence(4.0, weekly=1.0, pull=1e-6))

    np.testing.assert_allclose(factors, 1.3, rtol=1e-4)


def test_what_is_missed_on_one_weekday_moves_that_weekday(panel: Panel, known: KnownAtOrigin) -> None:
    """The region's last days hold no festival, so a week ago is the same weekday."""
    of_tomorrow = np.ones(LOOKED_BACK, dtype=np.float32)
    of_tomorrow[[-7, -14]] = 1.5
    record = record_with(panel, known, of_tomorrow)

    def moved(weekly: float, ahead: int) -> float:
        persistence = ErrorPersistence(2.0, weekly=weekly, pull=1e-6)
        return float(np.mean(record.factors(panel, panel.last, persistence, ahead)))

    assert moved(1.0, 1) > moved(0.0, 1) + 0.05
    assert moved(1.0, 2) < moved(0.0, 2)
    assert moved(1.0, 8) == pytest.approx(moved(1.0, 1), rel=1e-6)


def test_what_lasts_is_found_on_days_that_show_it(panel: Panel, known: KnownAtOrigin) -> None:
    """Forecasts always a third too low."""
    record = record_with(panel, known, 1.5)
    observed = of_the_last_days(panel, known, 5)

    found = record.fitted_persistence(observed, np.maximum(observed.demand, 0.1) / np.float32(1.5))

    assert not found.nothing
    factors = record.factors_of(panel, observed, found)
    assert 1.2 < np.average(factors, weights=observed.demand) < 1.55
