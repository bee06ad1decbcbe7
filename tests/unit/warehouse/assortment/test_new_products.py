"""What a product will sell in its first four weeks."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import day_after, small_shop
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.new_products import LaunchForecast, forecast_launch, learn_launches
from warehouse.assortment.panel import panels_of

SETTINGS = RangeSettings()


def launched(history: AssortmentHistory, product: str, after: int = 0) -> LaunchForecast:
    """In the first warehouse, on the 140th day or some days after its launch."""
    panels = panels_of(history)
    model = learn_launches(panels, history.products, SETTINGS)
    return forecast_launch(model, panels[0], product, 0, day_after(140 + after), SETTINGS)


def without(history: AssortmentHistory, product: str, everywhere: bool, factor: float = 1.0) -> AssortmentHistory:
    days = history.days
    mine = (days["product_id"] == product) & ((days["warehouse_id"] == "W0") | everywhere)
    rest = days[~mine].copy()
    rest.loc[rest["product_id"] == product, "sold"] *= factor
    return AssortmentHistory(rest, history.products, history.baskets)


def test_what_other_warehouses_sell_of_it_is_expected_here_too() -> None:
    history = small_shop(out=0.0)

    few, many = (launched(without(history, "a4", False, factor), "a4") for factor in (1.0, 3.0))

    assert few.from_warehouses == 1
    assert few.mean.sum() == pytest.approx(28 * 8, rel=0.15)
    assert many.mean.sum() == pytest.approx(3 * few.mean.sum(), rel=0.05)
    assert few.low < few.middle < few.high


def test_what_is_new_everywhere_is_expected_to_sell_like_its_siblings() -> None:
    forecast = launched(without(small_shop(out=0.0), "a4", True), "a4")

    assert forecast.from_warehouses == 0
    assert forecast.siblings == 7
    assert 28 * 4 < forecast.middle < 28 * 11


def test_days_that_were_sold_take_over_and_the_trial_ends_four_weeks_after_its_launch() -> None:
    whole = small_shop(days=154, out=0.0)
    others = without(whole, "a4", True)
    first = whole.days[(whole.days["product_id"] == "a4") & (whole.days["date"] >= day_after(140))]
    first = first[first["warehouse_id"] == "W0"].assign(sold=40.0)
    later = AssortmentHistory(pd.concat([others.days, first]), whole.products, whole.baskets)

    before, after = launched(others.before(day_after(140)), "a4"), launched(later, "a4", after=14)

    assert after.mean.sum() == pytest.approx(28 * 40, rel=0.15)
    assert after.sd < before.sd
    assert before.trial_until == after.trial_until == day_after(168).date()


def test_the_week_has_the_shape_of_its_category() -> None:
    history = small_shop(out=0.0)
    weekend = history.days["date"].dt.day_of_week >= 5
    history.days.loc[weekend, "sold"] *= 2

    mean = launched(without(history, "a4", False), "a4").mean

    saturday = np.flatnonzero(pd.date_range(day_after(140), periods=28).day_of_week == 5)
    monday = np.flatnonzero(pd.date_range(day_after(140), periods=28).day_of_week == 0)
    assert mean[saturday].sum() == pytest.approx(2 * mean[monday].sum(), rel=0.1)


def test_what_sells_nothing_elsewhere_is_not_expected_to_sell_like_its_siblings() -> None:
    history = without(small_shop(out=0.0, warehouses=3), "a4", False, factor=0.0)

    forecast = launched(history, "a4")

    assert forecast.from_warehouses == 2
    assert forecast.mean.sum() < 1.0


def test_what_a_warehouse_has_not_sold_for_long_or_sells_no_more_tells_nothing_of_levels() -> None:
    history = small_shop(out=0.0)
    days = history.days
    young = (days["product_id"] == "a0") & (days["date"] < day_after(100))
    ended = (days["product_id"] == "a1") & (days["date"] >= day_after(130))

    model = learn_launches(
        panels_of(AssortmentHistory(days[~young & ~ended], history.products, history.baskets)),
        history.products,
        SETTINGS,
    )

    assert {"a0", "a1"}.isdisjoint(model.levels["product_id"])
    assert "a2" in set(model.levels["product_id"])


def test_a_launch_sells_in_its_first_weeks_what_earlier_launches_did() -> None:
    # given: in six warehouses a1 to a3 were launched on day 40 and sold half in their first week; on two of those days
    # they were out
    history = small_shop(out=0.0, warehouses=6)
    days, first = history.days, day_after(40)
    launches = days["product_id"].isin(["a1", "a2", "a3"])
    days = days[~launches | (days["date"] >= first)].copy()
    week = launches & (days["date"] < day_after(47))
    days.loc[week, "sold"] *= 0.5
    out = launches & days["date"].isin([day_after(40), day_after(41)])
    days.loc[out, ["sold", "in_stock"]] = 0.0

    model = learn_launches(
        panels_of(AssortmentHistory(days, history.products, history.baskets)), history.products, SETTINGS
    )

    seen = (18 * 0.5 + 5) / (18 + 5)  # believed as far as 18 launches outweigh 5
    assert model.ramp == pytest.approx([seen, 1.0, 1.0, 1.0], abs=0.06)


def test_the_level_of_what_is_new_everywhere_goes_by_its_attributes() -> None:
    # given: siblings of two units, bands or subcategories, of which those of one sell four times as much
    for attribute in ("subcategory", "unit", "band"):
        history = small_shop(out=0.0, warehouses=2)
        odd = history.products["product_id"].str[1].astype(int) % 4 < 2
        products = history.products.assign(**{"subcategory": "", attribute: np.where(odd, "one", "other")})
        much = history.days["product_id"].isin(products.loc[odd, "product_id"])
        history.days.loc[:, "sold"] = np.where(much, 16.0, 4.0)
        rest = without(AssortmentHistory(history.days, products, history.baskets), "a0", True)
        other = without(AssortmentHistory(history.days, products, history.baskets), "a2", True)

        high, low = launched(rest, "a0"), launched(other, "a2")

        assert high.middle > 1.8 * low.middle, attribute


def test_how_far_levels_are_off_comes_from_products_left_out_and_from_other_warehouses() -> None:
    # given: every product sells alike in all warehouses, or each as chance has it in every one of them
    random = np.random.default_rng(10)
    alike, apart = small_shop(out=0.0, warehouses=4), small_shop(out=0.0, warehouses=4)
    alike.days["sold"] = 8.0
    keys = apart.days["warehouse_id"] + apart.days["product_id"]
    apart.days["sold"] = keys.map({key: 8.0 * random.lognormal(0, 0.8) for key in keys.unique()})

    sure, unsure = (learn_launches(panels_of(one), one.products, SETTINGS) for one in (alike, apart))

    assert sure.sd_siblings == sure.sd_elsewhere == pytest.approx(0.15)
    assert unsure.sd_elsewhere == pytest.approx(0.8 * np.sqrt(4 / 3), abs=0.3)
    assert unsure.sd_siblings == pytest.approx(0.8 / np.sqrt(4), abs=0.2)  # of its mean over four warehouses
