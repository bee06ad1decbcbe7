"""Whether a product still sells, told from its own rhythm: by days that can be counted on fingers."""

from collections.abc import Iterable

import numpy as np
import pytest

from forecasting.demand.still_selling import Silence, silence_of

DAYS = 200


def silence(
    sold_on: Iterable[int], until: int = DAYS, *, out: Iterable[int] = (), shut: Iterable[int] = (), rows: bool = True
) -> Silence:
    """Of a product that sold on these days, seen at the end of day `until` - 1; known to be out of stock, and its shop
    shut, on others. With `rows` every day has one, else only those that sold and those out of stock."""
    sales, exposure, business = np.zeros((1, until)), np.ones((1, until)), np.ones((1, until), dtype=bool)
    days = [day for day in sold_on if day < until]
    sales[0, days] = 2.0
    exposure[0, [day for day in out if day < until]] = 0
    business[0, [day for day in shut if day < until]] = False
    known = (sales > 0) | (exposure == 0) | rows
    exposure = np.where(known, exposure, 0)
    found = silence_of(sales.astype("f4"), exposure.astype("f4"), known, business, np.zeros(1, dtype=np.intp))
    assert len(found.days) == 1
    return found


def probability(*args, **kwargs) -> float:
    return float(silence(*args, **kwargs).probability[0])


@pytest.mark.parametrize("rows", [True, False])
def test_a_daily_seller_is_in_doubt_after_days_and_ended_after_a_fortnight(rows: bool) -> None:
    by_silence = [probability(range(60), 60 + days, rows=rows) for days in range(20)]

    assert by_silence[:2] == [1, 1]
    assert by_silence[2:] == sorted(by_silence[2:], reverse=True)
    assert 0.3 < by_silence[2] < 1
    assert by_silence[7] < 0.05
    assert not silence(range(60), 60 + 13, rows=rows).ended
    assert silence(range(60), 60 + 14, rows=rows).ended
    assert silence(range(60), 60 + 14, rows=rows).days == 14


def test_who_sells_once_a_fortnight_may_be_silent_for_a_month_but_not_for_a_quarter() -> None:
    fortnightly = range(0, 160, 14)  # the last on day 154

    assert probability(fortnightly, 155 + 13) == 1
    assert probability(fortnightly, 155 + 28) == 1
    assert probability(range(0, 90, 14), 85 + 100) < 0.2


def test_what_sells_once_a_fortnight_and_was_long_unseen_is_told_what_it_sells_a_day() -> None:
    fortnightly = range(0, 160, 14)

    assert silence(fortnightly, 155 + 27).sold_a_day == np.inf
    assert silence(fortnightly, 155 + 28).sold_a_day == pytest.approx(2.0 / 14)
    assert silence([100], 155).sold_a_day == np.inf, "one sale tells no rhythm"


def test_weekend_products_pause_over_the_week() -> None:
    weekends = [day for day in range(0, 60) if day % 7 in (5, 6)]

    assert all(probability(weekends, until) == 1 for until in range(30, 61))


def test_days_known_to_be_out_of_stock_are_no_silence() -> None:
    assert probability(range(60), 100, out=range(60, 100)) == 1
    half = silence(range(60), 100, out=range(60, 90))
    assert half.days == 10
    assert half.probability < 0.05


def test_days_on_which_the_shop_sells_nothing_are_no_silence() -> None:
    assert probability(range(60), 90, shut=range(60, 90)) == 1


def test_the_next_sale_brings_a_product_back() -> None:
    assert silence(range(60), 130).ended
    back = [*range(60), 130]
    assert probability(back, 131) == 1
    assert probability([*back, 131, 132], 133 + 2) == 1


def test_a_season_ago_is_no_part_of_the_rhythm() -> None:
    """What sold for a week in each of two seasons is not taken for a product that sells every few months."""
    assert probability([*range(5, 10), *range(150, 156)], 156 + 28) < 0.05


def test_what_has_never_sold_and_what_has_sold_once_lately_are_left_alone() -> None:
    never = silence([], 100)
    assert (never.probability, never.last_sold, bool(never.ended[0])) == (1, -1, False)
    assert probability([90], 100) == 1


def test_many_series_are_judged_as_one_by_one() -> None:
    rng = np.random.default_rng(3)
    sales = (rng.random((50, 120)) < rng.random((50, 1)) ** 2).astype("f4")
    sales[:20, 80:] = 0
    exposure = rng.choice([0.0, 0.5, 1.0], (50, 120), p=[0.1, 0.1, 0.8]).astype("f4")
    known = rng.random((50, 120)) < 0.8
    business, shop = rng.random((3, 120)) < 0.9, rng.integers(0, 3, 50)

    together = silence_of(sales, exposure, known, business, shop)

    for at in range(50):
        one = slice(at, at + 1)
        alone = silence_of(sales[one], exposure[one], known[one], business, shop[one])
        assert together.probability[at] == alone.probability[0]
        assert together.days[at] == alone.days[0]
    assert 5 < (together.probability < 1).sum() < 45
