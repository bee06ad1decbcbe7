"""Reviews of made worlds in which it is known what would have sold: the intervals hold it as often as they say."""

import numpy as np
import pandas as pd
import pytest

from tests.worlds.promoted_shop import AT_USUAL, PLANNED, Make, promoted_shop
from warehouse.worth.promotions.promotion_figures import REACH
from warehouse.worth.promotions.reviewing import review

RUN = ["warehouse_id", "product_id", "starts_on"]


@pytest.fixture(scope="module")
def beside_truth() -> pd.DataFrame:
    """Reviews with `..._true` beside each figure, of three worlds."""
    found = []
    for seed in range(3):
        shop = promoted_shop(Make(warehouses=4, products=30), seed, taken=0.2)
        found.append(review(shop.known).merge(shop.truth, on=RUN, suffixes=("", "_true")))
    return pd.concat(found, ignore_index=True).dropna(subset="usual")


def covered(off: pd.Series, error: pd.Series) -> float:
    return float((off.abs() <= REACH * error).mean())


def test_what_would_have_sold_lies_in_its_interval(beside_truth: pd.DataFrame) -> None:
    one = beside_truth
    assert len(one) > 200
    assert 0.9 < covered(one["usual"] - one["usual_true"], one["usual_error"]) < 0.99


def test_so_does_what_was_bought_ahead(beside_truth: pd.DataFrame) -> None:
    one = beside_truth
    assert 0.9 < covered(one["ahead"] - one["ahead_true"], one["ahead_error"]) < 0.99


def test_so_does_what_siblings_lost(beside_truth: pd.DataFrame) -> None:
    one = beside_truth[beside_truth["siblings"].notna()]
    assert 0.85 < covered(one["siblings"] - one["siblings_true"], one["siblings_error"]) < 0.99


def test_so_does_the_money(beside_truth: pd.DataFrame) -> None:
    one = beside_truth
    siblings = one["sibling_money"].fillna(0)
    earned = one["margin"] - one["usual_margin"] - one["ahead_money"] - siblings - one["waste_money"]
    error = np.sqrt(one["own_error"] ** 2 + one["sibling_money_error"].fillna(0) ** 2 + one["waste_error"] ** 2)
    assert 0.9 < covered(earned - one["earned"], error) < 0.99


def test_what_would_have_sold_is_nearer_than_the_days_before(beside_truth: pd.DataFrame) -> None:
    """Given what the same days sold four weeks before, which knows no drift."""
    off = float((beside_truth["usual"] - beside_truth["usual_true"]).abs().sum() / beside_truth["usual_true"].sum())

    assert off < 0.2
    assert abs(float((beside_truth["usual"] / beside_truth["usual_true"].clip(lower=1)).median()) - 1) < 0.05


def test_every_plan_is_told_as_it_was_made(beside_truth: pd.DataFrame) -> None:
    assert AT_USUAL != 0
    np.testing.assert_allclose(beside_truth["planned"] / beside_truth["planned_usual"], PLANNED)
