"""A farm that must be asked earlier than a quicker one, where the quicker one has too little: planned, changed by a
buyer, approved, counted on the next day, supposed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import LotRow, OfferRow, OfferTierRow, PlanLineRow, PurchaseOrderLineRow, PurchaseOrderRow
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.deciding.preview import preview_of
from flows.purchasing.on_time.in_time import first_cut_off
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.shelves.stock_until_delivery import stock_until_delivery
from flows.purchasing.supposing.supposed import FarmFails
from flows.purchasing.supposing.what_if import what_if
from tests.integration.flows.conftest import EVERY_DAY, NOW, ORIGIN, TODAY, TOMORROW

AFTER_TOMORROW = TOMORROW + timedelta(days=1)


@pytest.fixture
def scarce(shop: Engine) -> Engine:
    """Milk: F2 brings up to 40 a day overnight, F1 more, asked two days before. Both warehouses want 30 a day."""
    with writing(shop) as session:
        session.execute(update(LotRow).values(quantity_on_hand=Decimal(0)))
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O2").values(daily_capacity=40, min_quantity=0))
        session.add(
            OfferRow(offer_id="O3", supplier_id="F1", product_id="milk", pack_size=Decimal(5), min_quantity=Decimal(0),
                     daily_capacity=Decimal(100), lead_time_days=2, delivery_weekdays=EVERY_DAY, valid_from=TODAY,
                     known_at=ORIGIN, order_cut_off="11:30",
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(8))])
        )  # fmt: skip
    return shop


def plan(shop: Engine, days: int = 0) -> str:
    return make_purchase_plan(shop, ["W1", "W2"], NOW + timedelta(days=days), "Li Na")


def milk(shop: Engine, plan_id: str, warehouse_id: str = "W2") -> list[PlanLineRow]:
    of_it = select(PlanLineRow).where(PlanLineRow.plan_id == plan_id, PlanLineRow.product_id == "milk")
    with reading(shop) as session:
        found = session.scalars(of_it.where(PlanLineRow.warehouse_id == warehouse_id).order_by(PlanLineRow.line_no))
        return list(found)


def coming(shop: Engine) -> dict[tuple[str, object], Decimal]:
    """Milk on order, by supplier and day."""
    line, order = PurchaseOrderLineRow, PurchaseOrderRow
    query = select(order.supplier_id, order.delivery_date, line.quantity).join(line).where(line.product_id == "milk")
    found: dict[tuple[str, object], Decimal] = {}
    with reading(shop) as session:
        for supplier, day, quantity in session.execute(query):
            found[supplier, day] = found.get((supplier, day), Decimal(0)) + quantity
    return found


def test_the_slower_farm_is_asked_tonight_for_the_day_after_tomorrow(scarce: Engine) -> None:
    [tonight, ahead] = milk(scarce, plan(scarce))

    assert (tonight.supplier_id, tonight.delivery_date) == ("F2", TOMORROW)
    assert (ahead.supplier_id, ahead.delivery_date, ahead.covers_from) == ("F1", AFTER_TOMORROW, AFTER_TOMORROW)
    assert ahead.quantity > 0
    assert "asked_ahead" in {reason["code"] for reason in ahead.reasons}
    with reading(scarce) as session:
        assert ahead.order_by == first_cut_off(session, TODAY, "Asia/Shanghai", NOW), "it closes first"
        stock = stock_until_delivery(session, ahead, NOW)
    assert stock.arriving == tonight.quantity


def test_what_the_slower_farm_brings_is_counted_on_when_the_quicker_one_is_asked(scarce: Engine) -> None:
    approve_plan(scarce, plan(scarce), NOW, "li")
    asked_first = coming(scarce)
    assert asked_first["F1", AFTER_TOMORROW] > 0
    assert ("F2", AFTER_TOMORROW) not in asked_first

    approve_plan(scarce, plan(scarce, days=1), NOW + timedelta(days=1), "li")

    of_the_day = {supplier: quantity for (supplier, day), quantity in coming(scarce).items() if day == AFTER_TOMORROW}
    assert of_the_day["F1"] == asked_first["F1", AFTER_TOMORROW], "not asked again"
    assert of_the_day["F2"] <= 40
    assert 60 <= sum(of_the_day.values()) <= 120, "the day's 60, and what tells a high day from a usual one"


def test_a_buyer_changes_what_is_asked_ahead_by_itself(scarce: Engine) -> None:
    plan_id = plan(scarce)
    [tonight, ahead] = milk(scarce, plan_id)
    [_, other] = milk(scarce, plan_id, "W1")
    with reading(scarce) as session:
        tried = preview_of(session, plan_id, ahead.line_no, Decimal(0), None, NOW)
    assert tried.expected_shortage > ahead.expected_shortage

    with writing(scarce) as session:
        edit_plan_line(session, plan_id, ahead.line_no, Decimal(0), "enough", NOW, "li")

    [still, none] = milk(scarce, plan_id)
    assert none.expected_shortage == pytest.approx(tried.expected_shortage)
    assert (still.quantity, still.expected_shortage) == (tonight.quantity, tonight.expected_shortage)
    approve_plan(scarce, plan_id, NOW, "li")
    assert coming(scarce)["F1", AFTER_TOMORROW] == other.quantity, "the other warehouse's"


def test_a_quicker_farm_that_would_fail_that_day_has_more_asked_of_the_slower_one(scarce: Engine) -> None:
    fails = FarmFails("F2", AFTER_TOMORROW, AFTER_TOMORROW)

    compared = what_if(scarce, ["W1", "W2"], [fails], NOW)

    changed = {change.warehouse_id: change for change in compared.changes if change.product_id == "milk"}
    assert changed["W2"].before is not None
    assert changed["W2"].after is not None
    assert changed["W2"].after.quantity > changed["W2"].before.quantity
