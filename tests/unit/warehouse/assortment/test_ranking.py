"""The range in order, and what is proposed."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.assortment.small_shop import PRODUCTS, catalogue, day_after, no_baskets, small_shop
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.proposal import EvidenceCode, ProposalKind
from warehouse.assortment.ranking import propose

WASTEFUL = {"a1": 9.0, "b6": 12.0}


def test_the_worst_come_first_and_are_proposed_with_what_held_out_weeks_say() -> None:
    found = propose(small_shop(waste=WASTEFUL), RangeSettings(), day_after(140))

    first = found.rows[found.rows["rank"] <= 2]
    assert set(first["product_id"]) == {"a1", "b6"}
    assert {(one.kind, one.product_id) for one in found.proposals} == {
        (ProposalKind.RETIRE, "a1"),
        (ProposalKind.RETIRE, "b6"),
    }
    for one in found.proposals:
        assert one.money_low < one.money < one.money_high
        assert one.money == pytest.approx(one.margin_kept - one.margin_lost + one.waste_saved_money)
        assert one.held_out is not None
        assert one.held_out.waste == pytest.approx(one.held_out.waste_predicted, rel=0.2)
        assert EvidenceCode.BASKETS_UNKNOWN in {reason.code for reason in one.evidence}


def test_what_happens_from_the_day_on_is_not_known() -> None:
    history = small_shop(days=200, waste=WASTEFUL)

    then = propose(history.before(day_after(140)), RangeSettings(), day_after(140))
    now = propose(history, RangeSettings(), day_after(140))

    pd.testing.assert_frame_equal(then.rows, now.rows)
    assert then.proposals == now.proposals


def test_a_product_that_is_new_is_not_retired() -> None:
    history = small_shop(waste=WASTEFUL)
    young = (history.days["product_id"] == "a1") & (history.days["date"] < day_after(100))

    found = propose(
        AssortmentHistory(history.days[~young], history.products, history.baskets), RangeSettings(), day_after(140)
    )

    assert "a1" not in {one.product_id for one in found.proposals}
    assert found.rows.loc[found.rows["product_id"] == "a1", "new"].all()


@pytest.mark.parametrize("unknown", ["price", "cost"])
def test_what_a_product_earns_must_be_known_before_anything_is_done_with_it(unknown: str) -> None:
    # given: a product that wastes much, one that W1 lacks and others sell well, and of both no price or no cost
    history = small_shop(waste=WASTEFUL, share=0.05, warehouses=3)
    days = history.days[(history.days["product_id"] != "b7") | (history.days["warehouse_id"] != "W1")].copy()
    days.loc[days["product_id"].isin(["a1", "b7"]), unknown] = np.nan

    settings = RangeSettings(taken_instead=0.1, taken_instead_sd=0.05)
    found = propose(AssortmentHistory(days, history.products, history.baskets), settings, day_after(140))

    # then
    assert {one.product_id for one in found.proposals} == {"b6"}
    untold = found.rows[found.rows["worth"].isna() & found.rows["worth_sd"].isna() & found.rows["margin"].isna()]
    assert set(untold["product_id"]) == {"a1", "b7"}
    assert untold["rank"].min() >= 2 * PRODUCTS - 2  # behind all of which it is known


def test_a_margin_that_the_usual_markup_stands_in_for_is_told() -> None:
    # given: nobody knows what a1 and b7 cost; a1 and b6 waste much, and W1 lacks b7
    history = small_shop(waste=WASTEFUL, share=0.05, warehouses=3)
    days = history.days[(history.days["product_id"] != "b7") | (history.days["warehouse_id"] != "W1")]
    days = days.assign(assumed=days["product_id"].isin(["a1", "b7"]))

    settings = RangeSettings(taken_instead=0.1, taken_instead_sd=0.05)
    found = propose(AssortmentHistory(days, history.products, history.baskets), settings, day_after(140))

    told = {
        (one.kind, one.product_id): EvidenceCode.MARGIN_ASSUMED in {reason.code for reason in one.evidence}
        for one in found.proposals
    }
    assert told == {
        (ProposalKind.RETIRE, "a1"): True,
        (ProposalKind.RETIRE, "b6"): False,
        (ProposalKind.TRY, "b7"): True,
    }


def test_what_is_tried_earns_as_much_as_where_that_is_known() -> None:
    # given: what W1 lacks earns 1.0 a unit in W0, and nobody knows what it costs in W2
    history = small_shop(share=0.05, warehouses=3)
    days = history.days[(history.days["product_id"] != "b7") | (history.days["warehouse_id"] != "W1")].copy()
    days.loc[(days["product_id"] == "b7") & (days["warehouse_id"] == "W2"), "cost"] = np.nan

    settings = RangeSettings(taken_instead=0.1, taken_instead_sd=0.05)
    found = propose(AssortmentHistory(days, history.products, history.baskets), settings, day_after(140))

    (tried,) = found.proposals
    sold = next(one.values["a_day"] for one in tried.evidence if one.code == EvidenceCode.SOLD_ELSEWHERE)
    assert tried.margin_kept == pytest.approx(28 * sold * 1.0)


def test_what_one_warehouse_lacks_and_others_sell_well_is_tried_until_a_day() -> None:
    history = small_shop(share=0.05, warehouses=3)
    lacks = (history.days["product_id"] == "b7") & (history.days["warehouse_id"] == "W1")
    settings = RangeSettings(taken_instead=0.1, taken_instead_sd=0.05)

    found = propose(
        AssortmentHistory(history.days[~lacks], history.products, history.baskets), settings, day_after(140)
    )

    (tried,) = found.proposals
    assert (tried.kind, tried.product_id, tried.to_warehouse_id) == (ProposalKind.TRY, "b7", "W1")
    assert tried.trial_until == day_after(168).date()
    assert tried.money == pytest.approx(tried.margin_kept - tried.margin_lost + tried.waste_saved_money)


def test_a_product_that_whole_baskets_hang_on_is_held_back_and_the_loss_is_said() -> None:
    history = small_shop(waste=WASTEFUL, warehouses=1)
    bought = history.days[history.days["product_id"] == "a1"]
    visits = np.repeat(bought["date"].to_numpy(), bought["sold"].astype(int))
    ids = np.arange(len(visits))
    parts = [
        pd.DataFrame({"basket_id": ids, "date": visits, "product_id": name, "money": money, "customer_id": ids % 50})
        for name, money in (("a1", 3.0), ("b3", 30.0), ("b4", 30.0))
    ]
    lines = pd.concat(parts).assign(warehouse_id="W0", quantity=1.0)

    found = propose(AssortmentHistory(history.days, history.products, lines), RangeSettings(), day_after(140))

    held = {one.product_id: one.held_back for one in found.proposals}
    assert held == {"a1": True, "b6": False}


def test_rarely_sold_products_are_ordered_on_demand_where_customers_wait() -> None:
    history = small_shop(waste={"a0": 6.0}, share=0.1)
    slow = history.days["product_id"] == "a0"
    history.days.loc[slow, "sold"] = (np.arange(slow.sum()) % 4 == 0).astype(float)

    waiting, none = (
        propose(history, RangeSettings(waits_on_demand=waits), day_after(140)).proposals for waits in (0.5, 0.0)
    )

    assert {one.kind for one in waiting} == {ProposalKind.ON_DEMAND}
    assert {one.kind for one in none} == {ProposalKind.RETIRE}
    assert all(some.money > one.money for some, one in zip(waiting, none, strict=True))


def test_a_warehouse_without_a_record_has_no_range() -> None:
    days = small_shop(days=7).days.iloc[:0]

    found = propose(AssortmentHistory(days, catalogue(), no_baskets()), RangeSettings(), day_after(140))

    assert found.rows.empty
    assert found.proposals == ()


def test_a_frame_that_lacks_something_says_which_and_what() -> None:
    history = small_shop(days=7)

    with pytest.raises(ValueError, match="days of an assortment's history lack price"):
        AssortmentHistory(history.days.drop(columns="price"), history.products, history.baskets)
    with pytest.raises(ValueError, match="lack b7, which was sold"):
        AssortmentHistory(history.days, history.products.iloc[: 2 * PRODUCTS - 1], history.baskets)
