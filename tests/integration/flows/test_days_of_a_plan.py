"""A plan names the days that are closed, what would come on them, and those that rest on what was seen too seldom."""

from datetime import date, timedelta

from sqlalchemy import Engine, delete

from data.database import reading, writing
from data.tables import ForecastRow, OccasionRow, OfferRow, PlanLineRow, PurchasePlanRow
from flows.ordering.cancelling import cancel_purchase_order
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.notes.not_ordered import not_ordered
from flows.purchasing.notes.plan_notes import in_words
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW
from warehouse.purchasing.plan import PLAN_WARNINGS

IN_FIVE_DAYS = TOMORROW + timedelta(days=4)


def keep(engine: Engine, warehouse_id: str, day: date, name: str, origin=ORIGIN, **of: object) -> None:
    usual = {"kind": "fair", "closed": False, "away": 0, "seen": 2}
    with writing(engine) as session:
        session.add(OccasionRow(warehouse_id=warehouse_id, origin=origin, date=day, name=name, **usual | of))


def milk_comes_on_tuesdays(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(OfferRow, "O2").delivery_weekdays = "2"  # as tomorrow is one, for a week


def plan_of(engine: Engine) -> tuple[PurchasePlanRow, list[dict], dict[tuple[str, str], PlanLineRow]]:
    plan_id = make_purchase_plan(engine, ("W1", "W2"), NOW, "buyer")
    with reading(engine) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        lines = {(line.warehouse_id, line.product_id): line for line in plan.lines}
        return plan, [note for note in plan.notes if "day" in note], lines


def said_of_days(line: PlanLineRow) -> list[tuple[str, str, str]]:
    about = ("closed_day", "delivered_on_closed_day")
    return [(reason["code"], reason["day"], reason["name"]) for reason in line.reasons if reason["code"] in about]


def test_a_plan_names_every_day_that_its_lines_cover_and_no_other(shop: Engine) -> None:
    milk_comes_on_tuesdays(shop)
    keep(shop, "W2", TODAY - timedelta(days=1), "Yesterday", closed=True)
    keep(shop, "W2", IN_FIVE_DAYS, "Stocktaking", closed=True)
    keep(shop, "W2", IN_FIVE_DAYS, "Fair", seen=0)
    keep(shop, "W1", IN_FIVE_DAYS, "Fair", seen=1)
    keep(shop, "W1", IN_FIVE_DAYS, "Market", seen=2)
    keep(shop, "W1", IN_FIVE_DAYS, "Strike", away=-1, seen=0)
    keep(shop, "W1", TOMORROW, "Fair of an older forecast", origin=ORIGIN - timedelta(days=1), seen=0)
    keep(shop, "W2", TOMORROW + timedelta(days=7), "Later", closed=True)

    _, notes, lines = plan_of(shop)

    told = {"day": IN_FIVE_DAYS.isoformat()}
    assert notes == [
        {"code": "closed_day", "warehouses": "W2", "name": "Stocktaking", **told},
        {"code": "extrapolated_day", "warehouses": "W1", "name": "Fair", **told},
    ]
    assert f"Closed on {IN_FIVE_DAYS}, Stocktaking (W2)" in in_words(notes[0])
    assert said_of_days(lines["W2", "milk"]) == [("closed_day", IN_FIVE_DAYS.isoformat(), "Stocktaking")]
    assert said_of_days(lines["W2", "spinach"]) == [], "comes every day, and is for one"
    assert said_of_days(lines["W1", "milk"]) == []


def test_a_warehouse_is_told_of_the_days_that_its_own_lines_cover(shop: Engine) -> None:
    milk_comes_on_tuesdays(shop)
    with writing(shop) as session:
        elsewhere = ForecastRow.warehouse_id == "W1", ForecastRow.product_id != "spinach"
        session.execute(delete(ForecastRow).where(*elsewhere))
    for name in ("W1", "W2"):
        keep(shop, name, IN_FIVE_DAYS, "Stocktaking", closed=True)

    _, (note,), _ = plan_of(shop)

    assert note["warehouses"] == "W2"


def test_what_is_bought_for_a_closed_day_is_told_for_nobody_is_there_to_receive_it(shop: Engine) -> None:
    milk_comes_on_tuesdays(shop)
    keep(shop, "W1", TOMORROW, "Stocktaking", closed=True)
    keep(shop, "W2", TOMORROW, "Stocktaking", closed=True)

    plan, notes, lines = plan_of(shop)

    told = {"day": TOMORROW.isoformat(), "name": "Stocktaking"}
    assert lines["W1", "milk"].quantity == 0 < lines["W2", "milk"].quantity
    assert [note for note in notes if note["code"] == "delivered_on_closed_day"] == [
        {"code": "delivered_on_closed_day", "warehouses": "W1, W2", **told}
    ], "spinach comes to W1"
    assert said_of_days(lines["W2", "milk"]) == [
        ("closed_day", told["day"], told["name"]), ("delivered_on_closed_day", told["day"], told["name"]),
    ]  # fmt: skip
    assert [code for code, *_ in said_of_days(lines["W1", "milk"])] == ["closed_day"]
    assert "delivered_on_closed_day" in PLAN_WARNINGS
    with reading(shop) as session:
        assert "delivered_on_closed_day" not in not_ordered(session, plan.plan_id)


def test_what_was_ordered_before_for_a_day_that_is_closed_is_told_until_it_has_come(shop: Engine) -> None:
    first, _, _ = plan_of(shop)
    approve_plan(shop, first.plan_id, NOW, "buyer")
    keep(shop, "W1", TOMORROW, "Stocktaking", closed=True)

    _, notes, _ = plan_of(shop)

    (due,) = [note for note in notes if note["code"] == "due_on_closed_day"]
    assert (due["how_many"], due["day"], due["name"]) == (1, TOMORROW.isoformat(), "Stocktaking")
    assert str(due["orders"]) in in_words(due)

    with writing(shop) as session:
        cancel_purchase_order(session, due["orders"], NOW, "buyer")
    _, notes, _ = plan_of(shop)
    assert [note["code"] for note in notes] == ["closed_day", "delivered_on_closed_day"]
