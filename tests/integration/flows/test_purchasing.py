"""Purchase plans from request to purchase orders, on both databases."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.tables import (
    InspectionRow,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    Stage,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.planning.planning import days_together
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from forecasting.distribution.dependence import Dependence
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW


def planned(shop: Engine, warehouses=("W1", "W2"), delivery_date=TOMORROW, now=NOW) -> str:
    return make_purchase_plan(shop, warehouses, now, "buyer", asked_for=delivery_date)


def lines_of(shop: Engine, plan_id: str) -> dict[tuple[str, str], PlanLineRow]:
    with reading(shop) as session:
        found = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)).all()
        return {(line.warehouse_id, line.product_id): line for line in found}


def test_a_plan_has_a_line_for_every_product_of_every_warehouse(shop: Engine) -> None:
    lines = lines_of(shop, planned(shop))

    assert len(lines) == 6
    spinach = lines["W1", "spinach"]
    assert (spinach.supplier_id, spinach.pack_size, spinach.unit_price) == ("F1", 5, 6)
    assert spinach.quantity % 5 == 0
    assert 15 <= spinach.quantity <= 35  # one day of about 20 kg, two days of life
    assert spinach.reasons[0]["code"] == "covers"


def test_what_is_in_stock_is_not_bought_again(shop: Engine) -> None:
    lines = lines_of(shop, planned(shop))

    assert lines["W1", "milk"].quantity == 0
    assert lines["W1", "milk"].usable_stock == pytest.approx(270, abs=5)  # 300 less the day before delivery
    assert lines["W2", "milk"].quantity >= 20


def test_a_product_that_nobody_offers_is_told_not_dropped(shop: Engine) -> None:
    line = lines_of(shop, planned(shop))["W1", "saffron"]

    assert line.quantity == 0
    assert "no_offer" in {reason["code"] for reason in line.reasons}


def test_what_was_ordered_yesterday_for_the_same_day_counts_as_coming(shop: Engine) -> None:
    before = lines_of(shop, first := planned(shop))["W2", "milk"]
    approve_plan(shop, first, NOW, "buyer")

    again = lines_of(shop, planned(shop))["W2", "milk"]

    assert before.quantity > 0
    assert again.quantity == 0


def test_of_what_is_on_order_only_what_will_be_accepted_counts(shop: Engine) -> None:
    with writing(shop) as session:
        session.add_all(
            InspectionRow(inspection_id=f"I{number}", stage=Stage.RECEIPT, supplier_id="F2", product_id="milk",
                       inspected_at=ORIGIN, inspected_quantity=Decimal(10), accepted_quantity=Decimal(5),
                       known_at=ORIGIN)
            for number in range(3)
        )  # fmt: skip
        session.add(
            PurchaseOrderRow(purchase_order_id="P1", number="PO-1", supplier_id="F2", warehouse_id="W2",
                             delivery_date=TOMORROW, ordered_at=ORIGIN, ordered_by="Li Na",
                             lines=[PurchaseOrderLineRow(line_no=1, product_id="milk", quantity=Decimal(50),
                                                         unit_price=Decimal("7.50"))])
        )  # fmt: skip

    line = lines_of(shop, planned(shop, ["W2"]))["W2", "milk"]

    assert line.usable_stock == 25  # half of every delivery was rejected so far


def test_an_edit_takes_whole_packs_a_reason_and_the_price_of_its_tier(shop: Engine) -> None:
    plan_id = planned(shop)
    number = lines_of(shop, plan_id)["W1", "spinach"].line_no
    with writing(shop) as session:
        edit_plan_line(session, plan_id, number, Decimal(50), "festival", NOW, "li")

    line = lines_of(shop, plan_id)["W1", "spinach"]
    assert (line.quantity, line.unit_price, line.edit_reason, line.edited_by) == (50, 5, "festival", "li")
    assert line.planned_quantity < 50


@pytest.mark.parametrize(
    ("quantity", "reason", "words"),
    [
        ("-5", "why not", "0 or more"),
        ("NaN", "why not", "0 or more"),
        ("7", "why not", "take 5 or 10"),
        ("5000000", "why not", "at most"),
        ("10", "  ", "needs a reason"),
    ],
)
def test_a_wrong_edit_is_refused_and_changes_nothing(shop: Engine, quantity, reason, words) -> None:
    plan_id = planned(shop)
    before = lines_of(shop, plan_id)["W1", "spinach"]
    with pytest.raises(Invalid, match=words), writing(shop) as session:
        edit_plan_line(session, plan_id, before.line_no, Decimal(quantity), reason, NOW, "li")

    after = lines_of(shop, plan_id)["W1", "spinach"]
    assert (after.quantity, after.edited_by) == (before.quantity, None)


def test_approving_twice_orders_once_and_ends_editing(shop: Engine) -> None:
    plan_id = planned(shop)
    first = approve_plan(shop, plan_id, NOW, "li")
    second = approve_plan(shop, plan_id, NOW + timedelta(minutes=1), "wang")

    assert [order.number for order in first] == [order.number for order in second]
    assert len(first) == 3  # F1 to both warehouses, F2 to W2 alone
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 3
        ordered = session.scalar(select(func.sum(PurchaseOrderLineRow.quantity)))
        wanted = session.scalar(select(func.sum(PlanLineRow.quantity)).where(PlanLineRow.plan_id == plan_id))
        assert ordered == wanted
        assert session.get_one(PurchasePlanRow, plan_id).approved_by == "li"
    with pytest.raises(NotNow, match="approved"), writing(shop) as session:
        edit_plan_line(session, plan_id, 1, Decimal(0), "late", NOW, "li")


def test_a_plan_whose_day_has_passed_is_not_approved(shop: Engine) -> None:
    plan_id = planned(shop)
    with pytest.raises(NotNow, match="has passed"):
        approve_plan(shop, plan_id, NOW + timedelta(days=2), "li")


@pytest.mark.parametrize(
    ("warehouses", "day", "error", "words"),
    [
        (["W9"], TOMORROW, Unknown, "W9"),
        ([], TOMORROW, Invalid, "at least one"),
        (["W1"], TODAY - timedelta(days=1), Invalid, "has passed"),
        (["W1"], TODAY + timedelta(days=40), Invalid, "more than 14 days"),
        (["W1"], TODAY + timedelta(days=10), NotNow, "freshfront forecast"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused_with_the_remedy(shop: Engine, warehouses, day, error, words) -> None:
    with pytest.raises(error, match=words):
        planned(shop, warehouses, day)

    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchasePlanRow)) == 0


def test_two_offers_of_one_supplier_are_two_lines_of_one_order(shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(OfferRow, "O2").daily_capacity = Decimal(20)
        session.add(
            OfferRow(offer_id="O3", supplier_id="F2", product_id="milk", pack_size=Decimal(5), min_quantity=Decimal(0),
                  daily_capacity=None, lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7", valid_from=TODAY,
                  known_at=NOW, tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal("8"))])
        )  # fmt: skip
    plan_id = planned(shop, ["W2"])
    approve_plan(shop, plan_id, NOW, "li")

    with reading(shop) as session:
        ordered = session.scalars(select(PurchaseOrderLineRow).where(PurchaseOrderLineRow.product_id == "milk")).all()
    assert len(ordered) == 2
    assert len({line.purchase_order_id for line in ordered}) == 1


def test_less_than_the_supplier_delivers_is_refused(shop: Engine) -> None:
    plan_id = planned(shop, ["W2"])
    number = lines_of(shop, plan_id)["W2", "milk"].line_no

    with pytest.raises(Invalid, match="20 of milk at least"), writing(shop) as session:
        edit_plan_line(session, plan_id, number, Decimal(10), "small shelf", NOW, "li")
    with writing(shop) as session:
        edit_plan_line(session, plan_id, number, Decimal(0), "none today", NOW, "li")


def test_a_plan_made_again_from_the_same_is_the_same(shop: Engine) -> None:
    first, again = lines_of(shop, planned(shop)), lines_of(shop, planned(shop))

    assert {key: line.quantity for key, line in first.items()} == {key: line.quantity for key, line in again.items()}


def test_days_whose_errors_go_together_make_a_wider_sum_of_the_same_mean() -> None:
    quantiles = np.tile([6.0, 8, 10, 15, 20, 26, 30], (2, 3, 1))
    mean = np.full((2, 3), 16.0)

    def sums(dependence: Dependence, products: list[str]) -> np.ndarray:
        demand = days_together("W1", dependence)(products, quantiles, mean, 512, 0)
        assert demand.shape == (2, 3, 512)
        return demand.sum(axis=1)

    apart, joined = (sums(one, ["milk", "leek"]) for one in (Dependence((0.0,)), Dependence((0.6,))))
    assert joined.mean() == pytest.approx(apart.mean())
    assert joined[0].std() > 1.2 * apart[0].std()
    assert (sums(Dependence((0.6,)), ["milk", "spinach"])[0] == joined[0]).all()


def test_what_is_ordered_above_what_was_ever_seen_is_marked(shop: Engine) -> None:
    with writing(shop) as session:
        session.add_all(
            RecoveredDemandRow(warehouse_id=warehouse, product_id="spinach", origin=origin, last_day=TODAY, demand=b"",
                            how="", days_seen_whole=9, highest_seen_quantile=0.2)
            for warehouse, origin in (("W1", ORIGIN), ("W2", ORIGIN - timedelta(days=1)))
        )  # fmt: skip
    lines = lines_of(shop, planned(shop))

    (marked,) = [reason for reason in lines["W1", "spinach"].reasons if reason["code"] == "beyond_what_was_seen"]
    assert marked["seen"] == 0.2 < marked["quantile"] < 1
    others = [line for key, line in lines.items() if key != ("W1", "spinach")]
    assert not [reason for line in others for reason in line.reasons if reason["code"] == "beyond_what_was_seen"]
