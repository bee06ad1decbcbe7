"""Buyers add what a plan did not look at; it is ordered like the rest and survives when the draft is made anew."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import (
    Band,
    EditReason,
    LotRow,
    OfferRow,
    OfferTierRow,
    PlanLineEditRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchasePlanRow,
    Unit,
)
from flows.errors import Invalid, NotNow, Refusal
from flows.purchasing.deciding.adding import NewLine, add_line
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.deciding.editing import undo_last_edit
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.showing.plan_totals import totals_of_plans
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import EVERY_DAY, NOW, ORIGIN, TOMORROW, open_shop

ADDED = NewLine("W1", "yuzu", Decimal(12), reason_code=EditReason.EVENT)


@pytest.fixture
def filling() -> Filling:
    return _planned


def _planned(engine: Engine) -> None:
    open_shop(engine)
    with writing(engine) as session:
        session.add(
            ProductRow(product_id="yuzu", name="Yuzu", category="fruit", band=Band.AMBIENT, unit=Unit.KG,
                       shelf_life_days=9, list_price=Decimal(30), volume_l=Decimal(1))
        )  # fmt: skip
        session.flush()
        session.add_all(
            OfferRow(offer_id=name, supplier_id=supplier, product_id="yuzu", pack_size=Decimal(pack),
                     min_quantity=Decimal(0), lead_time_days=lead, delivery_weekdays=EVERY_DAY,
                     valid_from=date(2026, 1, 1), known_at=known,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(price))])
            for name, supplier, pack, lead, price, known in (
                ("Y1", "F1", 4, 2, 14, ORIGIN), ("Y2", "F2", 6, 1, 15, ORIGIN),
                ("Y3", "F2", 4, 1, 1, NOW + timedelta(days=1)),
            )
        )  # fmt: skip
    make_purchase_plan(engine, ["W1", "W2"], NOW, "Li Na", asked_for=TOMORROW)


@pytest.fixture
def plan_id(shop: Engine) -> str:
    """A draft; yuzu is offered twice, a third offer is not known yet, and it was never sold: the plan does not look at
    it."""
    with reading(shop) as session:
        return session.scalars(select(PurchasePlanRow.plan_id)).one()


def yuzu(shop: Engine, plan_id: str) -> PlanLineRow:
    with reading(shop) as session:
        query = select(PlanLineRow).where(PlanLineRow.plan_id == plan_id, PlanLineRow.product_id == "yuzu")
        return session.scalars(query).one()


def test_a_line_is_added_at_the_cheapest_offer_for_its_next_delivery_and_ordered(shop: Engine, plan_id: str) -> None:
    with reading(shop) as session:
        before = totals_of_plans(session, [plan_id])[plan_id]
    with writing(shop) as session:
        number = add_line(session, plan_id, ADDED, NOW, "Li Na")
    line = yuzu(shop, plan_id)
    assert (line.line_no, line.offer_id, line.quantity, line.planned_quantity) == (number, "Y1", 12, 0)
    assert (line.delivery_date, line.unit_price) == (TOMORROW + timedelta(days=1), 14)
    with reading(shop) as session:
        after = totals_of_plans(session, [plan_id])[plan_id]
        kept = session.scalars(select(PlanLineEditRow).where(PlanLineEditRow.line_no == number)).one()
        version = session.get_one(PurchasePlanRow, plan_id).version
    assert (after.lines, after.cost - before.cost) == (before.lines + 1, 12 * 14)
    assert (kept.from_quantity, kept.to_quantity, kept.edited_by) == (None, 12, "Li Na")
    assert line.version == version
    approve_plan(shop, plan_id, NOW, "Li Na")
    with reading(shop) as session:
        ordered = select(PurchaseOrderLineRow).where(PurchaseOrderLineRow.product_id == "yuzu")
        assert session.scalars(ordered).one().quantity == 12


def test_an_offer_or_a_day_may_be_named(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        add_line(session, plan_id, replace(ADDED, offer_id="Y2"), NOW, "Li Na")
        add_line(session, plan_id, replace(ADDED, delivery_date=TOMORROW + timedelta(days=3)), NOW, "Li Na")
    with reading(shop) as session:
        found = select(PlanLineRow.offer_id, PlanLineRow.delivery_date).where(PlanLineRow.product_id == "yuzu")
        days = {tuple(row) for row in session.execute(found)}
    assert days == {("Y2", TOMORROW), ("Y1", TOMORROW + timedelta(days=3))}


def test_more_is_cheaper_where_the_offer_says_so(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        session.add(OfferTierRow(offer_id="Y1", min_quantity=Decimal(24), unit_price=Decimal(13)))
    with writing(shop) as session:
        add_line(session, plan_id, replace(ADDED, quantity=Decimal(24)), NOW, "Li Na")
    assert yuzu(shop, plan_id).unit_price == 13


def test_after_its_cut_off_an_offer_delivers_a_day_later(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == "Y2").values(order_cut_off="09:00"))
        add_line(session, plan_id, replace(ADDED, offer_id="Y2"), NOW, "Li Na")
    assert yuzu(shop, plan_id).delivery_date == TOMORROW + timedelta(days=1), "it is ten o'clock there"


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"quantity": Decimal(13)}, "packs of 4"),
        ({"quantity": Decimal(0)}, "more than 0"),
        ({"reason_code": EditReason.OTHER}, "needs a reason"),
        ({"warehouse_id": "W3"}, "does not order for 'W3'"),
        ({"offer_id": "O1"}, "cannot be delivered in time by offer 'O1'"),
        ({"delivery_date": TOMORROW, "offer_id": "Y1"}, "cannot be delivered on 2026-03-03"),
        ({"delivery_date": date(9999, 12, 31)}, "cannot be delivered on 9999-12-31"),
        ({"product_id": "zucchini"}, "'zucchini' was not found"),
        ({"product_id": "spinach", "quantity": Decimal(5)}, "is line"),
    ],
)
def test_what_cannot_be_added_is_told_and_nothing_changes(
    shop: Engine, plan_id: str, wrong: dict[str, object], because: str
) -> None:
    with reading(shop) as session:
        version = session.get_one(PurchasePlanRow, plan_id).version
    with pytest.raises(Refusal, match=because), writing(shop) as session:
        add_line(session, plan_id, replace(ADDED, **wrong), NOW, "Li Na")
    with reading(shop) as session:
        assert session.get_one(PurchasePlanRow, plan_id).version == version


def test_an_added_line_is_kept_when_the_draft_is_made_anew(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        add_line(session, plan_id, ADDED, NOW, "Li Na")
        session.execute(update(LotRow).values(quantity_on_hand=Decimal(0), counted_at=NOW + timedelta(minutes=1)))
    with pytest.raises(PlanChanged):
        approve_plan(shop, plan_id, NOW + timedelta(minutes=5), "Li Na")
    line = yuzu(shop, plan_id)
    assert (line.quantity, line.offer_id, line.edited_by) == (12, "Y1", "Li Na")
    with writing(shop) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == "Y1").values(pack_size=Decimal(5)))
    with pytest.raises(PlanChanged):
        approve_plan(shop, plan_id, NOW + timedelta(minutes=6), "Li Na")
    with reading(shop) as session:
        notes = session.get_one(PurchasePlanRow, plan_id).notes
    [lost] = [note for note in notes if note["code"] == "edits_lost"]
    assert lost["edits"][0]["product"] == "yuzu", "packs of 5 do not make 12"


def test_an_added_line_that_is_taken_back_buys_nothing(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        number = add_line(session, plan_id, ADDED, NOW, "Li Na")
    with writing(shop) as session:
        undo_last_edit(session, plan_id, number, NOW, "Li Na")
    assert yuzu(shop, plan_id).quantity == 0
    approve_plan(shop, plan_id, NOW, "Li Na")
    with pytest.raises((NotNow, Invalid)), writing(shop) as session:
        add_line(session, plan_id, ADDED, NOW, "Li Na")
