import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.statistics.credibility import pulled_cells, pulled_ratios


def plainly(sold: list[float], expected: list[float], group: list[int], groups: int) -> list[float]:
    """Buehlmann-Straub in plain sums, for so few rows that there is one band of volume."""
    members = [[i for i in range(len(sold)) if group[i] == g and expected[i] > 0] for g in range(groups)]
    made = [sum(sold[i] for i in rows) for rows in members]
    due = [sum(expected[i] for i in rows) for rows in members]
    observed = sum(len(rows) for rows in members)
    here = sum(1 for rows in members if rows)
    if observed == here:
        return [1.0] * groups
    apart = sum(
        (sold[i] - made[g] / due[g] * expected[i]) ** 2 / expected[i] for g in range(groups) for i in members[g]
    )
    within = apart / (observed - here)
    scattered = sum((made[g] - due[g]) ** 2 / due[g] - within for g in range(groups) if members[g])
    between = scattered / sum(due)
    if between <= 0:
        return [1.0] * groups
    pull = within / between
    return [(made[g] + pull) / (due[g] + pull) if members[g] else 1.0 for g in range(groups)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.one_of(st.just(0.0), st.floats(0.1, 10)), st.integers(0, 3)),
        min_size=1,
        max_size=19,
    )
)
def test_pulled_ratios_are_those_of_plain_sums(rows: list[tuple[float, float, int]]) -> None:
    sold, expected, group = (list(column) for column in zip(*rows, strict=True))
    found = pulled_ratios(np.array(sold), np.array(expected), np.array(group, dtype=np.intp), 4)
    np.testing.assert_allclose(found, plainly(sold, expected, group, 4), rtol=1e-6, atol=1e-9)


def test_groups_that_differ_by_chance_are_all_taken_for_1() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(400), 10)
    ratios = pulled_ratios(rng.poisson(2, 4000).astype(float), np.full(4000, 2.0), group, 400)
    assert np.abs(ratios - 1).max() < 0.15


def test_groups_that_differ_more_than_chance_keep_what_is_theirs_and_the_better_known_the_more() -> None:
    rng = np.random.default_rng(2)
    true = rng.gamma(10, 1 / 10, 200)
    days = np.where(np.arange(200) % 2 == 0, 4, 100)
    group = np.repeat(np.arange(200), days)
    ratios = pulled_ratios(rng.poisson(3 * true[group]).astype(float), np.full(len(group), 3.0), group, 200)
    well, badly = days == 100, days == 4
    assert np.abs(ratios - true)[well].mean() < np.abs(ratios - true)[badly].mean() < np.abs(true - 1).mean()


def test_cells_of_which_nothing_was_expected_are_1() -> None:
    found = pulled_cells(np.array([3.0, 0.0, 9.0]), np.array([2.0, 0.0, 4.0]), within=0.1)
    assert found[1] == 1
    assert found[0] == pytest.approx(1.5, abs=0.1)
