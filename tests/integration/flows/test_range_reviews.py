"""What accepted proposals came to: told once their weeks are over, from the days as they were added up last, and held
to a recomputation in plain loops."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from math import sqrt
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.own_warehouses import see_only
from data.tables import AssortmentProposalRow, LineDayRow, ProposalKind, RangeKind
from flows.assortment import deciding
from flows.assortment.changing_ranges import set_range
from flows.assortment.outcomes import Outcome, outcome_of, outcomes
from flows.assortment.reviewing import SETTLED, keep_what_came
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.flows.decided_range import AFTER, BASKETS, GOODS, OVER, added_up, decide, sell_herbs

HERE = ("W1", "W2")
DAY = timedelta(days=1)


@pytest.fixture
def decided(shop: Engine) -> Engine:
    """Chervil left W1 four weeks ago."""
    sell_herbs(shop, {"W1": "CNY", "W2": "CNY"})
    decide(shop, "p1", "W1", "chervil")
    return shop


def came(engine: Engine, proposal_id: str = "p1") -> Outcome | None:
    with reading(engine) as session:
        return outcome_of(session.get_one(AssortmentProposalRow, proposal_id))


def kept(engine: Engine, proposal_id: str = "p1") -> Any:
    with reading(engine) as session:
        return session.get_one(AssortmentProposalRow, proposal_id).details.get("came")


def days_of(engine: Engine) -> dict[tuple[str, str, date], tuple[float, float]]:
    """Margin of what was sold and money wasted, by warehouse, product and day."""
    with reading(engine) as session:
        return {
            (row.warehouse_id, row.product_id, row.date): (4.0 * row.sold, row.waste_money)
            for row in session.scalars(select(LineDayRow))
        }


def test_a_decision_is_told_once_its_weeks_are_over(decided: Engine) -> None:
    assert keep_what_came(decided, HERE, OVER - timedelta(days=2)) == 0
    assert came(decided) is None
    with reading(decided) as session:
        assert outcomes(session, OVER).running == 1

    assert keep_what_came(decided, ["W2"], OVER) == 0, "of another warehouse"
    assert keep_what_came(decided, HERE, OVER) == 1
    told = came(decided)
    assert told is not None
    assert told.came is not None
    assert (told.first, told.last) == (TODAY + DAY, TODAY + timedelta(days=AFTER))
    assert told.came.low < told.came.money < told.came.high
    assert keep_what_came(decided, HERE, OVER) == 0, "told already"


def test_figures_are_those_of_plain_loops_over_all_days(decided: Engine) -> None:
    keep_what_came(decided, HERE, OVER)
    days = days_of(decided)
    first, usual = TODAY + DAY, TODAY + DAY - timedelta(weeks=12)
    after = [first + ahead * DAY for ahead in range(AFTER)]
    before = [usual + n * DAY for n in range(84)]
    weight = {day: 0.5 ** (((TODAY - day).days // 7) / 4) for day in before}
    slowly = {day: 0.5 ** (((TODAY - day).days // 7) / 12) for day in before}

    def level(warehouse: str, products: list[str], of: int, weights: dict[date, float]) -> float:
        got = sum(weights[day] * days.get((warehouse, one, day), (0.0, 0.0))[of] for day in before for one in products)
        return got / sum(weights.values())

    def since(warehouse: str, products: list[str], of: int) -> float:
        return sum(days.get((warehouse, one, day), (0.0, 0.0))[of] for day in after for one in products) / AFTER

    by_category = defaultdict(list)
    for product, category in GOODS.items():
        by_category[category].append(product)
    rest_of_w1 = [("W1", by_category["leaf"]), ("W1", by_category["chilled"])]
    herbs_elsewhere = [("W2", ["dill", "parsley"])]
    moved = 1.0
    for compared in (rest_of_w1, herbs_elsewhere):
        moved *= sqrt(sum(since(*one, 0) for one in compared) / sum(level(*one, 0, weight) for one in compared))
    siblings = ["dill", "parsley"]
    margin = 28 * (since("W1", siblings, 0) - moved * level("W1", siblings, 0, weight)
                   - moved * level("W1", ["chervil"], 0, weight))  # fmt: skip
    waste = 28 * (since("W1", siblings, 1) - level("W1", siblings, 1, weight) - level("W1", ["chervil"], 1, slowly))

    told = came(decided)
    assert told is not None
    assert told.came is not None
    assert told.came.margin == pytest.approx(margin - BASKETS["margin"])
    assert told.came.waste_saved == pytest.approx(-waste)
    assert told.came.money == pytest.approx(margin - BASKETS["margin"] - waste)


def test_late_rows_count_until_the_days_are_settled(decided: Engine) -> None:
    keep_what_came(decided, HERE, OVER)
    before = came(decided)
    assert before is not None
    assert before.came is not None

    def waste_more(money: float) -> None:
        one = (LineDayRow.warehouse_id == "W1") & (LineDayRow.product_id == "dill")
        with writing(decided) as session:
            day = LineDayRow.date == TODAY + timedelta(days=9)
            session.execute(update(LineDayRow).where(one, day).values(waste_money=LineDayRow.waste_money + money))

    waste_more(70.0)
    assert keep_what_came(decided, HERE, OVER + DAY) == 1
    later = came(decided)
    assert later is not None
    assert later.came is not None
    assert later.came.waste_saved == pytest.approx(before.came.waste_saved - 70.0)

    with writing(decided) as session:
        session.add_all(added_up(name, TODAY + timedelta(days=AFTER) + SETTLED) for name in HERE)
    waste_more(500.0)
    assert keep_what_came(decided, HERE, OVER + SETTLED + DAY) == 0
    assert came(decided) == later


def test_what_was_worked_out_from_earlier_days_is_never_written_over_what_was_told_later(decided: Engine) -> None:
    keep_what_came(decided, HERE, OVER)
    with writing(decided) as session:
        row = session.get_one(AssortmentProposalRow, "p1")
        row.details = row.details | {"came": row.details["came"] | {"until": "2099-01-01", "parts": []}}
    told = kept(decided)

    assert keep_what_came(decided, HERE, OVER) == 0
    assert kept(decided) == told


def test_of_two_nights_at_once_one_tells_and_both_end_well(decided: Engine) -> None:
    with ThreadPoolExecutor(2) as nights:
        told = list(nights.map(lambda _: keep_what_came(decided, HERE, OVER), range(2)))

    assert sorted(told) == [0, 1]
    assert came(decided) is not None


@pytest.mark.parametrize(("after", "is_told"), [(5, False), (AFTER + 3, True)])
def test_nothing_is_told_where_the_range_was_changed_again_within_the_weeks(
    decided: Engine, after: int, is_told: bool
) -> None:
    with writing(decided) as session:
        set_range(session, "W1", "chervil", RangeKind.KEPT, NOW + timedelta(days=after), "Bo")
    keep_what_came(decided, HERE, OVER + timedelta(days=7))

    told = came(decided)
    assert told is not None
    assert (told.came is not None, told.not_told) == ((True, None) if is_told else (False, "changed"))


def test_what_was_taken_back_and_accepted_for_an_earlier_day_is_told_by_that_day(decided: Engine) -> None:
    decide(decided, "p2", "W2", "dill", day=TODAY + timedelta(days=9))
    with writing(decided) as session:
        deciding.take_back(session, "p2", NOW, "Bo")
        deciding.accept(session, "p2", NOW, "Bo", notice_days=0, day=TODAY)
    keep_what_came(decided, HERE, OVER)

    told = came(decided, "p2")
    assert told is not None
    assert told.not_told is None, "nobody has said otherwise since"
    assert told.first == TODAY + DAY


def test_a_trial_that_is_kept_is_told_of(decided: Engine) -> None:
    decide(decided, "p2", "W2", "chervil", ProposalKind.TRY, TODAY + DAY)
    with writing(decided) as session:
        set_range(session, "W2", "chervil", RangeKind.KEPT, NOW + timedelta(days=20), "Bo")

    assert keep_what_came(decided, HERE, OVER) == 2
    told = came(decided, "p2")
    assert told is not None
    assert told.came is not None, "it was sold on each of its days"


def test_what_moves_is_told_of_both_warehouses(decided: Engine) -> None:
    decide(decided, "p2", "W1", "dill", ProposalKind.MOVE, to="W2")
    keep_what_came(decided, HERE, OVER)

    assert [part["warehouse_id"] for part in kept(decided, "p2")["parts"]] == ["W1", "W2"]
    assert [part["warehouse_id"] for part in kept(decided)["parts"]] == ["W1"]
    with reading(decided) as session:
        see_only(session, lambda: frozenset({"W2"}))
        assert outcomes(session, OVER).sums == [], "decided in W1"


def test_of_a_move_nothing_is_told_where_too_little_is_known_of_one_of_its_warehouses(decided: Engine) -> None:
    decide(decided, "p2", "W1", "dill", ProposalKind.MOVE, to="W2")
    with writing(decided) as session:
        before_it_opened = (LineDayRow.warehouse_id == "W2") & (LineDayRow.date < TODAY - timedelta(days=14))
        session.execute(delete(LineDayRow).where(before_it_opened))
    keep_what_came(decided, HERE, OVER)

    moved, left = came(decided, "p2"), came(decided)
    assert moved is not None
    assert (moved.came, moved.not_told) == (None, "too_little")
    assert left is not None
    assert left.came is not None, "of W1 enough is known"


def test_where_a_trial_has_ended_since_is_no_comparison(decided: Engine) -> None:
    with writing(decided) as session:
        set_range(session, "W2", "chervil", RangeKind.TRIAL, NOW, "Bo", sold_until=TODAY + timedelta(days=9))
    keep_what_came(decided, HERE, OVER)
    before = kept(decided)
    with writing(decided) as session:
        there = (LineDayRow.warehouse_id == "W2") & (LineDayRow.date > TODAY)
        session.execute(update(LineDayRow).where(there).values(wanted_money=2 * LineDayRow.wanted_money))
    keep_what_came(decided, HERE, OVER)

    assert kept(decided)["parts"][0]["siblings_margin"] == pytest.approx(before["parts"][0]["siblings_margin"])


def test_currencies_are_told_apart_and_not_compared(shop: Engine) -> None:
    sell_herbs(shop, {"W1": "CNY", "W3": "EUR", "W4": "EUR"})
    decide(shop, "p1", "W1", "chervil")
    decide(shop, "p3", "W3", "dill")
    keep_what_came(shop, ("W1", "W3", "W4"), OVER)
    before = kept(shop)
    with writing(shop) as session:
        rich = LineDayRow.warehouse_id.in_(("W3", "W4")) & (LineDayRow.date > TODAY)
        session.execute(update(LineDayRow).where(rich).values(wanted_money=1000 * LineDayRow.wanted_money))

    assert keep_what_came(shop, ("W1", "W3", "W4"), OVER) == 1
    assert kept(shop) == before
    with reading(shop) as session:
        found = outcomes(session, OVER)
        assert [(one.currency, one.decisions, one.money) for one in found.sums] == [
            ("CNY", 1, 100.0),
            ("EUR", 1, 100.0),
        ]
        see_only(session, lambda: frozenset({"W1"}))
        assert [one.currency for one in outcomes(session, OVER).sums] == ["CNY"]
        assert outcomes(session, OVER, "W3").sums == []
        assert outcomes(session, OVER, since=TODAY + DAY).told == []


def test_too_little_is_known_of_a_warehouse_that_has_just_opened(decided: Engine) -> None:
    with writing(decided) as session:
        session.execute(
            LineDayRow.__table__.delete().where(LineDayRow.date < TODAY - timedelta(days=20))  # type: ignore[attr-defined]
        )
    keep_what_came(decided, HERE, OVER)
    told = came(decided)

    assert told is not None
    assert (told.came, told.not_told) == (None, "too_little")
    with reading(decided) as session:
        found = outcomes(session, OVER)
    assert (list(found.sums), found.running, found.not_told) == ([], 0, 1)
