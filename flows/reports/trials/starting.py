"""Lays a trial out on the history of its warehouses and begins it: the arm of every day is written when it begins.
Asked for again, the one that runs is told, whatever would be laid out by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from secrets import randbelow
from typing import Any, Final

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.purchase_terms import category_terms_known_at
from data.frames.worth.by_day import last_days_kept
from data.kept.one_at_a_time import wait_for_others
from data.local_days import today_there
from data.tables import Compared, TrialDayRow, TrialRow, TrialState, WarehouseRow
from data.tables.judgements import OF_ALL_CATEGORIES
from flows.demand.models import model_registry
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.planning.kept_service_level import NewTerms, categories, check_terms
from flows.reports.trials.champion import terms_held
from flows.reports.trials.days import days_of
from flows.reports.trials.kept import before_as_dict, design_as_dict
from warehouse.worth.trials.contrasts import Before
from warehouse.worth.trials.design import Design
from warehouse.worth.trials.figures import TRIAL_FIGURES
from warehouse.worth.trials.length import EFFECT, best_design

LOOKED_BACK: Final = timedelta(days=182)
LEAST_HISTORY: Final = 42  # days: three periods of two weeks
BLOCKS: Final = (7, 14)
WASHOUT: Final = 2  # days: what is ordered on one comes the next, and most of it is sold in two
MOST_WASHOUT: Final = 6
LONGEST_NAME: Final = 80
SEEDS: Final = 2**31
ONE_AT_A_TIME: Final = "trials"


@dataclass(frozen=True)
class NewTrial:
    """What somebody wants to try: `terms` of a category (empty: of all), or the models of a set (`model_id`)."""

    name: str
    figure: str = "earned"
    terms: Mapping[str, Any] | None = None
    category: str = OF_ALL_CATEGORIES
    model_id: str | None = None
    warehouses: Sequence[str] | None = None
    washout_days: int = WASHOUT
    effect: float = EFFECT
    seed: int | None = None  # of the coins; None: drawn when the trial is laid out

    @property
    def compares(self) -> Compared:
        """What kind of challenger it is."""
        return Compared.TERMS if self.model_id is None else Compared.MODEL


@dataclass(frozen=True)
class LaidOut:
    """A trial that could begin."""

    asked: NewTrial
    design: Design
    before: Before
    champion: Mapping[str, Any]

    @property
    def days(self) -> list[dict[str, Any]]:
        """The arm of every warehouse's day, up to the longest that it may take."""
        return [
            {"warehouse_id": name, "date": day, "arm": arm, "counts": self.design.counts(day)}
            for name in self.design.warehouses
            for day in _days(self.design.first, self.design.latest)
            if (arm := self.design.arm(name, day)) is not None
        ]


def start_trial(engine: Engine, asked: NewTrial, now: datetime, by: str) -> str:
    """The id of the trial that was asked for, begun now or running since. Raises what `lay_out` and `begin` raise."""
    with reading(engine) as session:
        if (running := _asked_for_again(session, asked)) is not None:
            return running.trial_id
        laid = lay_out(session, asked, now)
    with writing(engine) as session:
        return begin(session, laid, now, by).trial_id


def lay_out(session: Session, asked: NewTrial, now: datetime) -> LaidOut:
    """The design that finds the effect soonest, from tomorrow on. Writes nothing. Raises Invalid, Unknown, or NotNow
    where the history is too short, or no design finds the effect within a year."""
    _check(asked)
    champion = _champion(session, asked, now)
    places = _places(session, asked)
    figure = TRIAL_FIGURES[asked.figure]
    if figure.of_money and len({place.currency for place in places}) > 1:
        raise Invalid("These warehouses are of several currencies, and money is never added across: name those of one.",
                      field="warehouses")  # fmt: skip
    names = [place.warehouse_id for place in places]
    last_days = last_days_kept(session, names)
    if not names or len(last_days) < len(names):
        raise NotNow("Not every warehouse has days that were added up. Run: freshfront report days")
    last = min(last_days.values())
    history = days_of(session, names, last - LOOKED_BACK, last, figure, asked.category or None)
    history = history.since_all_known()
    if history.length < LEAST_HISTORY:
        raise NotNow(
            "Of {figure} {length} days are known in all of these warehouses; a trial is planned from "
            "{least_history} or more. Wait, or leave out the warehouse that is new.",
            figure=asked.figure,
            length=history.length,
            least_history=LEAST_HISTORY,
        )
    if lost := [name for name in names if not isfinite(history.usual(name))]:
        raise NotNow(
            "In warehouse {warehouse_id!r} {figure} came to nothing or less so far, and an effect is told as a share "
            "of it. Leave the warehouse out, or try for another figure.",
            warehouse_id=lost[0],
            figure=asked.figure,
        )
    plan = best_design(history, asked.washout_days, BLOCKS, asked.effect)
    if plan.periods is None:
        raise NotNow(
            "No trial of a year finds an effect of {effect:.1%} on {figure} in these warehouses; one of "
            "{finds:.1%} is found. Ask for a larger effect, or take more warehouses.",
            effect=asked.effect,
            figure=asked.figure,
            finds=plan.finds,
        )
    first = max(today_there(now, place.timezone) for place in places) + timedelta(days=1)
    seed = randbelow(SEEDS) if asked.seed is None else asked.seed
    design = Design(plan.kind, first, plan.block_days, asked.washout_days, plan.periods, plan.most, plan.pairs, seed)
    before = Before.of(history, plan.pairs, plan.kind, plan.block_days, asked.washout_days)
    return LaidOut(asked, design, before, champion)


def begin(session: Session, laid: LaidOut, now: datetime, by: str) -> TrialRow:
    """Begins a trial. Asked for again by its name and contents, the one that runs is told. Raises NotNow while another
    trial runs: each would be told apart from the other by nothing."""
    wait_for_others(session.connection(), ONE_AT_A_TIME)
    asked, design = laid.asked, laid.design
    if (running := _asked_for_again(session, asked)) is not None:
        return running
    number = (session.scalar(select(func.count()).select_from(TrialRow)) or 0) + 1
    trial = TrialRow(
        trial_id=f"T{number}",
        name=asked.name,
        compares=asked.compares,
        category=_category(asked),
        challenger=_challenger(asked),
        champion=dict(laid.champion),
        figure=asked.figure,
        effect=asked.effect,
        design=design_as_dict(design),
        before=before_as_dict(laid.before),
        seed=design.seed,
        first=design.first,
        last=design.last,
        state=TrialState.RUNNING,
        started_at=now,
        started_by=by,
    )
    session.add(trial)
    session.flush()
    session.execute(insert(TrialDayRow), [{"trial_id": trial.trial_id, **day} for day in laid.days])
    return trial


def _asked_for_again(session: Session, asked: NewTrial) -> TrialRow | None:
    """The trial that runs, where it is this one; None: none runs. Raises NotNow where another does."""
    running = trial_that_runs(session)
    if running is not None and not _is_asked_for(running, asked):
        raise still_runs(running)
    return running


def trial_that_runs(session: Session) -> TrialRow | None:
    """The one, if one does."""
    return session.scalars(select(TrialRow).where(TrialRow.state == TrialState.RUNNING)).first()


def still_runs(trial: TrialRow) -> NotNow:
    """The refusal of what would disturb a trial."""
    return NotNow(
        "Trial {trial_id} ({name}) runs up to {last}. Stop it first, or wait.",
        trial_id=trial.trial_id,
        name=trial.name,
        last=trial.last,
    )


def _check(asked: NewTrial) -> None:
    if not asked.name.strip() or len(asked.name) > LONGEST_NAME:
        raise Invalid(
            "A trial needs a name of up to {longest_name} characters.", longest_name=LONGEST_NAME, field="name"
        )
    if asked.figure not in TRIAL_FIGURES:
        raise Unknown(
            "A trial can be about {trial_figures}, not {figure!r}.",
            trial_figures=TRIAL_FIGURES,
            figure=asked.figure,
            field="figure",
        )
    if not 0 <= asked.washout_days <= MOST_WASHOUT:
        raise Invalid(
            "The washout is {washout_days} days; it is 0 to {most_washout}.",
            washout_days=asked.washout_days,
            most_washout=MOST_WASHOUT,
            field="washout_days",
        )
    if not 0.001 <= asked.effect <= 1:
        raise Invalid(
            "The effect is {effect:g}; it is a share from 0.001 to 1, as 0.03.", effect=asked.effect, field="effect"
        )
    if asked.seed is not None and not 0 <= asked.seed < SEEDS:
        raise Invalid(
            "The seed is {seed}; it is a number from 0 to {most}.", seed=asked.seed, most=SEEDS - 1, field="seed"
        )
    if (asked.model_id is None) == (not asked.terms):
        raise Invalid("Say what is tried: terms, or a model; one of the two.", field="challenger")
    if asked.model_id is not None and asked.category != OF_ALL_CATEGORIES:
        raise Invalid("A set of models is tried for all categories: leave the category out.", field="category")


def _champion(session: Session, asked: NewTrial, now: datetime) -> dict[str, Any]:
    """What the challenger is compared with. Raises Unknown, Invalid for a challenger that cannot be tried."""
    if asked.model_id is not None:
        if not (on_it := model_registry.warehouses_on(session, asked.model_id)):
            raise Unknown(
                "{model_id!r} is no region's model with warehouse models on it. See: freshfront models list",
                model_id=asked.model_id,
                field="model_id",
            )
        serves = session.scalars(model_registry.serving_region(on_it, now)).first()
        if serves is not None and serves.model_id == asked.model_id:
            raise Invalid("Model {model_id} serves already.", model_id=asked.model_id, field="model_id")
        return {"model_id": None if serves is None else serves.model_id}
    terms = dict(asked.terms or {})
    check_terms(NewTerms(asked.category, **terms))
    if asked.category not in (OF_ALL_CATEGORIES, *categories(session)):
        raise Unknown("No product is of category {category!r}.", category=asked.category, field="category")
    champion = terms_held(category_terms_known_at(session, now), asked.category, terms)
    if champion == _challenger(asked):
        raise Invalid("The challenger is what holds already.", field="challenger")
    return champion


def _challenger(asked: NewTrial) -> dict[str, Any]:
    if asked.model_id is not None:
        return {"model_id": asked.model_id}
    return {name: float(value) for name, value in (asked.terms or {}).items()}


def _places(session: Session, asked: NewTrial) -> Sequence[WarehouseRow]:
    row = WarehouseRow
    query = select(row).where(row.closed_on.is_(None)).order_by(row.warehouse_id)
    found = session.scalars(query).all()
    if asked.warehouses is None:
        return found
    there = {place.warehouse_id for place in found}
    if missing := [name for name in asked.warehouses if name not in there]:
        raise Unknown(
            "Warehouse {warehouse_id!r} was not found, or closes.", warehouse_id=missing[0], field="warehouses"
        )
    return [place for place in found if place.warehouse_id in set(asked.warehouses)]


def _category(asked: NewTrial) -> str | None:
    return asked.category if asked.compares is Compared.TERMS else None


def _is_asked_for(running: TrialRow, asked: NewTrial) -> bool:
    """Whether the trial that runs tries the same for the same, in the warehouses that are named."""
    names = running.name, running.compares, running.category, running.challenger, running.figure
    if names != (asked.name, asked.compares, _category(asked), _challenger(asked), asked.figure):
        return False
    pairs = running.design["pairs"]
    return asked.warehouses is None or set(asked.warehouses) == {name for pair in pairs for name in pair if name}


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
