"""Ranges are judged once a week; what is decided of the proposals changes what is bought, and can be taken back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.own_warehouses import see_only
from data.tables import (
    AssortmentProposalRow,
    OutboxEventRow,
    ProductClassRow,
    ProductRangeRow,
    ProductRow,
    ProposalKind,
    ProposalStatus,
    PurchasePlanRow,
    RangeKind,
    WarehouseDayRow,
)
from flows.assortment import deciding
from flows.assortment.changing_ranges import set_range
from flows.assortment.proposing import NOT_AGAIN_FOR, Proposed, due_warehouses, propose_changes
from flows.assortment.trials import ending_trials, tell_ending_trials
from flows.errors import Invalid, NotNow, Outdated, Unknown
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import NOW, TODAY, TOMORROW, open_shop
from tests.integration.flows.judged_range import LEAVES, LOOKED, SELLS_BADLY, sell_leaves
from tests.integration.flows.shell import Shell
from warehouse.worth.measures import MEASURES

LATER = NOW + timedelta(hours=1)
EVERYWHERE = ("W1", "W2")


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling:
    return _judged if "judged" in request.fixturenames else open_shop


def _judged(engine: Engine) -> None:
    open_shop(engine)
    sell_leaves(engine)
    propose_changes(engine, EVERYWHERE, NOW, LOOKED)


@pytest.fixture
def judged(engine: Engine) -> Engine:
    """The shop with its leaves, whose ranges were judged just now."""
    return engine


def proposals(engine: Engine, *status: ProposalStatus) -> dict[str, AssortmentProposalRow]:
    """Those to retire what sells badly, by warehouse."""
    row = AssortmentProposalRow
    query = select(row).where(row.product_id == SELLS_BADLY, row.kind == ProposalKind.RETIRE)
    with reading(engine) as session:
        return {one.warehouse_id: one for one in session.scalars(query) if not status or one.status in status}


def accept(engine: Engine, warehouse_id: str, **given: object) -> AssortmentProposalRow:
    proposal_id = proposals(engine)[warehouse_id].proposal_id
    with writing(engine) as session:
        deciding.accept(session, proposal_id, LATER, "Ada", notice_days=7, **given)
    return proposals(engine)[warehouse_id]


def bought(engine: Engine) -> set[tuple[str, str]]:
    plan_id = make_purchase_plan(engine, EVERYWHERE, LATER + timedelta(minutes=5), "buyer", asked_for=TOMORROW)
    with reading(engine) as session:
        return {(line.warehouse_id, line.product_id) for line in session.get_one(PurchasePlanRow, plan_id).lines}


def told(engine: Engine) -> list[str]:
    with reading(engine) as session:
        types = session.scalars(select(OutboxEventRow.type).order_by(OutboxEventRow.written_at, OutboxEventRow.type))
        return [one for one in types if one.startswith("assortment.")]


def test_what_sells_badly_is_proposed_to_be_retired_with_its_evidence(judged: Engine) -> None:
    found = proposals(judged)

    assert set(found) == set(EVERYWHERE)
    one = found["W1"]
    assert one.status is ProposalStatus.WAITING
    assert one.money_low < one.money < one.money_high
    assert one.waste_saved > 50
    assert {"sells", "wastes"} <= {reason["code"] for reason in one.details["evidence"]}
    assert {sibling["product_id"] for sibling in one.details["siblings"]} <= {*LEAVES, "spinach"}
    assert told(judged) == ["assortment.proposed"] * 2


def test_every_product_of_the_range_is_classed(judged: Engine) -> None:
    with reading(judged) as session:
        rows = {row.product_id: row for row in session.scalars(select(ProductClassRow)) if row.warehouse_id == "W1"}
    assert set(rows) == {*LEAVES, "spinach", "milk"}
    assert rows[SELLS_BADLY].rank == 1
    assert rows[SELLS_BADLY].abc == "C"
    assert rows["milk"].figures["sold_a_day"] == pytest.approx(10, rel=0.1)


def test_ranges_are_judged_again_after_a_week(judged: Engine) -> None:
    with reading(judged) as session:
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=6)) == []
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=7)) == ["W1", "W2"]


def test_a_range_whose_week_has_passed_is_judged_with_those_of_its_currency(judged: Engine) -> None:
    with writing(judged) as session:
        in_w2 = ProductClassRow.warehouse_id == "W2"
        session.execute(update(ProductClassRow).where(in_w2).values(worked_out_at=NOW - timedelta(days=3)))
    with reading(judged) as session:
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=3)) == []
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=4)) == ["W1", "W2"]


def test_a_new_warehouse_is_judged_with_the_others_once_it_has_a_week_of_days(judged: Engine) -> None:
    nothing = dict.fromkeys(MEASURES, 0.0)
    with writing(judged) as session:
        session.execute(delete(ProductClassRow).where(ProductClassRow.warehouse_id == "W2"))
        session.execute(delete(WarehouseDayRow).where(WarehouseDayRow.warehouse_id == "W2"))
    with writing(judged) as session:
        assert due_warehouses(session, EVERYWHERE, NOW) == []
        opened = TODAY - timedelta(days=4)
        session.add(WarehouseDayRow(date=opened, warehouse_id="W2", read_at=NOW, **nothing))
    with reading(judged) as session:
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=2)) == []
        assert due_warehouses(session, EVERYWHERE, NOW + timedelta(days=3)) == ["W1", "W2"]


def test_a_waiting_proposal_that_is_made_again_stays_itself(judged: Engine) -> None:
    before = proposals(judged)
    done = propose_changes(judged, EVERYWHERE, LATER, LOOKED)

    assert done == {name: Proposed(9, done[name].waiting, 0) for name in EVERYWHERE}
    after = proposals(judged)
    assert {name: (row.proposal_id, row.version) for name, row in after.items()} == {
        name: (row.proposal_id, 1) for name, row in before.items()
    }
    assert told(judged) == ["assortment.proposed"] * 2


def test_what_is_accepted_is_bought_no_more_in_that_warehouse_after_its_last_day(judged: Engine) -> None:
    assert {("W1", SELLS_BADLY), ("W2", SELLS_BADLY)} <= bought(judged)

    accept(judged, "W1", day=TODAY)

    lines = bought(judged)
    assert ("W1", SELLS_BADLY) not in lines
    assert ("W2", SELLS_BADLY) in lines
    with reading(judged) as session:
        (row,) = session.scalars(select(ProductRangeRow)).all()
        assert (row.warehouse_id, row.kind, row.sold_until, row.set_by) == ("W1", RangeKind.RETIRED, TODAY, "Ada")
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on is None
    assert "assortment.accepted" in told(judged)


def test_without_a_day_there_is_notice(judged: Engine) -> None:
    assert accept(judged, "W1").day == TODAY + timedelta(days=7)


def test_accepting_twice_is_accepting_once(judged: Engine) -> None:
    accept(judged, "W1", day=TODAY)
    again = accept(judged, "W1", day=TODAY)

    assert again.version == 2
    with reading(judged) as session:
        assert len(session.scalars(select(ProductRangeRow)).all()) == 1
    with pytest.raises(NotNow, match="accepted"):
        accept(judged, "W1", day=TOMORROW)


def test_retired_in_the_last_warehouse_it_is_delisted(judged: Engine) -> None:
    accept(judged, "W1", day=TODAY)
    accept(judged, "W2", day=TOMORROW)

    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on == TOMORROW


def test_who_sees_one_warehouse_delists_nothing(judged: Engine) -> None:
    accept(judged, "W1", day=TODAY)
    proposal_id = proposals(judged)["W2"].proposal_id
    with writing(judged) as session:
        see_only(session, lambda: frozenset({"W2"}))
        deciding.accept(session, proposal_id, LATER, "Bo", notice_days=7, day=TODAY)

    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on is None


def test_what_was_accepted_is_taken_back_until_its_day_has_come(judged: Engine) -> None:
    accept(judged, "W1", day=TODAY)
    accept(judged, "W2", day=TODAY)
    proposal_id = proposals(judged)["W1"].proposal_id

    with pytest.raises(NotNow, match="has come"), writing(judged) as session:
        deciding.take_back(session, proposal_id, LATER + timedelta(days=1), "Ada")
    with writing(judged) as session:
        deciding.take_back(session, proposal_id, LATER, "Ada")

    assert proposals(judged)["W1"].status is ProposalStatus.WAITING
    assert ("W1", SELLS_BADLY) in bought(judged)
    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on is None


def test_a_last_day_that_somebody_said_of_a_product_stays(judged: Engine) -> None:
    # given: a product that ends next week everywhere, as somebody has said
    said = TODAY + timedelta(days=9)
    with writing(judged) as session:
        session.get_one(ProductRow, SELLS_BADLY).delisted_on = said

    accept(judged, "W1", day=TODAY)
    accept(judged, "W2", day=TODAY)
    with writing(judged) as session:
        deciding.take_back(session, proposals(judged)["W1"].proposal_id, LATER, "Ada")

    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on == said


def test_what_is_kept_by_hand_in_one_warehouse_is_not_delisted_any_more(judged: Engine) -> None:
    accept(judged, "W1", day=TOMORROW)
    accept(judged, "W2", day=TODAY)
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.TRIAL, LATER, "Ada", sold_until=TOMORROW)
    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on == TOMORROW

    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.KEPT, LATER, "Ada")

    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on is None
    assert {("W1", SELLS_BADLY), ("W2", SELLS_BADLY)} & bought(judged) == {("W1", SELLS_BADLY)}


def test_what_is_kept_by_hand_goes_on_to_end_when_somebody_said_of_the_product(judged: Engine) -> None:
    with writing(judged) as session:
        session.get_one(ProductRow, SELLS_BADLY).delisted_on = TODAY + timedelta(days=9)
    accept(judged, "W1", day=TODAY)
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.KEPT, LATER, "Ada")
    with reading(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on == TODAY + timedelta(days=9)


def test_a_last_day_that_a_range_set_by_hand_gave_is_taken_back_with_the_proposal(judged: Engine) -> None:
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.RETIRED, LATER, "Ada", sold_until=TODAY + timedelta(days=9))
    accept(judged, "W2", day=TODAY)
    with writing(judged) as session:
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on == TODAY + timedelta(days=9)
        deciding.take_back(session, proposals(judged)["W2"].proposal_id, LATER, "Ada")
        assert session.get_one(ProductRow, SELLS_BADLY).delisted_on is None


def test_what_is_said_second_counts_though_it_was_asked_first(judged: Engine) -> None:
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.RETIRED, LATER, "Ada", sold_until=TODAY)
    with writing(judged) as session:
        kept = set_range(session, "W1", SELLS_BADLY, RangeKind.KEPT, LATER - timedelta(minutes=1), "Bo")
        assert kept.set_by == "Bo"
    assert ("W1", SELLS_BADLY) in bought(judged)


@pytest.mark.parametrize(("after", "again"), [(timedelta(0), False), (timedelta(days=1), True)])
def test_what_left_long_ago_may_be_proposed_again(judged: Engine, after: timedelta, again: bool) -> None:
    # given: a product that left 13 weeks ago, and a day more, and is sold as before
    left = TODAY - NOT_AGAIN_FOR - after + timedelta(days=1)
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.RETIRED, NOW, "Ada", sold_until=left)

    propose_changes(judged, EVERYWHERE, LATER, LOOKED)

    assert ("W1" in proposals(judged, ProposalStatus.WAITING)) is again


def test_what_is_retired_by_hand_waits_no_more(judged: Engine) -> None:
    with writing(judged) as session:
        set_range(session, "W1", SELLS_BADLY, RangeKind.RETIRED, LATER, "Ada", sold_until=TODAY)

    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)

    assert set(proposals(judged, ProposalStatus.WAITING)) == {"W2"}
    lapsed = proposals(judged, ProposalStatus.LAPSED)
    assert set(lapsed) == {"W1"}
    assert (lapsed["W1"].decided_at, lapsed["W1"].decided_by) == (LATER + timedelta(days=1), None)


def test_of_two_that_are_the_same_one_goes_on_waiting(judged: Engine) -> None:
    # given: one refused, made again since its money has doubled, and then taken back
    first = proposals(judged)["W1"]
    with writing(judged) as session:
        deciding.refuse(session, first.proposal_id, LATER, "Ada").money = first.money / 2.1
    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)
    with writing(judged) as session:
        deciding.take_back(session, first.proposal_id, LATER + timedelta(days=1), "Ada")

    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)

    with reading(judged) as session:
        assert session.get_one(AssortmentProposalRow, first.proposal_id).status is ProposalStatus.LAPSED
    assert set(proposals(judged, ProposalStatus.WAITING)) == {"W1", "W2"}


def test_what_was_refused_is_not_proposed_again_for_13_weeks(judged: Engine) -> None:
    refused = proposals(judged)["W1"]
    with writing(judged) as session:
        deciding.refuse(session, refused.proposal_id, LATER, "Ada", "guests ask for it")
        deciding.refuse(session, refused.proposal_id, LATER, "Ada")

    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)
    assert [row.reason for row in proposals(judged, ProposalStatus.REFUSED).values()] == ["guests ask for it"]
    assert set(proposals(judged, ProposalStatus.WAITING)) == {"W2"}

    with writing(judged) as session:  # as if it had been refused long ago
        session.get_one(AssortmentProposalRow, refused.proposal_id).decided_at = LATER - NOT_AGAIN_FOR
    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)
    assert set(proposals(judged, ProposalStatus.WAITING)) == {"W1", "W2"}


def test_what_was_refused_is_proposed_again_where_its_money_has_doubled(judged: Engine) -> None:
    refused = proposals(judged)["W1"]
    with writing(judged) as session:
        deciding.refuse(session, refused.proposal_id, LATER, "Ada").money = refused.money / 2.1
    propose_changes(judged, EVERYWHERE, LATER + timedelta(days=1), LOOKED)
    assert set(proposals(judged, ProposalStatus.WAITING)) == {"W1", "W2"}


def test_what_is_proposed_no_more_lapses(judged: Engine) -> None:
    with writing(judged) as session:
        for row in session.scalars(select(AssortmentProposalRow)):
            if row.product_id == SELLS_BADLY and row.warehouse_id == "W1":
                row.product_id = "milk"
    propose_changes(judged, EVERYWHERE, LATER, LOOKED)
    with reading(judged) as session:
        lapsed = session.scalars(
            select(AssortmentProposalRow.product_id).where(AssortmentProposalRow.status == ProposalStatus.LAPSED)
        )
        assert list(lapsed) == ["milk"]


def test_what_leaves_already_is_not_proposed_to_leave(judged: Engine) -> None:
    accept(judged, "W1", day=TOMORROW)
    propose_changes(judged, EVERYWHERE, LATER, LOOKED)
    assert proposals(judged, ProposalStatus.WAITING).keys() == {"W2"}
    assert proposals(judged, ProposalStatus.ACCEPTED).keys() == {"W1"}


def test_what_baskets_hang_on_is_accepted_only_by_who_says_so(judged: Engine) -> None:
    with writing(judged) as session:
        for row in session.scalars(select(AssortmentProposalRow)):
            row.held_by_baskets = True
            row.details = row.details | {
                "baskets": {"share": 0.2, "orders": 40.0, "margin": 81.5, "margin_high": 120.0, "times_chance": 3.0,
                            "comes_back": 0.6, "holds": True}
            }  # fmt: skip

    with pytest.raises(Invalid, match="baskets hang on chervil: of 40 orders within 28 days 20%"):
        accept(judged, "W1")
    assert accept(judged, "W1", despite_baskets=True).status is ProposalStatus.ACCEPTED


def test_decisions_are_about_what_was_seen(judged: Engine) -> None:
    with pytest.raises(Outdated, match="changed since"):
        accept(judged, "W1", version=2)
    with pytest.raises(Invalid, match="passed"):
        accept(judged, "W1", day=TODAY - timedelta(days=1))
    with pytest.raises(Unknown, match="not found"), writing(judged) as session:
        deciding.refuse(session, "nobody", LATER, "Ada")
    assert proposals(judged)["W1"].status is ProposalStatus.WAITING


def test_a_move_ends_here_and_begins_there_the_day_after(judged: Engine) -> None:
    one = proposals(judged)["W1"]
    with writing(judged) as session:
        row = session.get_one(AssortmentProposalRow, one.proposal_id)
        row.kind, row.to_warehouse_id = ProposalKind.MOVE, "W2"
        deciding.accept(session, one.proposal_id, LATER, "Ada", notice_days=7, day=TODAY)

    with reading(judged) as session:
        rows = {
            row.warehouse_id: (row.kind, row.sold_from, row.sold_until)
            for row in session.scalars(select(ProductRangeRow))
        }
    assert rows == {"W1": (RangeKind.MOVED, None, TODAY), "W2": (RangeKind.MOVED, TOMORROW, None)}


def test_a_trial_has_an_end_that_is_told_a_week_before_and_once(judged: Engine) -> None:
    with writing(judged) as session:
        set_range(session, "W2", "saffron", RangeKind.TRIAL, LATER, "Ada", TODAY, TODAY + timedelta(days=27))
    with reading(judged) as session:
        assert ending_trials(session, LATER + timedelta(days=19)) == []
        (ending,) = ending_trials(session, LATER + timedelta(days=20))
    assert (ending.warehouse_id, ending.product_id) == ("W2", "saffron")

    for _ in range(2):
        with writing(judged) as session:
            tell_ending_trials(session, "W2", LATER + timedelta(days=20))
    assert told(judged).count("assortment.trial_ending") == 1

    with writing(judged) as session:
        set_range(session, "W2", "saffron", RangeKind.KEPT, LATER + timedelta(days=21), "Ada")
    with reading(judged) as session:
        assert ending_trials(session, LATER + timedelta(days=21)) == []


def test_commands_propose_list_and_decide(judged: Engine, freshfront: Shell) -> None:
    assert freshfront("assortment", "list", "--json") == 0
    listed = json.loads(freshfront.out)["proposals"]
    one = next(row for row in listed if row["product_id"] == SELLS_BADLY and row["warehouse_id"] == "W1")
    far = (TODAY + timedelta(days=4000)).isoformat()

    assert freshfront("assortment", "accept", one["proposal_id"], "--day", far) == 0
    assert far in freshfront.out
    assert freshfront("assortment", "take-back", one["proposal_id"]) == 0
    assert "waits again" in freshfront.out
    assert freshfront("assortment", "refuse", one["proposal_id"], "--reason", "no") == 0
    assert "refused" in freshfront.out
    assert freshfront("assortment", "accept", one["proposal_id"]) == 2


def test_a_shop_without_days_has_no_proposals(shop: Engine) -> None:
    assert propose_changes(shop, EVERYWHERE, NOW, LOOKED) == dict.fromkeys(EVERYWHERE, Proposed(0, 0, 0))
