"""What a product missed on a day, from its sales, its demand and what is known of its stock."""

from datetime import date

import pytest

from flows.demand.recent_sales import SalesDay

DAY = date(2026, 3, 1)


def test_what_known_stock_outs_hid_is_missed_but_for_rounding() -> None:
    assert SalesDay(DAY, 20.0, 4, 20.5).missed == pytest.approx(0.5)
    assert SalesDay(DAY, 20.0, 4, 20.004).missed == 0
    assert SalesDay(DAY, 20.0, 4, 18.0).missed == 0, "more sold than was known when demand was worked out"


def test_of_a_guess_only_a_twentieth_of_the_demand_and_more_is_missed() -> None:
    assert SalesDay(DAY, 9.6, None, 10.0).missed == 0
    assert SalesDay(DAY, 9.4, None, 10.0).missed == pytest.approx(0.6)


def test_without_demand_or_with_known_stock_nothing_is_guessed() -> None:
    assert SalesDay(DAY, 9.0, None, 10.0).guessed
    assert not SalesDay(DAY, 9.0, 3, 10.0).guessed
    assert not SalesDay(DAY, 9.0, None).guessed
    assert SalesDay(DAY, 9.0, None).missed == 0
