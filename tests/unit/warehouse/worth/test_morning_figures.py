"""Figures from sums: their formulas, that periods add up, and that nothing is told of nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.purchasing import scores
from warehouse.worth.measures import MEASURES, OF_PRODUCTS, OF_WAREHOUSES, Measures, total
from warehouse.worth.morning_figures import BY_NAME, FIGURES, Kind

SUMS = st.builds(Measures, **{name: st.floats(0, 1e6) for name in MEASURES})


@pytest.mark.parametrize(
    ("figure", "sums", "value"),
    [
        ("fill_rate", Measures(met=8, demand=10), 0.8),
        ("earned", Measures(short_money=3, waste_money=5, wanted_money=40), 0.8),
        ("purchase_accuracy", Measures(bought_off=20, demanded=150), 1 - 20 / 150),
        ("purchase_accuracy", Measures(bought_off=400, demanded=100), -3),
        ("wape", Measures(forecast_off=3, forecast_demand=12), 0.25),
        ("wpe", Measures(forecast_mean=9, forecast_demand=12), -0.25),
        ("waste", Measures(rejected_receipt=1, rejected_dispatch=2, expired=3, damaged=4, came=40), 0.25),
        ("stock_turns", Measures(stock_sold_money=20, stock_money=40), 182.5),
        ("days_of_supply", Measures(stock_sold_money=20, stock_money=40), 2),
        ("units_nearer", Measures(edits_judged=2, units_nearer=-3), -3),
    ],
)  # fmt: skip
def test_a_figure_is_what_its_name_says(figure: str, sums: Measures, value: float) -> None:
    assert BY_NAME[figure].value(sums) == pytest.approx(value)


def test_figures_are_those_that_purchase_decisions_are_scored_by() -> None:
    bought, demanded, sold = [90.0, 60.0], [100.0, 50.0], [80.0, 50.0]
    sums = total(
        Measures(bought_off=abs(one - other), demanded=other, met=out, demand=other)
        for one, other, out in zip(bought, demanded, sold, strict=True)
    )
    assert BY_NAME["purchase_accuracy"].value(sums) == pytest.approx(scores.purchase_accuracy(bought, demanded))
    assert BY_NAME["fill_rate"].value(sums) == pytest.approx(scores.fill_rate(sold, demanded))


@given(SUMS)
def test_the_stages_of_waste_add_up_to_it_and_reasons_to_that_of_the_shelf(sums: Measures) -> None:
    stages = [BY_NAME[f"waste_{stage}"].value(sums) for stage in ("receipt", "shelf", "dispatch")]
    reasons = [BY_NAME[reason].value(sums) for reason in ("expired", "damaged", "thrown_otherwise")]
    whole, shelf = BY_NAME["waste"].value(sums), stages[1]
    assert (whole is None) == (shelf is None)
    if whole is not None and shelf is not None:
        assert sum(one or 0 for one in stages) == pytest.approx(whole)
        assert sum(one or 0 for one in reasons) == pytest.approx(shelf)


def test_of_no_days_no_share_is_told() -> None:
    assert all(figure.value(Measures()) is None for figure in FIGURES if figure.kind is Kind.SHARE)


def test_every_sum_is_of_products_or_of_warehouses() -> None:
    assert set(MEASURES) == {*OF_PRODUCTS, *OF_WAREHOUSES}
