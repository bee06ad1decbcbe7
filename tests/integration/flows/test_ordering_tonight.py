"""What must be ordered now, nothing twice, and what approval looks at again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.tables import (
    LotRow,
    OfferRow,
    OfferTierRow,
    OrderLineRow,
    PlanLineRow,
    PlanStatus,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    SupplierClosureRow,
    WarehouseRow,
)
from flows.errors import NotNow
from flows.ordering.confirming import confirm_purchase_order
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.deciding.asking_elsewhere import ask_elsewhere
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.planning.purchase_plans import discard_plan, make_purchase_plan
from tests.integration.flows.conftest import EVERY_DAY, NOW, ORIGIN, TODAY, TOMORROW, forecast_row

EVENING = NOW + timedelta(hours=11)  # 21:00 in Shanghai


def plan(shop: Engine, now: datetime = NOW, warehouses=("W1", "W2"), **wanted) -> str:
    return make_purchase_plan(shop, warehouses, now, "Li Na", **wanted)


def lines_of(shop: Engine, plan_id: str) -> dict[tuple[str, str], PlanLineRow]:
    with reading(shop) as session:
        found = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id))
        return {(line.warehouse_id, line.product_id): line for line in found}


def status_of(shop: Engine, plan_id: str) -> PlanStatus:
    with reading(shop) as session:
        return session.get_one(PurchasePlanRow, plan_id).status


def notes_of(shop: Engine, plan_id: str, code: str) -> list[dict]:
    with reading(shop) as session:
        return [note for note in session.get_one(PurchasePlanRow, plan_id).notes if note["code"] == code]


def ordered(shop: Engine) -> dict[tuple[str, str], Decimal]:
    """What was ordered in all, by warehouse and product."""
    line, order = PurchaseOrderLineRow, PurchaseOrderRow
    with reading(shop) as session:
        query = select(order.warehouse_id, line.product_id, line.quantity).join(line)
        found: dict[tuple[str, str], Decimal] = {}
        for warehouse, product, quantity in session.execute(query):
            found[warehouse, product] = found.get((warehouse, product), Decimal(0)) + quantity
        return found


def change_offer(shop: Engine, offer_id: str, **terms) -> None:
    with writing(shop) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == offer_id).values(**terms))


def second_offer_of_milk(shop: Engine, **terms) -> None:
    with writing(shop) as session:
        session.add(
            OfferRow(offer_id="O3", supplier_id="F1", product_id="milk", pack_size=Decimal(5), min_quantity=Decimal(0),
                     valid_from=TODAY, known_at=ORIGIN, delivery_weekdays=EVERY_DAY,
                     **{"daily_capacity": None, "lead_time_days": 1} | terms,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(8))])
        )  # fmt: skip


def test_each_line_is_for_its_own_delivery_and_says_until_when_it_must_be_out(shop: Engine) -> None:
    change_offer(shop, "O2", lead_time_days=2, order_cut_off="22:30")

    lines = lines_of(shop, plan(shop))

    assert lines["W2", "spinach"].delivery_date == TOMORROW
    assert lines["W2", "spinach"].order_by == datetime.fromisoformat("2026-03-03T00:00+08:00")
    assert lines["W2", "milk"].delivery_date == TOMORROW + timedelta(days=1)
    assert lines["W2", "milk"].order_by == datetime.fromisoformat("2026-03-02T22:30+08:00")
    assert lines["W2", "milk"].quantity > 0
    late = lines_of(shop, plan(shop, EVENING + timedelta(hours=2)))["W2", "milk"]  # 23:00
    assert late.delivery_date == TOMORROW + timedelta(days=2)


def test_a_delivery_that_can_be_ordered_later_is_not_ordered_now(shop: Engine) -> None:
    change_offer(shop, "O2", delivery_weekdays="5")  # milk comes on Fridays; today is Monday

    line = lines_of(shop, plan(shop))["W2", "milk"]

    assert line.quantity == 0
    waits = next(reason for reason in line.reasons if reason["code"] == "can_wait")
    assert waits["until"] == "2026-03-05"
    assert lines_of(shop, plan(shop, NOW + timedelta(days=3)))["W2", "milk"].quantity > 0


def test_a_holiday_is_covered_by_the_delivery_before_it(shop: Engine) -> None:
    usual = lines_of(shop, plan(shop))["W2", "milk"]
    with writing(shop) as session:
        session.add(SupplierClosureRow(supplier_id="F2", first_day=TOMORROW + timedelta(days=1),
                                       last_day=TOMORROW + timedelta(days=4), known_at=ORIGIN))  # fmt: skip

    before = lines_of(shop, plan(shop))["W2", "milk"]

    assert (usual.covers_until, before.covers_until) == (TOMORROW, TOMORROW + timedelta(days=4))
    assert before.quantity >= usual.quantity + 4 * 25


def test_a_newer_draft_takes_the_place_of_the_one_before(shop: Engine) -> None:
    first = plan(shop)
    second = plan(shop, warehouses=["W1"])

    assert {key[0] for key in lines_of(shop, first)} == {"W2"}, "W1 stands in the newer one"
    assert status_of(shop, first) == PlanStatus.DRAFT
    third = plan(shop)
    assert (status_of(shop, first), status_of(shop, second)) == (PlanStatus.DISCARDED, PlanStatus.DISCARDED)
    for replaced in (first, second):
        with pytest.raises(NotNow, match=third):
            approve_plan(shop, replaced, NOW, "wang")
    assert not ordered(shop)


def test_a_draft_that_was_edited_is_replaced_only_if_asked(shop: Engine) -> None:
    first = plan(shop)
    line = lines_of(shop, first)["W1", "spinach"]
    with writing(shop) as session:
        edit_plan_line(session, first, line.line_no, Decimal(50), "festival", NOW, "li")

    with pytest.raises(NotNow, match=first):
        plan(shop, warehouses=["W1"])
    assert lines_of(shop, first)["W1", "spinach"].quantity == 50
    plan(shop, warehouses=["W1"], replace_edited=True)
    assert ("W1", "spinach") not in lines_of(shop, first)


def test_a_discarded_draft_is_never_ordered_and_may_be_discarded_again(shop: Engine) -> None:
    plan_id = plan(shop)
    for _ in range(2):
        with writing(shop) as session:
            discard_plan(session, plan_id, NOW, "li")

    with pytest.raises(NotNow, match="discarded by li"):
        approve_plan(shop, plan_id, NOW, "wang")
    approved = plan(shop)
    approve_plan(shop, approved, NOW, "li")
    with pytest.raises(NotNow, match="cancel its purchase orders"), writing(shop) as session:
        discard_plan(session, approved, NOW, "li")


def test_planning_and_approving_again_buys_nothing_more(shop: Engine) -> None:
    approve_plan(shop, plan(shop), NOW, "li")
    once = ordered(shop)

    for later in (NOW + timedelta(minutes=5), NOW + timedelta(hours=1)):
        approve_plan(shop, plan(shop, later), later, "wang")

    assert once
    assert ordered(shop) == once


def test_a_plan_over_time_zones_orders_for_each_warehouse_s_own_day(shop: Engine) -> None:
    with writing(shop) as session:
        session.add(WarehouseRow(warehouse_id="W3", name="W3", city="Honolulu", timezone="Pacific/Honolulu"))
        session.flush()
        session.add_all(forecast_row("W3", "milk", TODAY + timedelta(days=ahead), 30.0) for ahead in range(-1, 6))

    lines = lines_of(shop, plan_id := plan(shop, warehouses=["W2", "W3"]))  # there it is still 1 March

    assert lines["W2", "milk"].delivery_date == TOMORROW
    assert lines["W3", "milk"].delivery_date == TODAY
    assert len(approve_plan(shop, plan_id, NOW, "li")) == 3


def test_warehouses_share_what_is_left_of_a_capacity(shop: Engine) -> None:
    approve_plan(shop, plan(shop, warehouses=["W2"]), NOW, "li")
    change_offer(shop, "O2", daily_capacity=ordered(shop)["W2", "milk"] + 20)
    with writing(shop) as session:
        session.execute(update(LotRow).values(quantity_on_hand=Decimal(0)))

    line = lines_of(shop, plan(shop, warehouses=["W1"]))["W1", "milk"]

    assert line.quantity == 20, "W1 would want more"
    assert "capped_by_capacity" in {reason["code"] for reason in line.reasons}


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"pack_size": Decimal(12)}, "packs 12, not 10"),
        ({"min_quantity": Decimal(5000)}, "delivers 5000 at least"),
        ({"valid_until": TODAY}, "does not offer it for that day"),
        ({"lead_time_days": 3}, "too late to order"),
        ({"order_cut_off": "09:30"}, "too late to order"),
        ({"daily_capacity": Decimal(10)}, "has 10 left for that day"),
    ],
)
def test_what_no_longer_holds_at_approval_is_shown_and_worked_out_anew(shop: Engine, terms, words) -> None:
    plan_id = plan(shop, warehouses=["W2"])
    change_offer(shop, "O2", **terms)

    with pytest.raises(PlanChanged, match=words):
        approve_plan(shop, plan_id, NOW, "li")

    assert not ordered(shop)
    assert status_of(shop, plan_id) == PlanStatus.DRAFT
    assert notes_of(shop, plan_id, "changed_since_draft")
    approve_plan(shop, plan_id, NOW, "li")  # as it is now
    with reading(shop) as session:
        for line in session.scalars(select(PurchaseOrderLineRow).where(PurchaseOrderLineRow.product_id == "milk")):
            offer = session.get_one(OfferRow, "O2")
            assert line.quantity % offer.pack_size == 0
            assert line.quantity >= offer.min_quantity


def test_a_price_that_rose_since_the_draft_is_not_paid_silently_and_edits_are_kept(shop: Engine) -> None:
    plan_id = plan(shop, warehouses=["W2"])
    lines = lines_of(shop, plan_id)
    with writing(shop) as session:
        edit_plan_line(session, plan_id, lines["W2", "spinach"].line_no, Decimal(15), "small shelf", NOW, "li")
        edit_plan_line(session, plan_id, lines["W2", "milk"].line_no, Decimal(50), "school starts", NOW, "li")
        session.execute(update(OfferTierRow).where(OfferTierRow.offer_id == "O2").values(unit_price=Decimal(9)))
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O1").values(pack_size=Decimal(10)))

    with pytest.raises(PlanChanged, match=r"asks 9, not 7\.5"):
        approve_plan(shop, plan_id, NOW, "li")

    after = lines_of(shop, plan_id)
    assert (after["W2", "milk"].quantity, after["W2", "milk"].unit_price) == (50, 9)
    assert after["W2", "milk"].edit_reason == "school starts"
    assert after["W2", "spinach"].edited_at is None, "15 are no packs of 10"
    assert [lost["product"] for lost in notes_of(shop, plan_id, "edits_lost")[0]["edits"]] == ["spinach"]


def test_stock_and_purchase_orders_that_changed_since_the_draft_are_looked_at_again(shop: Engine) -> None:
    plan_id = plan(shop, warehouses=["W2"])
    with writing(shop) as session:
        session.add(LotRow(lot_id="found", warehouse_id="W2", product_id="milk", received_at=ORIGIN, known_at=ORIGIN,
                           counted_at=NOW + timedelta(minutes=1), expires_on=TODAY + timedelta(days=8),
                           quantity_received=Decimal(500), quantity_on_hand=Decimal(500)))  # fmt: skip

    with pytest.raises(PlanChanged, match="milk in W2: its stock has changed"):
        approve_plan(shop, plan_id, NOW + timedelta(minutes=2), "li")
    with writing(shop) as session:
        session.add(OrderLineRow(warehouse_id="W2", order_id="feast", line_no=1, product_id="spinach",
                                 ordered_at=NOW, quantity=Decimal(90), known_at=NOW + timedelta(minutes=3),
                                 wanted_on=TOMORROW))  # fmt: skip
    with pytest.raises(PlanChanged, match="spinach in W2: customers have ordered it ahead"):
        approve_plan(shop, plan_id, NOW + timedelta(minutes=4), "li")
    approve_plan(shop, plan_id, NOW + timedelta(minutes=4), "li")

    assert ("W2", "milk") not in ordered(shop)
    assert ordered(shop)["W2", "spinach"] >= 90


def test_a_short_confirmation_is_asked_for_elsewhere_and_not_of_the_same_farm_again(shop: Engine) -> None:
    second_offer_of_milk(shop)
    change_offer(shop, "O2", daily_capacity=None)
    orders = approve_plan(shop, plan(shop, warehouses=["W2"]), NOW, "li")
    wanted = ordered(shop)["W2", "milk"]
    with writing(shop) as session:
        milk = session.scalars(select(PurchaseOrderLineRow).where(PurchaseOrderLineRow.product_id == "milk")).one()
        short = milk.purchase_order_id
        confirm_purchase_order(session, short, {milk.line_no: wanted - 20}, NOW, "F2")

    later = NOW + timedelta(minutes=1)
    asked = {order.purchase_order_id: ask_elsewhere(shop, order.purchase_order_id, later) for order in orders}

    plan_id = asked.pop(short)
    assert plan_id is not None
    line = lines_of(shop, plan_id)["W2", "milk"]
    assert (line.supplier_id, line.offer_id) == ("F1", "O3")
    assert 10 <= line.quantity <= 20
    assert list(asked.values()) == [None], "of the spinach nothing was declined"


def test_many_who_approve_at_once_order_once(shop: Engine) -> None:
    plan_id = plan(shop)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: approve_plan(shop, plan_id, NOW, "li"), range(8)))

    assert len({tuple(answer) for answer in answers}) == 1
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 3
        assert session.scalar(select(func.sum(PurchaseOrderLineRow.quantity))) == sum(
            line.quantity for line in lines_of(shop, plan_id).values()
        )


def test_a_delivery_that_never_came_is_asked_about_and_after_a_day_no_longer_counted(shop: Engine) -> None:
    approve_plan(shop, plan(shop, warehouses=["W2"]), NOW, "li")
    ordered_milk = ordered(shop)["W2", "milk"]

    counted = plan(shop, NOW + timedelta(days=2), warehouses=["W2"])  # Wednesday: it was due on Tuesday
    given_up = plan(shop, NOW + timedelta(days=3), warehouses=["W2"])

    assert [note["counted"] for note in notes_of(shop, counted, "overdue")] == ["yes"]
    assert [note["counted"] for note in notes_of(shop, given_up, "overdue")] == ["no"]
    assert lines_of(shop, counted)["W2", "milk"].usable_stock > ordered_milk - 35
    assert lines_of(shop, given_up)["W2", "milk"].usable_stock == 0
