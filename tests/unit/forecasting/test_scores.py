import pandas as pd
import pytest

from forecasting.frames import QUANTILE_COLUMNS
from forecasting.scores import coverage, pinball, scores, wape, wpe


def test_wape_and_wpe_are_shares_of_the_demand() -> None:
    assert wape([4, 6], [5, 3]) == pytest.approx(0.4)
    assert wpe([4, 6], [5, 3]) == pytest.approx(-0.2)


def test_pinball_charges_a_high_quantile_more_for_being_low() -> None:
    assert pinball([10], [8], 0.9) == pytest.approx(0.18)
    assert pinball([10], [12], 0.9) == pytest.approx(0.02)


def test_coverage_counts_demand_at_the_quantile_as_covered() -> None:
    assert coverage([1, 2, 3, 4], [1, 1, 3, 5]) == pytest.approx(0.75)


def test_a_perfect_forecast_scores_nothing() -> None:
    demand = [1.0, 2.0, 0.0]
    forecast = pd.DataFrame(dict.fromkeys((*QUANTILE_COLUMNS, "mean"), demand))
    found = scores(demand, forecast)
    assert found["wape"] == found["wpe"] == found["wpe_mean"] == found["pinball"] == 0
    assert found["coverage_q05"] == 1
