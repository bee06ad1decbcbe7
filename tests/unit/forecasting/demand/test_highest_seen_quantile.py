import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.demand.highest_seen_quantile import covered_quantile, reached_quantile


def kaplan_meier_end(days: list[tuple[int, bool]]) -> float:
    """The estimate in its textbook form: at each demand seen whole, the share of those still at risk that ended."""
    survive = 1.0
    for value in sorted({value for value, whole in days if whole}):
        at_risk = sum(1 for other, _ in days if other >= value)
        ended = sum(1 for other, whole in days if whole and other == value)
        survive *= 1 - ended / at_risk
    return 1 - survive


@given(st.lists(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12), min_size=1, max_size=5))
def test_every_series_ends_where_the_textbook_says(series: list[list[tuple[int, bool]]]) -> None:
    value = np.array([float(value) for days in series for value, _ in days])
    whole = np.array([whole for days in series for _, whole in days])
    code = np.array([at for at, days in enumerate(series) for _ in days], dtype=np.intp)
    order = np.random.default_rng(0).permutation(len(value))
    found = reached_quantile(value[order], whole[order], code[order], len(series))
    np.testing.assert_allclose(found, [kaplan_meier_end(days) for days in series], atol=1e-9)


def rows(product: str, sales: list[float], exposure: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "warehouse_id": "w",
            "product_id": product,
            "date": pd.date_range("2026-05-04", periods=len(sales)),
            "sales": sales,
            "exposure": exposure,
            "expected": 5.0,
            "demand": sales,
        }
    )


def test_a_product_that_always_sold_out_has_shown_nothing() -> None:
    found = covered_quantile(rows("a", [3, 4, 5], [0.4, 0.6, 0.8]))
    assert found["highest_seen_quantile"].tolist() == [0]
    assert found["days_seen_whole"].tolist() == [0]


def test_a_product_always_in_stock_has_shown_what_so_many_days_can() -> None:
    found = covered_quantile(rows("a", [1, 2, 3, 4, 5, 6, 7, 8, 9], [1.0] * 9))
    assert found["highest_seen_quantile"].tolist() == pytest.approx([0.9])


def test_a_product_that_sells_out_on_its_best_days_has_not_shown_its_upper_quantiles() -> None:
    # given twenty days, of which the five best were cut short
    often = rows("a", list(range(20)), [1.0] * 15 + [0.5] * 5)
    never = rows("b", list(range(20)), [1.0] * 20)
    # when
    found = covered_quantile(pd.concat([never, often])).set_index("product_id")["highest_seen_quantile"]
    # then
    assert found["a"] == pytest.approx(0.75)
    assert found["b"] == pytest.approx(20 / 21)
