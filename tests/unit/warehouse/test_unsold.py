"""Which products are asked about, from their own rhythm."""

from datetime import date, timedelta

import pandas as pd
import pytest

from warehouse.assortment.unsold import Unsold, unsold_products

FIRST = date(2026, 9, 1)
DAYS = 60


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def rows(**sales: dict[int, float]) -> pd.DataFrame:
    """Rows by product and day number, beside milk that sells every day."""
    every = {"milk": dict.fromkeys(range(DAYS), 8.0)} | sales
    listed = [(name, day(number), sold) for name, by_day in every.items() for number, sold in by_day.items()]
    frame = pd.DataFrame(listed, columns=["product_id", "date", "sales"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_a_product_that_sells_every_day_is_not_asked_about() -> None:
    assert unsold_products(rows()) == []


@pytest.mark.parametrize(("stopped_for", "asked", "held"), [(6, True, False), (8, True, False), (25, True, True)])
def test_a_daily_seller_whose_rows_stop_is_asked_about_and_after_two_weeks_not_bought(stopped_for, asked, held) -> None:
    found = unsold_products(rows(leek=dict.fromkeys(range(DAYS - stopped_for), 5.0)))

    assert found == [Unsold("leek", day(DAYS - stopped_for - 1), stopped_for, rows_stopped=stopped_for >= 7)]
    assert bool(found) is asked
    assert found[0].taken_as_delisted is held


def test_a_product_sold_every_tenth_day_may_stay_unsold_for_three_weeks() -> None:
    assert unsold_products(rows(saffron=dict.fromkeys(range(0, 40, 10), 1.0))) == []


def test_zeros_count_as_days_unsold_and_as_rows() -> None:
    zeros = dict.fromkeys(range(20), 5.0) | dict.fromkeys(range(20, DAYS), 0.0)
    until_lately = {number: sold for number, sold in zeros.items() if number < DAYS - 12}

    (going_on,) = unsold_products(rows(leek=zeros))
    (ended,) = unsold_products(rows(leek=until_lately))

    assert (going_on.days, going_on.rows_stopped, going_on.taken_as_delisted) == (40, False, False)
    assert (ended.days, ended.rows_stopped, ended.taken_as_delisted) == (40, True, True)


def test_days_on_which_the_warehouse_has_no_rows_do_not_count() -> None:
    frame = rows(leek=dict.fromkeys(range(DAYS - 5), 5.0))
    shut = frame["date"].isin(pd.to_datetime([day(DAYS - 5), day(DAYS - 4), day(DAYS - 3)]))

    assert [one.days for one in unsold_products(frame)] == [5]
    assert unsold_products(frame[~shut].reset_index(drop=True)) == []


def test_what_never_sold_is_not_asked_about() -> None:
    assert unsold_products(rows(leek=dict.fromkeys(range(DAYS), 0.0))) == []
