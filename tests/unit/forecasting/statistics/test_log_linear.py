"""The shrunk log-linear regression, against statsmodels where nothing is shrunk and against the truth where it is."""

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from forecasting.statistics import log_linear
from forecasting.statistics.log_linear import POWER, Occurrences, fitted

Doubles = NDArray[np.float64]


def drawn(effects: Doubles, days: int, seed: int = 3) -> tuple[Doubles, Doubles]:
    """Columns and demand around exp(3 + columns x effects), half as variable as it is high."""
    random = np.random.default_rng(seed)
    columns = np.column_stack([random.random((days, len(effects))) < 0.3, np.ones(days)]).astype(float)
    mean = np.exp(3 + columns[:, :-1] @ effects)
    return columns, random.gamma(4, mean / 4)


def test_without_shrinkage_it_is_the_tweedie_regression(monkeypatch) -> None:
    monkeypatch.setattr(log_linear, "HUBER", 1e9)
    monkeypatch.setattr(log_linear, "ROUNDS", 30)
    monkeypatch.setattr(log_linear, "PRIOR_WEIGHT", 1e12)  # the prior stays what it is
    columns, y = drawn(np.array([0.5, -0.3]), 400)
    offset = np.linspace(-0.2, 0.2, 400)

    found = fitted(y, offset, columns, np.array([0, 0, 1]), [1e4, 1e4], 1)

    family = sm.families.Tweedie(link=sm.families.links.Log(), var_power=POWER)
    expected = sm.GLM(y, columns, family=family, offset=offset).fit()
    np.testing.assert_allclose(found, expected.params, atol=1e-5)


def test_effects_that_are_there_stay_and_those_that_are_not_shrink() -> None:
    columns, y = drawn(np.array([0.6, -0.6, 0.5, *[0.0] * 20]), 300)
    group = np.array([0, 0, 0, *[1] * 20, 2])

    found = fitted(y, np.zeros(300), columns, group, [0.2, 0.2, 10.0], 2)
    alone = sm.GLM(y, columns, family=sm.families.Gamma(link=sm.families.links.Log())).fit().params

    np.testing.assert_allclose(found[:3], [0.6, -0.6, 0.5], atol=0.15)
    assert np.square(found[3:23]).mean() < 0.6 * np.square(alone[3:23]).mean()


def test_one_bulk_order_moves_an_effect_little() -> None:
    columns, y = drawn(np.array([0.4]), 200)
    before = fitted(y, np.zeros(200), columns, np.array([0, 1]), [0.3, 10.0], 1)[0]
    y[np.flatnonzero(columns[:, 0])[0]] = 40 * y.mean()

    after = fitted(y, np.zeros(200), columns, np.array([0, 1]), [0.3, 10.0], 1)[0]

    assert abs(after - before) < 0.1


def test_one_festival_is_believed_less_than_as_many_days_of_several() -> None:
    """Eight days of one occurrence are one occurrence; eight that lie apart are eight."""
    columns, y = drawn(np.array([0.0]), 300)
    columns[:, 0] = np.arange(300) % 40 == 3
    y = y * np.exp(0.5 * columns[:, 0])
    group, prior = np.array([0, 1]), [0.2, 10.0]
    on = columns[:, 0].astype(np.intp)

    several = fitted(y, np.zeros(300), columns, group, prior, 1, Occurrences(on, 8 * on))[0]
    one = fitted(y, np.zeros(300), columns, group, prior, 1, Occurrences(8 * on, on))[0]

    assert one < 0.75 * several
