"""What suppliers ask for whole orders, from the file to the orders: planned under, told, looked at again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.own_warehouses import see_only
from data.tables import PlanLineRow, PurchaseOrderLineRow, PurchaseOrderRow, PurchasePlanRow, WarehouseRow
from flows.errors import NotNow
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.notes.plan_notes import in_words, notes_seen
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.showing.names import names_in
from flows.settings import Settings
from tests.integration.flows.conftest import NOW, TOMORROW
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.plan_settings import USUAL
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel

HEAD = "supplier_id,valid_from,delivery_cost,min_order_value,min_order_packs"
Import = Callable[..., None]


@pytest.fixture
def asked(shop: Engine, tmp_path: Path) -> Import:
    """Imports what suppliers ask for whole orders."""

    def import_rows(*rows: str) -> None:
        path = tmp_path / "terms.csv"
        path.write_text("\n".join([HEAD, *rows, ""]))
        import_file(shop, "supplier-terms", path, now=NOW)

    return import_rows


def plan(shop: Engine, **wanted) -> str:
    return make_purchase_plan(shop, ["W1", "W2"], NOW, "Li Na", asked_for=TOMORROW, **wanted)


def lines_of(shop: Engine, plan_id: str) -> dict[tuple[str, str], PlanLineRow]:
    with reading(shop) as session:
        found = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id))
        return {(line.warehouse_id, line.product_id): line for line in found}


def told(shop: Engine, plan_id: str) -> list[str]:
    with reading(shop) as session:
        notes = session.get_one(PurchasePlanRow, plan_id).notes
        return [in_words(note, names_in(session, notes)) for note in notes]


def ordered(shop: Engine) -> dict[tuple[str, str], Decimal]:
    with reading(shop) as session:
        query = select(PurchaseOrderRow.warehouse_id, PurchaseOrderLineRow.product_id, PurchaseOrderLineRow.quantity)
        return {(place, product): quantity for place, product, quantity in session.execute(query.join_from(
            PurchaseOrderRow, PurchaseOrderLineRow)).tuples()}  # fmt: skip


def test_a_farm_whose_minimum_exceeds_the_need_is_named_and_not_ordered_from(shop: Engine, asked: Import) -> None:
    usual = lines_of(shop, plan(shop))["W1", "spinach"]
    asked("F1,2026-01-01,0,0,400")

    plan_id = plan(shop)

    line, packs = lines_of(shop, plan_id)["W1", "spinach"], int(usual.quantity / 5)
    assert line.quantity == 0
    assert "below_order_minimum" in {reason["code"] for reason in line.reasons}
    assert any(
        note.startswith(f"F1's minimum of 400 packs exceeds the need of {packs} for 2026-03-03 in W1: nothing")
        for note in told(shop, plan_id)
    )


def test_an_order_just_below_its_minimum_is_raised_to_it(shop: Engine, asked: Import) -> None:
    usual = lines_of(shop, plan(shop))["W1", "spinach"]
    asked(f"F1,2026-01-01,0,{usual.quantity * 6 + 1},0")

    plan_id = plan(shop)

    line = lines_of(shop, plan_id)["W1", "spinach"]
    assert line.quantity > usual.quantity
    assert line.quantity * line.unit_price > usual.quantity * 6
    assert "raised_to_order_minimum" in {reason["code"] for reason in line.reasons}
    told_of = next(note for note in told(shop, plan_id) if "more is ordered of it" in note)
    assert told_of.endswith(" CNY less of result.")


def one_pack_ordered(shop: Engine) -> Decimal:
    """Of F1's spinach for W1, by a buyer; what a plan would have ordered."""
    first = plan(shop)
    usual = lines_of(shop, first)["W1", "spinach"]
    with writing(shop) as session:
        edit_plan_line(session, first, usual.line_no, Decimal(5), "a first part", NOW, "Li Na")
    approve_plan(shop, first, NOW, "Li Na")
    return usual.quantity


def test_what_is_ordered_of_a_delivery_comes_off_its_minimum(shop: Engine, asked: Import) -> None:
    usual = one_pack_ordered(shop)
    asked(f"F1,2026-01-01,0,0,{usual / 5:.0f}")

    again = plan(shop)

    assert lines_of(shop, again)["W1", "spinach"].quantity == usual - 5
    assert not any("minimum" in note for note in told(shop, again))


def test_an_order_below_a_minimum_is_not_added_to_unless_it_reaches_it(shop: Engine, asked: Import) -> None:
    usual = one_pack_ordered(shop)
    asked("F1,2026-01-01,0,0,400")

    again = plan(shop)

    assert lines_of(shop, again)["W1", "spinach"].quantity == 0
    minimum = f"F1's minimum of 400 packs exceeds the need of {usual / 5:.0f} for"
    assert any(note.startswith(minimum) for note in told(shop, again))


def test_of_a_delivery_that_its_supplier_has_confirmed_nothing_more_is_asked(shop: Engine, asked: Import) -> None:
    one_pack_ordered(shop)
    with writing(shop) as session:
        order = session.scalars(select(PurchaseOrderRow).where(PurchaseOrderRow.warehouse_id == "W1")).one()
        confirm_purchase_order(session, order.purchase_order_id, None, NOW, "Li Na")
    asked("F1,2026-01-01,0,0,400")

    again = plan(shop)

    assert lines_of(shop, again)["W1", "spinach"].quantity > 0
    assert not any("minimum" in note for note in told(shop, again))


def test_a_draft_that_no_longer_reaches_a_minimum_is_made_anew_before_it_is_ordered(
    shop: Engine, asked: Import
) -> None:
    plan_id = plan(shop)
    usual = lines_of(shop, plan_id)["W1", "spinach"].quantity
    asked(f"F1,2026-01-01,0,0,{int(usual / 5) + 1}")

    with pytest.raises(PlanChanged, match=rf"F1's minimum of {int(usual / 5) + 1} packs exceeds its order of"):
        approve_plan(shop, plan_id, NOW, "Li Na")

    assert ordered(shop) == {}
    anew = lines_of(shop, plan_id)["W1", "spinach"].quantity
    assert anew > usual
    approve_plan(shop, plan_id, NOW, "Li Na")
    assert ordered(shop)["W1", "spinach"] == anew


def test_what_a_buyer_has_chosen_stays_below_a_minimum_too(shop: Engine, asked: Import) -> None:
    asked("F1,2026-01-01,0,0,3")
    plan_id = plan(shop)
    with writing(shop) as session:
        number = lines_of(shop, plan_id)["W1", "spinach"].line_no
        edit_plan_line(session, plan_id, number, Decimal(10), "small shelf", NOW, "Li Na")

    approve_plan(shop, plan_id, NOW, "Li Na")

    assert ordered(shop)["W1", "spinach"] == 10


def test_a_budget_of_the_shop_is_held_and_told(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_PLAN_BUDGET", "150")

    plan_id = plan(shop, settings=Settings().purchasing)

    lines = lines_of(shop, plan_id).values()
    assert 0 < sum(line.quantity * line.unit_price for line in lines if line.quantity) <= 150
    assert any("The budget of 150.00 CNY is less than the" in note for note in told(shop, plan_id))


def order_by_hand(shop: Engine, warehouse_id: str, money: str, now: datetime) -> None:
    """Of F1's spinach, three units for so much."""
    price = Decimal(money) / 3
    line = NewPurchaseOrderLine("F1", warehouse_id, TOMORROW, "spinach", Decimal(3), price)
    with writing(shop) as session:
        place_purchase_orders(session, [line], now, "Li Na")


def spent(shop: Engine, plan_id: str | None = None) -> Decimal:
    """On the goods of all purchase orders, and of a draft."""
    lines = [] if plan_id is None else lines_of(shop, plan_id).values()
    bought = [(line.quantity, line.unit_price) for line in lines if line.quantity and line.approved_at is None]
    with reading(shop) as session:
        bought += session.execute(select(PurchaseOrderLineRow.quantity, PurchaseOrderLineRow.unit_price)).tuples()
    return sum((quantity * price for quantity, price in bought), Decimal(0))


def test_a_budget_is_of_the_order_day_over_plans_approved_in_part(shop: Engine) -> None:
    settings = replace(USUAL, limits=Limits(budget=150.0))
    first = plan(shop, settings=settings)
    bought = [line for line in lines_of(shop, first).values() if line.quantity]
    approve_plan(shop, first, NOW, "Li Na", settings, line_nos=[bought[0].line_no])
    already = spent(shop)

    again = plan(shop, settings=settings)

    assert already > 0
    assert spent(shop, again) <= 150
    assert any(
        note.startswith("The budget of 150.00 CNY is less than the")
        and note.endswith(f"{already:.2f} CNY of it ordered already.")
        for note in told(shop, again)
    )


def test_what_was_ordered_yesterday_leaves_todays_budget_whole(shop: Engine) -> None:
    settings = replace(USUAL, limits=Limits(budget=150.0))
    usual = sum(line.quantity for line in lines_of(shop, plan(shop, settings=settings)).values())
    order_by_hand(shop, "W2", "120", NOW - timedelta(days=1))

    assert sum(line.quantity for line in lines_of(shop, plan(shop, settings=settings)).values()) == usual


def test_orders_of_other_warehouses_and_made_by_hand_come_off_the_days_budget(shop: Engine) -> None:
    settings = replace(USUAL, limits=Limits(budget=150.0))
    order_by_hand(shop, "W2", "99", NOW)

    plan_id = make_purchase_plan(shop, ["W1"], NOW, "Li Na", settings, asked_for=TOMORROW)

    assert spent(shop, plan_id) <= 150
    assert spent(shop, plan_id) > 99


def test_a_supplier_has_its_share_of_the_days_budget_once(shop: Engine) -> None:
    settings = replace(USUAL, limits=Limits(budget=400.0, most_of_budget=0.3))
    order_by_hand(shop, "W2", "111", NOW)

    plan_id = make_purchase_plan(shop, ["W1"], NOW, "Li Na", settings, asked_for=TOMORROW)

    of_f1 = [line for line in lines_of(shop, plan_id).values() if line.supplier_id == "F1"]
    assert sum(line.quantity * line.unit_price for line in of_f1) <= 9


def test_a_delivery_that_is_ordered_today_is_paid_from_the_days_budget_once(shop: Engine, asked: Import) -> None:
    settings = replace(USUAL, limits=Limits(budget=150.0))
    asked("F1,2026-01-01,60,0,0")
    order_by_hand(shop, "W1", "30", NOW)

    plan_id = make_purchase_plan(shop, ["W1"], NOW, "Li Na", settings, asked_for=TOMORROW)

    assert spent(shop, plan_id) <= 90
    note = next(note for note in told(shop, plan_id) if note.startswith("The budget"))
    assert note.endswith("90.00 CNY of it ordered already.")


def test_a_draft_beyond_what_others_leave_of_the_days_budget_is_made_anew(shop: Engine) -> None:
    settings = replace(USUAL, limits=Limits(budget=150.0))
    plan_id = make_purchase_plan(shop, ["W1"], NOW, "Li Na", settings, asked_for=TOMORROW)
    later = NOW + timedelta(minutes=5)
    order_by_hand(shop, "W2", "99", later)

    with pytest.raises(PlanChanged, match=r"W1: its lines come to more than the 51\.00 CNY left of the day's budget"):
        approve_plan(shop, plan_id, later, "Li Na", settings)

    approve_plan(shop, plan_id, later, "Li Na", settings)
    assert 99 < spent(shop) <= 150


def test_a_budget_over_several_currencies_is_refused_by_name(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_PLAN_BUDGET", "150")
    with writing(shop) as session:
        session.get_one(WarehouseRow, "W2").currency = "USD"

    with pytest.raises(NotNow, match="one that is supposed, is in one currency, and these warehouses buy in CNY, "):
        plan(shop, settings=Settings().purchasing)


def test_a_budget_by_currency_is_held_in_each(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_PLAN_BUDGETS", '{"CNY": 60, "USD": 90}')
    with writing(shop) as session:
        session.get_one(WarehouseRow, "W2").currency = "USD"
    settings = Settings().purchasing

    plan_id = plan(shop, settings=settings)

    lines = [line for line in lines_of(shop, plan_id).values() if line.quantity]
    spent_at = {place: sum(line.quantity * line.unit_price for line in lines if line.warehouse_id == place)
                for place in ("W1", "W2")}  # fmt: skip
    assert 0 < spent_at["W1"] <= 60 < spent_at["W2"] <= 90
    cut = [note for note in told(shop, plan_id) if note.startswith("The budget of")]
    assert [note.split(" is less")[0] for note in cut] == ["The budget of 60.00 CNY", "The budget of 90.00 USD"]
    order_by_hand(shop, "W2", "45", NOW + timedelta(minutes=1))
    with pytest.raises(PlanChanged, match=r"W2: its lines come to more than the 45\.00 USD left of the day's budget"):
        approve_plan(shop, plan_id, NOW + timedelta(minutes=1), "Li Na", settings)


def test_what_floors_and_deliveries_cost_is_told_by_currency(shop: Engine, asked: Import) -> None:
    asked("F1,2026-01-01,5,0,0", "F2,2026-01-01,9,0,0")
    with writing(shop) as session:
        session.get_one(WarehouseRow, "W2").currency = "USD"
    level = ServiceLevel(overall=CategoryTerms(fill_rate_floor=0.99))

    plan_id = plan(shop, settings=replace(USUAL, service_level=level))

    with reading(shop) as session:
        notes = session.get_one(PurchasePlanRow, plan_id).notes
    for code in ("fill_rate_floor", "chosen_as_a_whole"):
        of = [(note["warehouses"], note["currency"]) for note in notes if note["code"] == code]
        assert of == [("W1", "CNY"), ("W2", "USD")]


def test_sums_over_several_warehouses_are_told_to_those_alone_who_see_all_of_them(shop: Engine, asked: Import) -> None:
    asked("F1,2026-01-01,5,0,0")
    with reading(shop) as session:
        notes = session.get_one(PurchasePlanRow, plan(shop)).notes
        assert "chosen_as_a_whole" in {note["code"] for note in notes}
        see_only(session, lambda: frozenset({"W1"}))
        assert "chosen_as_a_whole" not in {note["code"] for note in notes_seen(session, notes)}
