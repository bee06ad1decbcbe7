"""What suppliers ask for whole orders, from the file to the orders: planned under, told, looked at again."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.own_warehouses import see_only
from data.tables import PlanLineRow, PurchaseOrderLineRow, PurchaseOrderRow, PurchasePlanRow, WarehouseRow
from flows.errors import NotNow
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.notes.plan_notes import in_words, notes_seen
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.showing.names import names_in
from flows.settings import Settings
from tests.integration.flows.conftest import NOW, TOMORROW

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


def test_of_a_delivery_that_is_ordered_already_nothing_more_is_asked(shop: Engine, asked: Import) -> None:
    first = plan(shop)
    usual = lines_of(shop, first)["W1", "spinach"]
    with writing(shop) as session:
        edit_plan_line(session, first, usual.line_no, Decimal(5), "a first part", NOW, "Li Na")
    approve_plan(shop, first, NOW, "Li Na")
    asked("F1,2026-01-01,0,0,400")

    again = plan(shop)

    assert lines_of(shop, again)["W1", "spinach"].quantity == usual.quantity - 5
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
    assert any("The budget of 150.00 CNY cuts this plan" in note for note in told(shop, plan_id))


def test_a_budget_over_several_currencies_is_refused_by_name(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_PLAN_BUDGET", "150")
    with writing(shop) as session:
        session.get_one(WarehouseRow, "W2").currency = "USD"

    with pytest.raises(NotNow, match="one that is supposed, is in one currency, and these warehouses buy in CNY and"):
        plan(shop, settings=Settings().purchasing)


def test_sums_over_several_warehouses_are_told_to_those_alone_who_see_all_of_them(shop: Engine, asked: Import) -> None:
    asked("F1,2026-01-01,5,0,0")
    with reading(shop) as session:
        notes = session.get_one(PurchasePlanRow, plan(shop)).notes
        assert "chosen_as_a_whole" in {note["code"] for note in notes}
        see_only(session, lambda: frozenset({"W1"}))
        assert "chosen_as_a_whole" not in {note["code"] for note in notes_seen(session, notes)}
