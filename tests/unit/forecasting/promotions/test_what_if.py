"""What a promotion would change before it is booked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.fading import ENDED
from forecasting.model.region_model import RegionModel
from forecasting.model.trees import Trees
from forecasting.model.warehouse_model import WarehouseModel
from forecasting.promotions import what_if as module
from forecasting.promotions.price_response import PriceResponse
from forecasting.promotions.what_if import (
    CATEGORY,
    PROMOTED,
    SHOWN,
    SIBLING,
    WHAT_IF_COLUMNS,
    PlannedPromotion,
    what_if,
)
from tests.unit.forecasting.small_region import TRAINED_TO

Models = dict[str, WarehouseModel]
DAYS = len(HORIZONS)


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


def day(ahead: int) -> pd.Timestamp:
    return TRAINED_TO + pd.Timedelta(days=ahead)


def promotion(
    product: str = "p03", first: int = 1, last: int = 3, discount: float = 0.8, *, promoted: bool = True
) -> PlannedPromotion:
    return PlannedPromotion(("w1", "w4"), product, day(first), day(last), discount, promoted)


def test_a_promotion_raises_its_product_on_its_days_where_promotions_raise_demand(panel: Panel, models: Models) -> None:
    # given products that sell 1.6 times as much in a promotion; forty small trees learn the better part of that
    at_full_price = what_if(models, panel, promotion(first=1, last=DAYS, discount=1.0, promoted=False))
    promoted = what_if(models, panel, promotion(first=1, last=DAYS))

    own = promoted["relation"] == PROMOTED
    with_it, without = promoted.loc[own, "mean_with"], at_full_price.loc[own, "mean_with"]
    assert 1.3 < with_it.sum() / without.sum() < 1.7
    assert (with_it > without).all()


@pytest.mark.parametrize("rung", ["trees", "regression"])
def test_a_lower_price_never_means_less(panel: Panel, models: Models, region_model: RegionModel, rung: str) -> None:
    assert region_model.near is not None
    assert region_model.far is not None
    if rung == "regression":
        trees = region_model.near.mean
        assert isinstance(trees, Trees)
        assert trees.on is not None
        on = trees.on
        prices = replace(on, coefficients=on.coefficients | {"at_price": 0.4}, typical=on.typical | {"at_price": 0.0})
        reaches = {name: replace(getattr(region_model, name), mean=prices) for name in ("near", "far")}
        of_region = replace(region_model, **reaches)
        models = {name: replace(model, region_model=of_region) for name, model in models.items()}

    for product in panel.series["product_id"].unique():
        before = None
        for discount in (1.0, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.45, 0.3):
            found = what_if(models, panel, promotion(product, 1, 4, discount), (1, 2, 4))
            mean = found.loc[found["relation"] == PROMOTED, "mean_with"].to_numpy()
            assert before is None or (mean >= before * (1 - 1e-6)).all(), (product, discount)
            before = mean


def test_days_outside_the_promotion_and_other_warehouses_stay_as_they_are(panel: Panel, models: Models) -> None:
    found = what_if(models, panel, promotion(first=3, last=4))
    own = found[found["relation"] == PROMOTED]
    outside = ~own["date"].between(day(3), day(4))
    assert set(found["warehouse_id"]) == {"w1", "w4"}
    assert (own.loc[outside, "difference"] == 0).all()
    assert (own.loc[~outside, "difference"] != 0).any()


def test_without_a_change_of_plan_it_is_the_forecast(known: KnownAtOrigin, models: Models) -> None:
    # given the plan of a day as it is booked already
    plans = known.promotions
    booked = plans[(plans["warehouse_id"] == "w1") & (plans["product_id"] == "p03") & (plans["date"] == day(1))].iloc[
        -1
    ]
    same = replace(
        promotion(last=1, discount=booked["discount"], promoted=bool(booked["promoted"])), warehouse_ids=("w1",)
    )

    found = what_if(models, known, same)

    forecast = models["w1"].forecast(known)
    expected = found[["product_id", "date"]].merge(forecast, on=["product_id", "date"])
    assert (found["difference"] == 0).all()
    for name in SHOWN:
        np.testing.assert_array_equal(found[f"{name}_with"], expected[name])
        np.testing.assert_array_equal(found[f"{name}_without"], expected[name])


def test_it_is_the_forecast_of_the_same_promotion_booked_at_the_origin(known: KnownAtOrigin, models: Models) -> None:
    asked = promotion(first=2, last=5, discount=0.7)
    keys = [
        {"warehouse_id": warehouse, "product_id": asked.product_id, "date": date}
        for warehouse in asked.warehouse_ids
        for date in pd.date_range(asked.first_day, asked.last_day)
    ]
    rows = pd.DataFrame(keys).assign(discount=asked.discount, promoted=True, known_at=known.origin)
    both = pd.concat([known.promotions, rows.astype(known.promotions.dtypes.to_dict())], ignore_index=True)
    both = both.drop_duplicates(["warehouse_id", "product_id", "date"], keep="last")

    found = what_if(models, known, asked)

    booked = pd.concat([models[name].forecast(replace(known, promotions=both)) for name in asked.warehouse_ids])
    expected = found[["warehouse_id", "product_id", "date"]].merge(booked, on=["warehouse_id", "product_id", "date"])
    for name in SHOWN:
        np.testing.assert_array_equal(found[f"{name}_with"], expected[name])


@pytest.mark.parametrize("discount", [0.5, 1.0], ids=["cheaper", "as dear or dearer"])
def test_the_promoted_product_moves_at_least_as_far_as_prices_have_moved_its_category(
    known: KnownAtOrigin, models: Models, monkeypatch: pytest.MonkeyPatch, discount: float
) -> None:
    # given a reduction to 0.8 that is booked for a week, and demand that goes with the third power of prices, which
    # is more than any model says
    monkeypatch.setattr(module, "learned_price_response", lambda panel: PriceResponse({"fruit": -3.0}, 0.0))
    booked = pd.DataFrame([{"warehouse_id": name, "product_id": "p03"} for name in ("w1", "w4")])
    booked = booked.merge(pd.DataFrame({"date": pd.date_range(day(3), day(9))}), how="cross")
    booked = booked.assign(discount=0.8, promoted=False, known_at=known.origin)
    plans = pd.concat([known.promotions, booked.astype(known.promotions.dtypes.to_dict())], ignore_index=True)

    found = what_if(models, replace(known, promotions=plans), promotion("p03", 3, 9, discount, promoted=False))

    own = found[found["relation"] == PROMOTED]
    asked = own["date"].between(day(3), day(9))
    moved = np.where(asked, (discount / 0.8) ** -3, 1.0)
    assert own["mean_with"].to_numpy() == pytest.approx(own["mean_without"] * moved, rel=1e-3)
    median = own.loc[asked, "q50_with"] / own.loc[asked, "q50_without"]
    assert median.mean() == pytest.approx((discount / 0.8) ** -3, rel=0.2)
    others = found[found["relation"] != PROMOTED]
    assert (others["mean_with"] / others["mean_without"]).between(0.8, 1.2).all()


def test_what_was_given_keeps_its_plans(known: KnownAtOrigin, models: Models) -> None:
    before = known.promotions.copy()
    forecast = models["w1"].forecast(known)
    what_if(models, known, promotion(discount=0.5))
    pd.testing.assert_frame_equal(known.promotions, before)
    pd.testing.assert_frame_equal(models["w1"].forecast(known), forecast)


def test_siblings_share_the_subcategory_and_others_the_category(
    known: KnownAtOrigin, panel: Panel, models: Models
) -> None:
    found = what_if(models, panel, promotion("p06"))  # a fruit of the subcategory 'everyday'
    assert list(found.columns) == list(WHAT_IF_COLUMNS)
    products = known.products.set_index("product_id")
    assert found["relation"].value_counts().to_dict() == {
        PROMOTED: 2 * DAYS,
        SIBLING: 2 * DAYS * 2,  # p03 and p09
        CATEGORY: 2 * DAYS * 2,  # p00 and p12, which have no subcategory
    }
    assert set(products.loc[found["product_id"], "category"]) == {"fruit"}
    of_none = what_if(models, panel, promotion("p00"))
    assert SIBLING not in set(of_none["relation"])


def test_a_price_that_was_never_there_is_marked(known: KnownAtOrigin, models: Models) -> None:
    def marked(discount: float, *, promoted: bool = True) -> set[bool]:
        found = what_if(models, known, promotion(discount=discount, promoted=promoted))
        assert not found.loc[found["relation"] != PROMOTED, "extrapolated"].any()
        return set(found.loc[found["relation"] == PROMOTED, "extrapolated"])

    assert marked(0.8) == {False}
    assert marked(0.95) == {False}  # between prices that were there
    assert marked(0.5) == {True}
    assert marked(1.0, promoted=False) == {False}
    quiet = (known.history.days["product_id"] == "p03") & (known.history.days["date"] > day(-30))
    ended = what_if(models, replace(known, history=known.history.where(~quiet.to_numpy())), promotion(discount=0.8))
    own = ended[ended["relation"] == PROMOTED]
    assert set(own["model"]) == {ENDED}
    assert own["extrapolated"].all(), "what has ended is forecast without a price"
    nothing_promoted = replace(known, promotions=known.promotions.assign(promoted=False))
    found = what_if(models, nothing_promoted, promotion(discount=0.8))
    assert found.loc[found["relation"] == PROMOTED, "extrapolated"].all()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(first=st.integers(1, DAYS), length=st.integers(0, DAYS), discount=st.floats(0.05, 1.0), promoted=st.booleans())
def test_any_promotion_gives_whole_forecasts(
    panel: Panel, models: Models, first: int, length: int, discount: float, promoted: bool
) -> None:
    last = min(first + length, DAYS)
    found = what_if(models, panel, promotion("p05", first, last, discount, promoted=promoted))
    assert not found.isna().any().any()
    assert not found.duplicated(["warehouse_id", "product_id", "date"]).any()
    for which in ("without", "with"):
        quantiles = found[[f"{name}_{which}" for name in ("q10", "q50", "q90")]].to_numpy()
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert (quantiles >= 0).all()


def test_what_cannot_be_promoted_is_refused(panel: Panel, models: Models) -> None:
    for discount in (0.0, -0.1, 1.01, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="discount"):
            promotion(discount=discount)
    with pytest.raises(ValueError, match="lies before"):
        promotion(first=3, last=2)
    with pytest.raises(ValueError, match="needs a warehouse"):
        replace(promotion(), warehouse_ids=())
    for first, last in ((0, 2), (1, DAYS + 1)):
        with pytest.raises(ValueError, match="not among those forecast"):
            what_if(models, panel, promotion(first=first, last=last))
    with pytest.raises(ValueError, match="w9 has no model"):
        what_if(models, panel, replace(promotion(), warehouse_ids=("w1", "w9")))
    with pytest.raises(ValueError, match="never sold product p99"):
        what_if(models, panel, promotion("p99"))
