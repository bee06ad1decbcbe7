"""Buyers change a draft, alone and at the same time, take back, and order it in parts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.frames.plan_lines import LineFilter, LinesShown
from data.tables import (
    EditReason,
    OfferTierRow,
    PlanLineEditRow,
    PlanLineRow,
    PlanStatus,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
)
from flows.errors import NotNow, Outdated, OverLimit, Refusal
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.deciding.editing import (
    LineEdit,
    change_by_percent,
    changed_by_percent,
    edit_plan_line,
    edit_plan_lines,
    undo_last_edit,
)
from flows.purchasing.deciding.preview import QuantityQuestion, preview_of
from flows.purchasing.planning.line_risk import weigh
from flows.purchasing.planning.purchase_plans import discard_plan, make_purchase_plan
from flows.purchasing.showing.plan_totals import totals_of_plans
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import NOW, TOMORROW, open_shop


@pytest.fixture
def filling() -> Filling:
    return _planned


def _planned(engine: Engine) -> None:
    open_shop(engine)
    make_purchase_plan(engine, ["W1", "W2"], NOW, "Li Na", asked_for=TOMORROW)


@pytest.fixture
def plan_id(shop: Engine) -> str:
    """The draft of the shop."""
    with reading(shop) as session:
        return session.scalars(select(PurchasePlanRow.plan_id)).one()


def lines_of(shop: Engine, plan_id: str) -> dict[tuple[str, str], PlanLineRow]:
    with reading(shop) as session:
        found = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id))
        return {(line.warehouse_id, line.product_id): line for line in found}


def test_a_changed_quantity_is_weighed_anew(shop: Engine, plan_id: str) -> None:
    before = lines_of(shop, plan_id)["W1", "spinach"]
    with reading(shop) as session:
        tried = preview_of(session, plan_id, before.line_no, Decimal(4800), None, NOW)
    assert tried.expected_waste > 4500, "spinach lasts two days, of which one sells about 20"
    assert tried.questions == [QuantityQuestion.FAR_ABOVE_DEMAND]
    assert lines_of(shop, plan_id)["W1", "spinach"].expected_waste == before.expected_waste, "nothing was written"

    with writing(shop) as session:
        edit_plan_line(session, plan_id, before.line_no, Decimal(4800), "a fair", NOW, "Li Na")
    after = lines_of(shop, plan_id)["W1", "spinach"]
    assert after.expected_waste == pytest.approx(tried.expected_waste)
    assert after.at_risk == tried.at_risk == after.at_risk_short + after.at_risk_waste
    assert after.at_risk_waste == pytest.approx(after.unit_cost * Decimal(after.expected_waste), rel=Decimal("1e-4"))
    assert (after.one_pack_more, after.one_pack_less) == (tried.one_pack_more, tried.one_pack_less)
    with reading(shop) as session:
        totals = totals_of_plans(session, [plan_id])[plan_id]
        sums = [line.quantity * (line.unit_price or 0) for line in lines_of(shop, plan_id).values()]
    assert totals.lines_edited == 1
    assert totals.money[0].cost == sum(sums)
    assert totals.money[0].wasted == sum(line.at_risk_waste for line in lines_of(shop, plan_id).values())


def test_what_can_still_be_ordered_later_risks_no_money_until_somebody_orders_it(shop: Engine, plan_id: str) -> None:
    with writing(shop) as session:
        line = session.get_one(PlanLineRow, (plan_id, lines_of(shop, plan_id)["W2", "milk"].line_no))
        line.reasons = [*line.reasons, {"code": "can_wait", "needs": 30.0, "until": "2026-03-04"}]
        line.quantity = Decimal(0)
        weigh([line])
        assert line.expected_shortage > 20
        assert (line.at_risk, line.one_pack_more) == (0, None)
        line.quantity = line.pack_size * 2
        weigh([line])
        assert line.at_risk_short > 0


def test_a_line_from_before_curves_were_kept_keeps_its_figures(shop: Engine, plan_id: str) -> None:
    line_no = lines_of(shop, plan_id)["W1", "spinach"].line_no
    with writing(shop) as session:
        line = session.get_one(PlanLineRow, (plan_id, line_no))
        line.outcome, line.expected_shortage, line.expected_waste = None, 1.5, 0.5
    with writing(shop) as session:
        edit_plan_line(session, plan_id, line_no, Decimal(40), "a fair", NOW, "Li Na")
    after = lines_of(shop, plan_id)["W1", "spinach"]
    assert (after.quantity, after.expected_shortage, after.expected_waste) == (40, 1.5, 0.5)


def test_of_two_who_change_a_line_the_second_is_told_who_was_first(shop: Engine, plan_id: str) -> None:
    line = lines_of(shop, plan_id)["W1", "spinach"]
    seen = line.version
    with writing(shop) as session:
        edit_plan_line(session, plan_id, line.line_no, Decimal(40), "a fair", NOW, "Li Na", version=seen)

    with pytest.raises(Outdated, match=r"Li Na has changed line \d+ to 40"), writing(shop) as session:
        edit_plan_line(session, plan_id, line.line_no, Decimal(15), "rain", NOW, "Wang", version=seen)
    with pytest.raises(NotNow, match="Li Na has changed line"), writing(shop) as session:
        edit_plan_line(session, plan_id, line.line_no, Decimal(15), "rain", NOW, "Wang")
    assert lines_of(shop, plan_id)["W1", "spinach"].quantity == 40

    with writing(shop) as session:  # who has seen it may
        now = lines_of(shop, plan_id)["W1", "spinach"].version
        edit_plan_line(session, plan_id, line.line_no, Decimal(15), "rain", NOW, "Wang", version=now)
    assert lines_of(shop, plan_id)["W1", "spinach"].edited_by == "Wang"


def test_an_edit_that_is_asked_for_again_is_kept_once_whatever_version_is_named(shop: Engine, plan_id: str) -> None:
    line = lines_of(shop, plan_id)["W1", "spinach"]
    wanted = LineEdit(line.line_no, Decimal(45), EditReason.EVENT, version=line.version)
    for _ in range(2):  # nobody heard the first answer
        with writing(shop) as session:
            edit_plan_lines(session, plan_id, [wanted], NOW, "Li Na")
    with writing(shop) as session:
        edit_plan_lines(session, plan_id, [replace(wanted, version=None)], NOW, "Li Na")
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PlanLineEditRow)) == 1
    assert lines_of(shop, plan_id)["W1", "spinach"].version == line.version + 1
    with pytest.raises(Outdated), writing(shop) as session:
        edit_plan_lines(session, plan_id, [wanted], NOW, "Wang")


def test_every_change_is_kept_and_the_last_of_ones_own_is_taken_back(shop: Engine, plan_id: str) -> None:
    line = lines_of(shop, plan_id)["W1", "spinach"]
    planned = line.quantity
    for minutes, quantity in enumerate((30, 40)):
        with writing(shop) as session:
            at = NOW + timedelta(minutes=minutes)
            edit_plan_line(session, plan_id, line.line_no, Decimal(quantity), "", at, "Li Na",
                           reason_code=EditReason.EVENT)  # fmt: skip
    with pytest.raises(NotNow, match="Li Na has changed line"), writing(shop) as session:
        undo_last_edit(session, plan_id, line.line_no, NOW + timedelta(minutes=3), "Wang")
    with writing(shop) as session:
        undo_last_edit(session, plan_id, line.line_no, NOW + timedelta(minutes=4), "Li Na")

    assert lines_of(shop, plan_id)["W1", "spinach"].quantity == 30
    with reading(shop) as session:
        kept = session.scalars(select(PlanLineEditRow).order_by(PlanLineEditRow.edited_at)).all()
        steps = [(edit.from_quantity, edit.to_quantity, edit.reason_code, edit.edited_by) for edit in kept]
    by = (EditReason.EVENT, "Li Na")
    assert steps == [(planned, 30, *by), (30, 40, *by), (40, 30, *by)]
    milk = lines_of(shop, plan_id)["W2", "milk"]
    with pytest.raises(NotNow, match="no change to take back"), writing(shop) as session:
        undo_last_edit(session, plan_id, milk.line_no, NOW, "Li Na")


def test_many_edits_are_kept_or_none(shop: Engine, plan_id: str) -> None:
    lines = lines_of(shop, plan_id)
    wanted = [
        LineEdit(lines["W1", "spinach"].line_no, Decimal(40), EditReason.EVENT),
        LineEdit(lines["W2", "milk"].line_no, Decimal(7), EditReason.EVENT),  # packs of 10
    ]
    with pytest.raises(Refusal, match="packs of 10"), writing(shop) as session:
        edit_plan_lines(session, plan_id, wanted, NOW, "Li Na")
    assert lines_of(shop, plan_id)["W1", "spinach"].edited_at is None


@pytest.mark.parametrize(
    ("quantity", "percent", "wanted"),
    [(100, 10, 110), (5, 10, None), (5, -60, None), (20, -50, 10), (20, -100, 0), (0, 50, None), (30, 400, 150)],
)
def test_percent_make_whole_packs(quantity: int, percent: int, wanted: int | None) -> None:
    line = PlanLineRow(line_no=1, quantity=Decimal(quantity), pack_size=Decimal(5))
    expected = {} if wanted is None else {1: wanted}
    assert changed_by_percent([line], Decimal(percent)) == expected


def test_a_category_is_raised_by_percent(shop: Engine, plan_id: str) -> None:
    before = lines_of(shop, plan_id)
    of_spinach = LineFilter(category="leaf", shown=LinesShown.OPEN)
    with writing(shop) as session:
        change_by_percent(session, plan_id, of_spinach, Decimal(100), EditReason.WEATHER, None, NOW, "Li Na")
    after = lines_of(shop, plan_id)
    for key, line in after.items():
        assert line.quantity == before[key].quantity * (2 if key[1] == "spinach" else 1), key


def test_a_plan_is_ordered_in_parts(shop: Engine, plan_id: str) -> None:
    lines = lines_of(shop, plan_id)
    first = lines["W1", "spinach"].line_no
    assert len(approve_plan(shop, plan_id, NOW, "Li Na", line_nos=[first])) == 1
    assert len(approve_plan(shop, plan_id, NOW, "Li Na", line_nos=[first])) == 1, "again: the same order"
    with reading(shop) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        assert plan.status == PlanStatus.DRAFT
        assert totals_of_plans(session, [plan_id])[plan_id].lines_approved == 1
    with pytest.raises(NotNow, match="was ordered by Li Na"), writing(shop) as session:
        edit_plan_line(session, plan_id, first, Decimal(5), "rain", NOW, "Li Na")

    orders = approve_plan(shop, plan_id, NOW + timedelta(minutes=5), "Wang")
    assert len(orders) == 3
    with reading(shop) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == PlanStatus.APPROVED
        ordered = session.scalar(select(func.sum(PurchaseOrderLineRow.quantity, type_=PlanLineRow.quantity.type)))
    assert ordered == sum(line.quantity for line in lines.values()), "nothing twice"


def test_what_is_ordered_of_a_plan_stays_when_the_rest_is_put_away(shop: Engine, plan_id: str) -> None:
    first = lines_of(shop, plan_id)["W1", "spinach"]
    approve_plan(shop, plan_id, NOW, "Li Na", line_nos=[first.line_no])
    with writing(shop) as session:
        discard_plan(session, plan_id, NOW, "Wang")
    with reading(shop) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        assert (plan.status, plan.approved_by) == (PlanStatus.APPROVED, "Li Na")
        ordered = session.scalars(select(PurchaseOrderLineRow.quantity)).all()
    assert ordered == [first.quantity]


def test_a_role_may_approve_so_much_of_a_plan_in_all_its_parts(shop: Engine, plan_id: str) -> None:
    lines = [line for line in lines_of(shop, plan_id).values() if line.quantity > 0]
    cost = {line.line_no: line.quantity * line.unit_price for line in lines}
    one, other, *_ = cost
    with pytest.raises(OverLimit, match="Nothing was ordered"):
        approve_plan(shop, plan_id, NOW, "Li Na", at_most=sum(cost.values()) - 1)
    approve_plan(shop, plan_id, NOW, "Li Na", line_nos=[one], at_most=cost[one])
    with pytest.raises(OverLimit):
        approve_plan(shop, plan_id, NOW, "Li Na", line_nos=[other], at_most=cost[one] + cost[other] - 1)
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 1


def test_twenty_buyers_at_once_lose_nothing_and_every_conflict_is_told(shop: Engine, plan_id: str) -> None:
    lines = [line for line in lines_of(shop, plan_id).values() if line.pack_size is not None]

    refusals: list[str] = []

    def edits(buyer: int) -> list[tuple[int, Decimal, str]]:
        """A buyer's changes that were answered with success."""
        done = []
        for line in lines:
            quantity, by = line.pack_size * (buyer + 2), f"buyer {buyer}"
            try:
                with writing(shop) as session:
                    seen = session.get_one(PlanLineRow, (plan_id, line.line_no)).version if buyer % 2 else line.version
                    edit_plan_line(session, plan_id, line.line_no, quantity, "busy", NOW, by, version=seen)
            except NotNow as told:
                refusals.append(str(told))
            else:
                done.append((line.line_no, quantity, by))
            if buyer == 13:  # what was planned by this price is worked out anew by whoever approves next
                with writing(shop) as session:
                    session.get_one(OfferTierRow, ("O1", Decimal(0))).unit_price += Decimal("0.25")
            if buyer in (7, 13):
                try:
                    approve_plan(shop, plan_id, NOW, by, line_nos=[lines[0].line_no])
                except NotNow as told:
                    refusals.append(str(told))
        return done

    with ThreadPoolExecutor(20) as pool:
        done = [edit for of_buyer in pool.map(edits, range(20)) for edit in of_buyer]

    with reading(shop) as session:
        kept = session.scalars(select(PlanLineEditRow)).all()
        assert sorted((edit.line_no, edit.to_quantity, edit.edited_by) for edit in kept) == sorted(done)
        for line in lines:
            now = session.get_one(PlanLineRow, (plan_id, line.line_no))
            assert (now.quantity, now.edited_by) in {(q, by) for no, q, by in done if no == line.line_no}
        version = session.get_one(PurchasePlanRow, plan_id).version
    assert version >= 1 + len(done), "each change is one of the plan's"
    assert any("anew" in told for told in refusals), "it was worked out anew meanwhile"
    assert len(done) + len(refusals) >= 20 * len(lines)
    assert all(
        any(word in told for word in ("has changed", "out anew", "made anew", "was ordered")) for told in refusals
    )
