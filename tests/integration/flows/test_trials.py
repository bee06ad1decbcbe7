"""A trial from its beginning to its promotion: laid out on kept days, bought by in its arm, looked at each night."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from pydantic import TypeAdapter
from sqlalchemy import Engine, event, select

from data.database import reading, writing
from data.frames.purchase_terms import category_terms_known_at
from data.tables import (
    Compared,
    DemandModelRow,
    OutboxEventRow,
    TrialDayRow,
    TrialLookRow,
    TrialRow,
    WarehouseDayRow,
    WarehouseRow,
)
from flows.demand.models import tried_models as tried_models_module
from flows.demand.models.tried_models import tried_models
from flows.errors import Invalid, NotNow, Refusal, Unknown
from flows.notifying.event_types import TrialEndedData, TrialLengthData
from flows.purchasing.notes.plan_notes import PlanNote, in_words
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level
from flows.purchasing.planning.planning import PlannedPurchase, plan_what_to_order
from flows.reports.trials.champion import set_anew
from flows.reports.trials.ending import promote_trial, stop_trial
from flows.reports.trials.kept import design_of
from flows.reports.trials.looking import look_at_trials
from flows.reports.trials.showing import trial_told, trials
from flows.reports.trials.starting import NewTrial, begin, lay_out
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import NOW, TODAY, TOMORROW, open_shop
from tests.integration.flows.days_of_trials import ASKED, NEXT_DAY, add_up, begun, in_arm, open_shop_with_days
from warehouse.worth.trials.design import Arm


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling:
    return open_shop_with_days if "with_days" in request.fixturenames else open_shop


@pytest.fixture
def with_days(engine: Engine) -> Engine:
    """The shop with the days that a trial is planned from."""
    return engine


def planned(engine: Engine, now: datetime = NEXT_DAY) -> PlannedPurchase:
    with reading(engine) as session:
        return plan_what_to_order(session, ["W1", "W2"], now)


def spinach(plan: PlannedPurchase) -> dict[str, Decimal]:
    return {line.warehouse_id: line.quantity for line in plan.lines if line.product_id == "spinach"}


def test_the_challengers_day_is_planned_by_its_terms_and_the_plan_says_so(with_days: Engine) -> None:
    # given a plan
    before = spinach(planned(with_days))
    # when a trial begins of having more on display
    trial = begun(with_days, replace(ASKED, terms={"display_minimum": Decimal(15)}))
    arms = {name: design_of(trial).arm(name, TOMORROW) for name in ("W1", "W2")}
    assert set(arms.values()) == set(Arm)
    challenger = next(name for name, arm in arms.items() if arm is Arm.CHALLENGER)
    plan = planned(with_days)
    # then its first day is planned with it in the one warehouse, as before in the other
    for name, quantity in spinach(plan).items():
        assert (quantity > before[name]) == (name == challenger)
    (note,) = [note.as_dict() for note in plan.notes if note.code == PlanNote.TRIED]
    assert note["warehouses"] == challenger
    assert "a floor" in in_words(note)
    # and the day before as if there were none
    assert not [note for note in planned(with_days, NOW).notes if note.code == PlanNote.TRIED]


def test_where_no_trial_runs_nothing_changes(with_days: Engine) -> None:
    before = planned(with_days)
    trial = begun(with_days)
    with writing(with_days) as session:
        stop_trial(session, trial.trial_id, "a mistake", NOW + timedelta(minutes=1), "ann")
    assert [line.quantity for line in planned(with_days).lines] == [line.quantity for line in before.lines]
    assert planned(with_days).notes == before.notes


def test_a_plan_where_no_trial_runs_asks_once_whether_one_does(with_days: Engine) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.extend([statement] if "trial" in statement else [])

    event.listen(with_days, "before_cursor_execute", note)
    planned(with_days)

    assert len(asked) == 1


def test_every_day_that_a_trial_may_take_has_an_arm_by_the_seed(with_days: Engine) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    with reading(with_days) as session:
        days = session.scalars(select(TrialDayRow)).all()
    assert {(row.warehouse_id, row.date) for row in days} == {
        (name, trial.first + timedelta(days=n))
        for name in ("W1", "W2")
        for n in range((design.latest - trial.first).days + 1)
    }
    assert (design.last, design.most) == (trial.last, 2 * design.periods)
    assert all(design.arm(row.warehouse_id, row.date) == row.arm for row in days)
    assert trial.seed == ASKED.seed


def test_a_seed_that_nobody_names_is_drawn(with_days: Engine) -> None:
    with reading(with_days) as session:
        seeds = {lay_out(session, replace(ASKED, seed=None), NOW).design.seed for _ in range(3)}
    assert len(seeds) == 3


def test_a_better_challenger_is_found_and_promoted_once(with_days: Engine) -> None:
    # given a trial whose challenger earns 6% more, and terms of which only the floor is tried
    with writing(with_days) as session:
        set_service_level(session, [NewTerms("", goodwill=Decimal(2))], NOW - timedelta(days=1), "ann")
    trial = begun(with_days)
    design = design_of(trial)
    # when its days are added up and looked at after each period, twice
    looks = 0
    for period in range(design.periods):
        first = design.first + timedelta(days=design.period_days * period)
        last = first + timedelta(days=design.period_days - 1)
        add_up(with_days, first, last - timedelta(days=1), in_arm(design, 0.06))
        night = NEXT_DAY + (last - design.first)
        assert look_at_trials(with_days, night) == []  # the period has not ended
        add_up(with_days, last, last, in_arm(design, 0.06))
        night += timedelta(days=1)
        if not (said := look_at_trials(with_days, night)):
            break
        looks += 1
        assert len(said) == 1
        assert look_at_trials(with_days, night) == []
    # then the challenger wins, by about what it earns more
    with reading(with_days) as session:
        told = trial_told(session, trial.trial_id, night)
        assert told.trial.state == "decided"
        assert told.trial.winner == Arm.CHALLENGER
        assert len(told.looks) == looks
        assert told.latest is not None
        assert told.latest.effect == pytest.approx(0.06, abs=0.01)
        assert told.latest.lowest is not None
        assert 0 < told.latest.lowest < 0.06
        assert told.arms_today == {}
        (ended,) = session.scalars(select(OutboxEventRow)).all()
        assert (ended.type, ended.payload["state"], ended.payload["winner"]) == ("trial.ended", "decided", "challenger")
        assert ended.payload["effect"] == told.latest.effect
        TypeAdapter(TrialEndedData).validate_json(json.dumps(ended.payload), strict=True)
    # and once promoted its floor holds, beside what was set before, however often it is asked for
    for _ in range(2):
        with writing(with_days) as session:
            assert promote_trial(session, trial.trial_id, None, night, "ann").state == "promoted"
    with reading(with_days) as session:
        row = category_terms_known_at(session, night)[""]
        assert (row.fill_rate_floor, row.goodwill) == (0.99, Decimal(2))


def test_a_worse_challenger_is_not_promoted(with_days: Engine) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    add_up(with_days, design.first, design.last, in_arm(design, -0.06))
    night = NOW + (design.last - TODAY) + timedelta(days=1)
    look_at_trials(with_days, night)
    with reading(with_days) as session:
        assert trial_told(session, trial.trial_id, night).trial.winner == Arm.CHAMPION
    with pytest.raises(NotNow, match="champion won"), writing(with_days) as session:
        promote_trial(session, trial.trial_id, None, night, "ann")


def test_a_trial_that_shows_nothing_ends_undecided_and_is_promoted_only_with_a_reason(with_days: Engine) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    with pytest.raises(NotNow, match="no winner"), writing(with_days) as session:
        promote_trial(session, trial.trial_id, " ", NEXT_DAY, "ann")
    add_up(with_days, design.first, design.last)
    night = NOW + (design.last - TODAY) + timedelta(days=1)
    look_at_trials(with_days, night)
    with reading(with_days) as session:
        told = trial_told(session, trial.trial_id, night)
    assert told.trial.state == "undecided"
    assert len(told.looks) == design.periods
    with writing(with_days) as session:
        promote_trial(session, trial.trial_id, "customers ask for it", night + timedelta(days=1), "ann")
    with reading(with_days) as session:
        kept = trial_told(session, trial.trial_id, night).trial
        assert (kept.state, kept.because) == ("promoted", "customers ask for it")
        assert (kept.ended_at, kept.ended_by) == (night, "night"), "it had ended before"


def test_a_trial_whose_days_scatter_more_than_before_is_lengthened_up_to_its_limit_and_says_so(
    with_days: Engine,
) -> None:
    # given a trial of a challenger that changes nothing, on days that lie farther apart than those before it
    trial = begun(with_days)
    design = design_of(trial)

    def scattered(name: str, day: date) -> float:
        return 1 + float(np.random.default_rng([day.toordinal(), len(name), ord(name[-1])]).normal(0, 0.3))

    # when it is looked at after each period of its stated length
    add_up(with_days, design.first, design.last, scattered)
    after = NOW + (design.last - TODAY) + timedelta(days=1)
    look_at_trials(with_days, after)
    # then it goes on, each warehouse in its arm, and how long is told where one looks, and to who is told of events
    with reading(with_days) as session:
        told = trial_told(session, trial.trial_id, after)
        events = session.scalars(select(OutboxEventRow)).all()
    assert told.trial.state == "running"
    assert len(told.looks) == design.periods < told.periods <= design.most
    assert told.trial.last == design.last_of(told.periods)
    assert set(told.arms_today.values()) == set(Arm)
    assert {one.type for one in events} == {"trial.length_changed"}
    assert told.periods in {one.payload["periods_needed"] for one in events}
    for one in events:
        TypeAdapter(TrialLengthData).validate_json(json.dumps(one.payload), strict=True)
    # and where the longest is over, it has ended, with each look as long as it was to take by then
    add_up(with_days, design.last + timedelta(days=1), design.latest, scattered)
    look_at_trials(with_days, NOW + (design.latest - TODAY) + timedelta(days=1))
    with reading(with_days) as session:
        told = trial_told(session, trial.trial_id, after)
        ended = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type == "trial.ended")).all()
    assert told.trial.state in {"undecided", "decided"}
    assert design.periods < len(told.looks) <= design.most
    assert len(ended) == 1


def test_a_trial_that_began_before_trials_were_lengthened_ends_as_stated(with_days: Engine) -> None:
    trial = begun(with_days)
    with writing(with_days) as session:
        row = session.get_one(TrialRow, trial.trial_id)
        row.design = {name: value for name, value in row.design.items() if name != "most"}
    design = design_of(trial)
    add_up(with_days, design.first, design.last, lambda name, day: 1 + 0.4 * ((day.day * ord(name[-1])) % 3 - 1))
    look_at_trials(with_days, NOW + (design.last - TODAY) + timedelta(days=1))
    with reading(with_days) as session:
        told = trial_told(session, trial.trial_id, NEXT_DAY)
    assert told.trial.state != "running"
    assert {look.periods for look in told.looks} == {design.periods}


def test_a_look_stays_as_it_was_though_days_are_corrected(with_days: Engine) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    last = design.first + timedelta(days=design.period_days - 1)
    add_up(with_days, design.first, last, in_arm(design, 0.03))
    look_at_trials(with_days, NEXT_DAY + timedelta(days=design.period_days))
    with reading(with_days) as session:
        (first,) = session.scalars(select(TrialLookRow)).all()
    with writing(with_days) as session:
        for row in session.scalars(select(WarehouseDayRow).where(WarehouseDayRow.date >= design.first)):
            row.short_money = 0.0
    later = last + timedelta(days=design.period_days)
    add_up(with_days, last + timedelta(days=1), later, in_arm(design, 0.03))
    look_at_trials(with_days, NEXT_DAY + timedelta(days=2 * design.period_days))
    with reading(with_days) as session:
        kept = session.scalars(select(TrialLookRow).order_by(TrialLookRow.period)).all()
    assert kept[0].contrasts == first.contrasts
    assert len(kept) == 2


def test_a_warehouse_that_closes_delays_no_look(with_days: Engine) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    last = design.first + timedelta(days=design.period_days - 1)
    add_up(with_days, design.first, last)
    night = NEXT_DAY + timedelta(days=design.period_days)
    # given a warehouse of which the last days are not added up
    with writing(with_days) as session:
        for row in session.scalars(select(WarehouseDayRow).where(WarehouseDayRow.warehouse_id == "W2")):
            if row.date > last - timedelta(days=3):
                session.delete(row)
    assert look_at_trials(with_days, night) == []
    # when it has closed before, so that none will be
    with writing(with_days) as session:
        session.get_one(WarehouseRow, "W2").closed_on = last - timedelta(days=3)
    # then the period is looked at
    assert len(look_at_trials(with_days, night)) == 1


def test_days_that_never_come_are_waited_for_a_week(with_days: Engine) -> None:
    design = design_of(begun(with_days))
    last = design.first + timedelta(days=design.period_days - 1)
    assert look_at_trials(with_days, NOW + (last - TODAY) + timedelta(days=7)) == []
    (said,) = look_at_trials(with_days, NOW + (last - TODAY) + timedelta(days=8))
    assert "nothing is known" in said


def test_no_other_trial_is_promoted_while_one_runs(with_days: Engine) -> None:
    stopped = begun(with_days)
    with writing(with_days) as session:
        stop_trial(session, stopped.trial_id, "enough", NOW, "ann")
    running = begun(with_days, replace(ASKED, name="another"))
    with pytest.raises(NotNow, match=f"{running.trial_id} .another. runs up to"), writing(with_days) as session:
        promote_trial(session, stopped.trial_id, "customers ask for it", NEXT_DAY, "ann")
    with writing(with_days) as session:
        promote_trial(session, running.trial_id, "customers ask for it", NEXT_DAY, "ann")
        # once none runs, why it was stopped stays beside why it is promoted
        promoted = promote_trial(session, stopped.trial_id, "they still do", NEXT_DAY, "ann")
        assert promoted.because == "enough; they still do"


@pytest.mark.parametrize(
    ("category", "terms", "told"),
    [
        ("leaf", {"goodwill": Decimal(3)}, True),
        ("leaf", {"disposal": Decimal(3)}, False),  # which is not tried, so that it is the same in both arms
        ("", {"goodwill": Decimal(3)}, True),  # of which the category has none of its own
        ("chilled", {"goodwill": Decimal(3)}, False),
    ],
)
def test_a_trial_says_when_what_it_is_compared_with_was_set_anew(
    shop: Engine, category: str, terms: dict[str, Decimal], told: bool
) -> None:
    # given a trial of another goodwill than the one that was set before
    later = NEXT_DAY + timedelta(days=1)
    trial = TrialRow(trial_id="T1", compares=Compared.TERMS, category="leaf", challenger={"goodwill": 2.0},
                     started_at=NOW, ended_at=later)  # fmt: skip
    # when terms are set while it runs, and once more as it ends
    with writing(shop) as session:
        set_service_level(session, [NewTerms("", goodwill=Decimal(1))], NOW - timedelta(days=1), "ann")
        set_service_level(session, [NewTerms(category, **terms)], NEXT_DAY, "bob")
        set_service_level(session, [NewTerms("leaf", goodwill=Decimal(9))], later, "bob")
    # then those are told that changed its champion
    with reading(shop) as session:
        assert set_anew(session, [trial], later + timedelta(days=1)) == {"T1": [NEXT_DAY] if told else []}


def test_many_trials_are_told_by_as_many_queries_as_one(with_days: Engine) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def queries() -> int:
        asked.clear()
        with reading(with_days) as session:
            trials(session, NEXT_DAY)
        return len(asked)

    event.listen(with_days, "before_cursor_execute", note)
    begun(with_days)
    of_one = queries()
    for number in range(3):
        with writing(with_days) as session:
            running = next(one.trial.trial_id for one in trials(session, NOW) if one.trial.state == "running")
            stop_trial(session, running, "enough", NOW, "ann")
        begun(with_days, replace(ASKED, name=f"another {number}"), NOW + timedelta(minutes=number + 1))
    assert queries() == of_one


def test_the_arm_told_is_that_of_each_warehouses_own_day(with_days: Engine) -> None:
    # given warehouses on two days at once: it is Monday in Shanghai, and Sunday in Los Angeles
    trial = begun(with_days)
    design = design_of(trial)
    with writing(with_days) as session:
        session.get_one(WarehouseRow, "W2").timezone = "America/Los_Angeles"
    moment = NOW + (design.first - TODAY) + timedelta(days=design.block_days)
    with reading(with_days) as session:
        arms = trial_told(session, trial.trial_id, moment).arms_today
    change = design.first + timedelta(days=design.block_days)
    assert arms == {"W1": design.arm("W1", change), "W2": design.arm("W2", change - timedelta(days=1))}
    assert len(set(arms.values())) == 1


def test_one_trial_runs_at_a_time_and_beginning_it_again_is_safe(with_days: Engine) -> None:
    trial = begun(with_days)
    assert begun(with_days).trial_id == trial.trial_id
    with reading(with_days) as session:
        laid = lay_out(session, ASKED, NOW)
    others = (
        *(replace(ASKED, name="another"), replace(ASKED, category="chilled"), replace(ASKED, figure="waste")),
        *(replace(ASKED, terms={"freshest_first": 0.5}), replace(ASKED, warehouses=["W1"])),
    )
    for other in others:
        with pytest.raises(NotNow, match="runs up to"), writing(with_days) as session:
            begin(session, replace(laid, asked=other), NOW, "ann")
    with writing(with_days) as session:
        stop_trial(session, trial.trial_id, "enough", NEXT_DAY, "ann")
    with writing(with_days) as session:  # safe to repeat
        stop_trial(session, trial.trial_id, "enough", NEXT_DAY, "ann")
    assert begun(with_days, replace(ASKED, name="another"), NEXT_DAY).trial_id == "T2"
    with reading(with_days) as session:
        assert [one.trial.state for one in trials(session, NEXT_DAY)] == ["running", "stopped"]


@pytest.mark.parametrize(
    ("asked", "refusal", "why"),
    [
        (replace(ASKED, name=" "), Invalid, "name"),
        (replace(ASKED, figure="luck"), Unknown, "earned"),
        (replace(ASKED, terms=None), Invalid, "what is tried"),
        (replace(ASKED, model_id="m"), Invalid, "one of the two"),
        (replace(ASKED, terms=None, model_id="m", category="greens"), Invalid, "all categories"),
        (replace(ASKED, terms=None, model_id="m"), Unknown, "models list"),
        (replace(ASKED, terms={"fill_rate_floor": 1.5}), Invalid, "floor"),
        (replace(ASKED, category="sweets"), Unknown, "sweets"),
        (replace(ASKED, warehouses=["W9"]), Unknown, "W9"),
        (replace(ASKED, washout_days=7), Invalid, "washout"),
        (replace(ASKED, effect=0.0), Invalid, "effect"),
        (replace(ASKED, seed=-1), Invalid, "seed"),
        (replace(ASKED, effect=0.001), NotNow, "larger effect"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(
    with_days: Engine, asked: NewTrial, refusal: type[Refusal], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        begun(with_days, asked)
    with reading(with_days) as session:
        assert session.scalars(select(TrialRow)).all() == []


def test_a_history_too_short_to_plan_from_is_said(shop: Engine) -> None:
    with pytest.raises(NotNow, match="report days"):
        begun(shop)
    add_up(shop, TODAY - timedelta(days=20), TODAY - timedelta(days=1))
    with pytest.raises(NotNow, match="42"):
        begun(shop)


def test_a_set_of_models_is_tried_in_its_arm_alone_and_gives_way_where_it_cannot_be_read(
    with_days: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a set that serves both warehouses, and one of them that is tried
    common = {"origin": NOW - timedelta(days=30), "trained_at": NOW - timedelta(days=30), "code": "1", "settings": {},
              "trained_on": {}, "artifact": b"", "artifact_sha256": ""}  # fmt: skip
    with writing(with_days) as session:
        for of_all in ("serves", "tried"):
            session.add(DemandModelRow(model_id=of_all, **common))
            session.flush()
            session.add_all(
                DemandModelRow(model_id=f"{of_all} {name}", warehouse_id=name, region_model_id=of_all, **common)
                for name in ("W1", "W2")
            )
    trial = begun(with_days, replace(ASKED, terms=None, model_id="tried"))
    (challenger,) = (name for name in ("W1", "W2") if design_of(trial).arm(name, TOMORROW) is Arm.CHALLENGER)

    def models(now: datetime) -> dict[str, str]:
        with reading(with_days) as session:
            serving = {name: session.get_one(DemandModelRow, f"serves {name}") for name in ("W1", "W2")}
            found = tried_models(session, with_days.url, serving, now, now)
            return {name: row.model_id for name, row in found.items()}

    monkeypatch.setattr(tried_models_module, "kept_region_model", lambda _url, _model_id: None)
    assert models(NEXT_DAY) == {challenger: f"tried {challenger}"}
    assert models(NOW) == {}, "before its first day"
    monkeypatch.undo()
    assert models(NEXT_DAY) == {}, "what is kept is no model"
