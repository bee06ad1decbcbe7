"""What sells no more has no rows to be scored on; what was forecast of it counts all the same."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.evaluation.accuracy import accuracy
from forecasting.evaluation.scored_days import left_out, observed_days
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin
from tests.unit.forecasting.evaluation.test_accuracy import DAYS, KEYS, START, region

END = START + pd.Timedelta(days=DAYS - 1)


def gone_since(day: pd.Timestamp) -> KnownAtOrigin:
    """p3 of w0, which sold 5 a day, has no row since a day; nothing is known of availability."""
    known = region(before=30)
    days = known.history.days
    gone = ((days["warehouse_id"] == "w0") & (days["product_id"] == "p3") & (days["date"] >= day)).to_numpy()
    history = known.history.where(~gone)
    return replace(known, history=replace(history, in_stock=np.full_like(history.in_stock, -1)))


def of_gone(observed: pd.DataFrame) -> pd.DataFrame:
    return observed[(observed["warehouse_id"] == "w0") & (observed["product_id"] == "p3")]


def test_days_without_a_row_count_as_0_from_the_first_row_on() -> None:
    observed = of_gone(observed_days(gone_since(START + pd.Timedelta(days=2)), START, END)).sort_values("date")

    assert list(observed["date"]) == list(pd.date_range(START, END))
    assert (observed["sales"].iloc[2:] == 0).all()
    assert observed["scored"].all()
    assert observed["told"].all()


def test_days_of_which_nothing_can_be_told_are_none_of_them() -> None:
    known = gone_since(START - pd.Timedelta(days=30))  # never had a row
    assert of_gone(observed_days(known, START, END)).empty

    known = gone_since(START)
    delisted = known.products.assign(delisted=[pd.NaT, pd.NaT, pd.NaT, START + pd.Timedelta(days=1)])
    last = of_gone(observed_days(replace(known, products=delisted), START, END))["date"]
    assert sorted(last) == [START, START + pd.Timedelta(days=1)]

    days = known.history.days
    shut = ((days["warehouse_id"] == "w0") & (days["date"] == END)).to_numpy()
    without = replace(known, history=known.history.where(~shut))
    assert END not in set(of_gone(observed_days(without, START, END))["date"])


def test_a_forecast_of_what_has_ended_is_bias_and_no_coverage() -> None:
    known = gone_since(START - pd.Timedelta(days=20))
    observed = observed_days(known, START, END)
    forecast = observed[KEYS].assign(origin=lambda rows: rows["date"] - pd.Timedelta(days=1), model="lightgbm")
    forecast = forecast.assign(**dict.fromkeys([*QUANTILE_COLUMNS, "mean"], observed["sales"]))
    ended = of_gone(forecast).index
    assert len(ended) == DAYS
    assert not observed.loc[ended, "told"].any()
    forecast.loc[ended, [*QUANTILE_COLUMNS, "mean"]] = 4.0

    found = accuracy(observed, {"ours": forecast}, 1, resamples=20).scores
    overall = found[found["kind"] == "overall"].iloc[0]

    sold = observed["sales"].sum()
    assert overall["wape"] == pytest.approx(4.0 * DAYS / sold)
    assert overall["wpe"] == overall["wpe_mean"] == pytest.approx(4.0 * DAYS / sold)
    assert overall["coverage_q05"] == 1, "of days that are told of"
    assert left_out(observed)["rows"] == len(observed) - DAYS
