"""Trials that are asked for twice, that two people end at once, that a kill interrupts, that nothing can be seen of."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.frames.purchase_terms import category_terms_known_at
from data.tables import CategoryTermsRow, OutboxEventRow, TrialLookRow, TrialRow, WarehouseDayRow, WarehouseRow
from flows.errors import Invalid, NotNow
from flows.notifying.event_types import TrialEndedData
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level
from flows.reports.trials import looking
from flows.reports.trials.champion import terms_held
from flows.reports.trials.ending import promote_trial, stop_trial
from flows.reports.trials.kept import design_of
from flows.reports.trials.looking import look_at_trials
from flows.reports.trials.starting import begin, lay_out
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.flows.days_of_trials import ASKED, NEXT_DAY, add_up, begun, open_shop_with_days


@pytest.fixture
def filling() -> Filling:
    return open_shop_with_days


@pytest.fixture
def with_days(engine: Engine) -> Engine:
    """The shop with the days that a trial is planned from."""
    return engine


def told_of_ends(engine: Engine) -> list[dict[str, object]]:
    with reading(engine) as session:
        return [one.payload for one in session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.event_id))]


def test_asked_for_again_the_trial_that_runs_is_told_though_none_could_be_laid_out_by_now(with_days: Engine) -> None:
    # given a trial, and since it began a warehouse of which no day has been added up
    trial = begun(with_days)
    with writing(with_days) as session:
        row = session.get_one(WarehouseRow, "W1")
        same = {column.name: getattr(row, column.name) for column in WarehouseRow.__table__.columns}
        session.add(WarehouseRow(**same | {"warehouse_id": "W3", "name": "new"}))
    with pytest.raises(NotNow, match="report days"), reading(with_days) as session:
        lay_out(session, ASKED, NEXT_DAY)
    # then it is told all the same, as it was laid out
    again = begun(with_days, now=NEXT_DAY)
    assert (again.trial_id, again.first, again.seed) == (trial.trial_id, trial.first, trial.seed)


def test_two_that_begin_it_at_once_have_one_trial(with_days: Engine) -> None:
    with reading(with_days) as session:
        laid = lay_out(session, ASKED, NOW)
    with ThreadPoolExecutor(1) as other:
        with writing(with_days) as session:
            first = begin(session, laid, NOW, "ann").trial_id
            session.flush()
            second = other.submit(begun, with_days)
            with pytest.raises(TimeoutError):
                second.result(1)
        assert second.result(60).trial_id == first
    with reading(with_days) as session:
        assert session.scalar(select(func.count()).select_from(TrialRow)) == 1


def test_two_that_promote_it_at_once_set_its_terms_once_and_say_so(with_days: Engine) -> None:
    trial_id = begun(with_days).trial_id

    def promote(by: str) -> str:
        with writing(with_days) as session:
            return str(promote_trial(session, trial_id, "asked for", NEXT_DAY, by).promoted_by)

    with ThreadPoolExecutor(1) as other:
        with writing(with_days) as session:
            promote_trial(session, trial_id, "asked for", NEXT_DAY, "ann")
            second = other.submit(promote, "bob")
            with pytest.raises(TimeoutError):
                second.result(1)
        assert second.result(60) == "ann"
    with reading(with_days) as session:
        assert session.scalar(select(func.count()).select_from(CategoryTermsRow)) == 1
    assert [one["state"] for one in told_of_ends(with_days)] == ["promoted"]


def test_a_look_that_meets_one_who_stops_the_trial_changes_nothing(
    with_days: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a period that has ended, and somebody who stops the trial between the look and what is kept of it
    trial = begun(with_days)
    design = design_of(trial)
    add_up(with_days, design.first, design.last_of(1))
    looks = looking.shown

    def stopped_meanwhile(*args: object) -> object:
        with writing(with_days) as session:
            stop_trial(session, trial.trial_id, "the summer range begins", NEXT_DAY, "ann")
        return looks(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(looking, "shown", stopped_meanwhile)
    (said,) = look_at_trials(with_days, NEXT_DAY + timedelta(days=design.period_days))
    # then it stays stopped, and nothing was seen
    assert "another run" in said
    with reading(with_days) as session:
        assert session.get_one(TrialRow, trial.trial_id).state == "stopped"
        assert session.scalars(select(TrialLookRow)).all() == []


def test_a_look_that_is_killed_before_it_is_kept_is_taken_again_as_it_was(
    with_days: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = begun(with_days)
    design = design_of(trial)
    add_up(with_days, design.first, design.last_of(1))
    night = NEXT_DAY + timedelta(days=design.period_days)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(looking, "worded", killed)  # the last that is done before the look is kept
        with pytest.raises(KeyboardInterrupt):
            look_at_trials(with_days, night)
    with reading(with_days) as session:
        assert session.scalars(select(TrialLookRow)).all() == []
    assert len(look_at_trials(with_days, night)) == 1
    assert look_at_trials(with_days, night) == []


def test_whoever_ends_a_trial_before_its_time_those_who_are_told_of_events_hear_of_it(with_days: Engine) -> None:
    for number, because in enumerate(("enough", "asked for")):
        trial = begun(with_days, replace(ASKED, name=because), NOW + timedelta(minutes=number))
        for _ in range(2):
            with writing(with_days) as session:
                if because == "enough":
                    stop_trial(session, trial.trial_id, because, NEXT_DAY, "ann")
                else:
                    promote_trial(session, trial.trial_id, because, NEXT_DAY, "ann")
    told = told_of_ends(with_days)
    assert [(one["trial_id"], one["state"], one["effect"]) for one in told] == [
        ("T1", "stopped", None),
        ("T2", "promoted", None),
    ]
    for one in told:
        TypeAdapter(TrialEndedData).validate_json(json.dumps(one), strict=True)


def test_what_holds_already_is_no_challenger_though_it_is_set_for_all_categories(with_days: Engine) -> None:
    # given goodwill that is set for all categories
    with writing(with_days) as session:
        set_service_level(session, [NewTerms("", goodwill=Decimal(2))], NOW - timedelta(days=1), "ann")
    # when it is tried for one that has none of its own, or none is tried where none is set, then it is refused
    for terms in ({"goodwill": Decimal(2)}, {"disposal": Decimal(0)}):
        with pytest.raises(Invalid, match="holds already"):
            begun(with_days, replace(ASKED, category="leaf", terms=terms))
    # and another is compared with what holds
    with reading(with_days) as session:
        assert terms_held(category_terms_known_at(session, NOW), "leaf", ["goodwill"]) == {"goodwill": 2.0}
    assert begun(with_days, replace(ASKED, terms={"goodwill": Decimal(3)})).champion == {"goodwill": 2.0}


def test_a_warehouse_that_earned_nothing_takes_part_in_no_trial(with_days: Engine) -> None:
    # given a warehouse that has lost all that it could have earned, day by day
    with writing(with_days) as session:
        for row in session.scalars(select(WarehouseDayRow).where(WarehouseDayRow.warehouse_id == "W2")):
            row.short_money = 1000.0
    # then no share of what is usual there can be told
    with pytest.raises(NotNow, match=r"W2.*nothing or less"):
        begun(with_days)


def test_a_trial_of_which_a_warehouse_closes_half_way_ends_by_its_latest_day(with_days: Engine) -> None:
    # given a trial of two warehouses, of which one closes after two periods
    trial = begun(with_days)
    design = design_of(trial)
    closed = design.last_of(2)
    add_up(with_days, design.first, closed)
    with writing(with_days) as session:
        session.get_one(WarehouseRow, "W2").closed_on = closed
    add_up(with_days, closed + timedelta(days=1), design.latest, only="W1")
    # when the nights go on
    look_at_trials(with_days, NOW + (design.latest - TODAY) + timedelta(days=1))
    # then no contrast came since, and it has ended
    with reading(with_days) as session:
        looks = session.scalars(select(TrialLookRow).order_by(TrialLookRow.period)).all()
        assert [len(look.contrasts) for look in looks] == [1, 1] + [0] * (len(looks) - 2)
        assert session.get_one(TrialRow, trial.trial_id).state == "undecided"
        seen = looks[1].effect, looks[1].lowest, looks[1].highest
        payload = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type == "trial.ended")).one().payload
    # and who is told of its end hears of the effect that was seen last, as who looks at the trial does
    assert seen[0] is not None
    assert (payload["effect"], payload["lowest"], payload["highest"]) == seen
