"""How much of an order is accepted, and how good decisions turned out."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.scores import fill_rate, purchase_accuracy, waste
from warehouse.purchasing.suppliers.stage_yield import LOWEST_YIELD, StageYield
from warehouse.purchasing.suppliers.yields import Yields, estimate_yields


def inspections(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["product_id", "supplier_id", "inspected", "accepted"])


def test_few_inspections_are_drawn_towards_all_of_them() -> None:
    many = [("leek", "farm", 10, 8)] * 90
    yields = estimate_yields(inspections(*many, *[("okra", "coop", 10, 10)] * 10))
    assert yields.at_receipt.overall == pytest.approx(0.82)
    # the farm rejects (90 x 0.2 / 0.18 + 10) / 100 times as much as all, and its leek as much as it
    farm = 0.18 * (90 * 0.2 / 0.18 + 10) / 100
    leek = farm * (90 * 0.2 + 10 * 0.18) / (90 * farm + 10 * 0.18)
    assert 1 - yields.of("leek", "farm") == pytest.approx(0.9 * 0.2 + 0.1 * leek)
    assert yields.of("okra", "coop") > yields.at_receipt.overall
    # what was never inspected together is as good as the product and the farm are, what is unknown as all
    okra = (10 * 0.18) / (10 * 0.18 * (0 + 10) / 20 + 10 * 0.18)
    assert 1 - yields.of("okra", "farm") == pytest.approx(farm * okra)
    assert 1 - yields.of("chard", "farm") == pytest.approx(farm)
    assert 1 - yields.of("okra", "new farm") == pytest.approx(0.18 * okra)
    assert yields.of("chard", "new farm") == yields.at_receipt.overall


def test_a_farm_that_brings_bad_lots_is_expected_to_bring_them_of_a_new_product_too() -> None:
    bad, good = [("leek", "bad farm", 10, 6)] * 30, [("leek", "good farm", 10, 9)] * 60
    yields = estimate_yields(inspections(*bad, *good, ("okra", "bad farm", 10, 8), ("okra", "good farm", 10, 8)))
    assert yields.of("okra", "bad farm") < yields.at_receipt.overall < yields.of("okra", "good farm")


def test_lots_are_as_uneven_as_they_were_and_come_to_their_mean() -> None:
    # given a farm that rejects nothing of three lots of four and half of the fourth
    rows = [("leek", "farm", 10, accepted) for accepted in (10, 10, 10, 5)] * 100
    lots = np.array(estimate_yields(inspections(*rows)).lots_of("leek", "farm"))
    assert lots.mean() == pytest.approx(1)
    assert (np.diff(lots) >= 0).all()
    assert np.quantile(lots, [0.1, 0.9]) == pytest.approx([0.5 / 0.875, 1 / 0.875], rel=0.02)


@pytest.mark.parametrize(("inspected", "spread"), [(2, 0.09), (400, 0.25)])
def test_few_lots_are_taken_to_be_as_uneven_as_all_lots(inspected: int, spread: float) -> None:
    # given even lots everywhere, and of one farm's leek some of which every second is rejected twice as much
    even = [("okra", "coop", 10, 8)] * 2000
    uneven = [("leek", "farm", 10, accepted) for accepted in (10, 6)] * (inspected // 2)
    lots = np.array(estimate_yields(inspections(*even, *uneven)).lots_of("leek", "farm"))
    assert lots.std() == pytest.approx(spread, rel=0.15)


def brought(*rows: tuple[str, float]) -> pd.DataFrame:
    """What does not come on its day never does."""
    return pd.DataFrame(rows, columns=["supplier_id", "share"]).assign(late=0.0)


def test_a_farm_that_sometimes_brings_nothing_is_expected_to_do_so_again() -> None:
    # given a farm that brings nothing on one day of four and half of it on another
    came = np.random.default_rng(1).permutation([0, 0.5, 1, 1] * 100)
    days = brought(*[("farm", share) for share in [*came, 1.0]], *[("coop", 1.0)] * 50)
    yields = estimate_yields(inspections(*[("leek", "farm", 10, 10)] * 5), days)
    of_farm, of_coop, of_new = (np.array(yields.lots_of("leek", name)) for name in ("farm", "coop", "new"))
    assert of_farm.mean() == pytest.approx(0.625, abs=0.05)
    assert (of_farm == 0).mean() == pytest.approx(0.25, abs=0.05)
    assert of_farm.mean() < of_new.mean() < of_coop.mean() < 1
    assert yields.of("leek", "farm") == 1, "what does not come is not paid for"


def test_a_farm_that_brought_nothing_last_is_not_relied_on() -> None:
    # given farms of which one day in fifty begins a failure, and a failure goes on with six days of ten
    days = ([1.0] * 46 + [0.0, 0.0, 0.0, 1.0]) * 4
    rows = [(name, share) for name in ("farm", "coop", "garden") for share in days]
    relied, failing = (
        np.array(estimate_yields(inspections(), brought(*rows, ("farm", last))).lots_of("leek", "farm"))
        for last in (1.0, 0.0)
    )
    assert relied.mean() > 0.9
    assert failing.mean() == pytest.approx(1 / 3, abs=0.2), "two of three days after a failure brought nothing"


def test_what_comes_and_what_is_accepted_of_it_go_together() -> None:
    rows = [("leek", "farm", 10, accepted) for accepted in (10, 6)] * 100
    yields = estimate_yields(inspections(*rows), brought(*[("farm", share) for share in (0.5, 1)] * 100))
    lots = np.array(yields.lots_of("leek", "farm")) * yields.of("leek", "farm")
    shares, often = np.unique(lots.round(2), return_counts=True)
    assert shares == pytest.approx([0.3, 0.5, 0.6, 1.0], abs=0.01)
    assert (often == 16).all()


def test_what_was_asked_of_yields_stays_with_them_alone() -> None:
    rows = [("leek", "farm", 10, accepted) for accepted in (10, 6)] * 10
    one, another = (estimate_yields(inspections(*rows), brought(("farm", 0.5), ("farm", 1))) for _ in range(2))
    assert one.lots_of("leek", "farm") is one.lots_of("leek", "farm"), "worked out once"
    assert one.lots_of("leek", "farm") is not another.lots_of("leek", "farm"), "and not kept beyond a plan"


def test_farms_that_bring_all_they_should_leave_no_spread() -> None:
    assert estimate_yields(inspections(), brought(("farm", 1.0), ("coop", 1.0))).lots_of("leek", "farm") is None


def test_lots_that_are_all_alike_have_no_spread() -> None:
    assert estimate_yields(inspections(*[("leek", "farm", 10, 10)] * 5)).lots_of("leek", "farm") is None


def test_inspections_in_kilograms_and_in_pieces_weigh_alike() -> None:
    # given half of a ton rejected and nothing of ten pieces
    yields = estimate_yields(inspections(("leek", "farm", 1000, 500), ("okra", "coop", 10, 10)))
    assert yields.at_receipt.overall == pytest.approx(0.75)


def test_of_one_product_and_supplier_every_unit_weighs_alike() -> None:
    # given 55 of 100 accepted over two inspections, which count two against ten of the rest's mean, 0.75
    yields = estimate_yields(inspections(("leek", "farm", 10, 10), ("leek", "farm", 90, 45)))
    assert yields.at_receipt.overall == pytest.approx(0.75)
    # which two of one farm's one product say no more of than of all
    assert yields.of("leek", "farm") == pytest.approx(0.55 * 2 / 12 + 0.75 * 10 / 12)


def test_an_inspection_of_nothing_says_nothing() -> None:
    assert estimate_yields(inspections(("leek", "farm", 0, 0))) == Yields()
    yields = estimate_yields(inspections(("leek", "farm", 0, 0), ("leek", "farm", 0.5, 0.25)))
    assert yields.at_receipt.overall == 0.5


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match=r"^inspections: missing columns \['accepted', 'supplier_id'\]$"):
        estimate_yields(pd.DataFrame({"product_id": ["leek"], "inspected": [1]}))


def test_without_inspections_everything_is_expected_to_be_accepted() -> None:
    assert estimate_yields(inspections()).of("leek", "farm") == 1


def test_a_yield_is_never_so_low_that_orders_explode() -> None:
    assert estimate_yields(inspections(("leek", "farm", 10, 0))).of("leek", "farm") == LOWEST_YIELD


def test_accepting_more_than_was_inspected_is_refused() -> None:
    with pytest.raises(ValueError, match=r"product leek from farm: accepted 11\.0 of 10\.0"):
        estimate_yields(inspections(("leek", "farm", 10, 10), ("leek", "farm", 10, 11)))


def test_purchase_accuracy_counts_too_much_and_too_little_alike() -> None:
    assert purchase_accuracy([90, 60], [100, 50]) == pytest.approx(1 - 20 / 150)
    assert math.isnan(purchase_accuracy([5], [0]))


def test_a_purchase_that_errs_by_more_than_the_demand_scores_below_nothing() -> None:
    assert purchase_accuracy([500], [100]) == pytest.approx(-3)


def test_fill_rate_and_waste_are_shares_of_units() -> None:
    assert fill_rate([9, 10], [10, 10]) == pytest.approx(0.95)
    assert waste([1, 0], [10, 10]) == pytest.approx(0.05)
    assert waste([0.1], [0.5]) == pytest.approx(0.2)
    assert math.isnan(waste([], []))


def test_what_is_overdue_is_counted_on_as_often_as_such_came_later() -> None:
    # given ten days on which nothing came: three times it came later, and of the last it is not known yet
    days = brought(*[("farm", 1.0)] * 50, *[("farm", 0.0)] * 11)
    days["late"] = [0.0] * 50 + [1.0] * 3 + [0.0] * 7 + [float("nan")]
    yields = estimate_yields(inspections(), days)
    assert yields.comes_late == pytest.approx((1 + 3) / (1 + 10))
    assert np.mean(yields.late_lots_of("leek", "farm") or 1) == pytest.approx(4 / 11, abs=0.01)
    nobody_failed = estimate_yields(inspections())
    assert nobody_failed.late_lots_of("leek", "farm") is None, "nothing is known: it is counted on whole"


@given(st.floats(1, 40), st.floats(1, 40), st.floats(0.5, 1.5))
def test_an_order_of_two_farms_comes_as_both_do_apart(of_farm: float, of_coop: float, as_much: float) -> None:
    lots = {("leek", "farm"): (0.0, 1.0, 1.2), ("leek", "coop"): (0.5, 1.1)}
    yields = Yields(StageYield(lots_by_product_and_supplier=lots))
    demand = np.linspace(0, 60, 768)
    both = {"farm": of_farm, "coop": of_coop}
    together = [
        yields.as_brought_together(
            Lack(demand, demand + 10, outlives_cover=True, turn=turn), "leek", both, date(2026, 3, 2)
        )
        for turn in range(0, 768, 31)
    ]
    apart = [of_farm * one + of_coop * other for one in (0.0, 1.0, 1.2) for other in (0.5, 1.1)]
    usable = as_much * (of_farm + of_coop)
    short = np.mean([np.maximum(demand - as_much * come, 0) for come in apart])
    wasted = np.mean([np.maximum(as_much * come - demand - 10, 0) for come in apart])
    assert np.mean([one.short(usable) for one in together]) == pytest.approx(short, abs=0.1)
    assert np.mean([one.wasted(usable) for one in together]) == pytest.approx(wasted, abs=0.1)


def test_an_order_of_one_farm_comes_as_its_lots_do() -> None:
    yields = Yields(StageYield(lots_by_product_and_supplier={("leek", "farm"): (0.0, 1.0, 1.2)}))
    lack = Lack(np.linspace(0, 60, 256), np.full(256, 70.0), outlives_cover=True)
    of_farm, of_coop = (
        yields.as_brought_together(lack, "leek", {name: 7.0}, date(2026, 3, 2)) for name in ("farm", "coop")
    )
    assert of_farm.comes == pytest.approx(yields.as_brought(lack, "leek", "farm", date(2026, 3, 2)).comes)
    assert of_coop.comes is None
