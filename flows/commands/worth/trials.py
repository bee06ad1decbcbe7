"""`freshfront trial`: a challenger tried beside what holds, looked at, stopped and promoted."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import typer

from data.database import reading, require_current_schema, writing
from data.languages import all_of, say
from data.tables import TrialRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.reports.trials.ending import promote_trial, stop_trial
from flows.reports.trials.kept import design_of
from flows.reports.trials.looking import look_at_trials
from flows.reports.trials.showing import TrialTold, trial_told, trials
from flows.reports.trials.starting import NewTrial, lay_out, start_trial
from warehouse.worth.trials.design import Design

BY = "command line"
BEGINS: Final = (
    "Trial {trial_id} begins on {first}: {kind}, blocks of {block} days of which the first {washout} do not count, up "
    "to {last} ({periods} periods) to find an effect of {effect:.1%} on {figure} with 80%.\n"
    "Should its days scatter more than those so far, it is lengthened: to {latest} ({most} periods) at most.\n"
    "Pairs: {pairs}. Seed {seed}."
)
WOULD_BEGIN: Final = (
    "It would begin on {first}: {kind}, blocks of {block} days of which the first {washout} do not count, up to {last} "
    "({periods} periods) to find an effect of {effect:.1%} on {figure} with 80%.\n"
    "Should its days scatter more than those so far, it is lengthened: to {latest} ({most} periods) at most.\n"
    "Pairs: {pairs}. Seed {seed}."
)
TrialId = Annotated[str, typer.Argument(metavar="TRIAL", help="its id, as trial list prints it")]


def start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="what people call it")],
    figure: Annotated[str, typer.Option(help="what is to get better: earned, fill_rate, waste or wape")] = "earned",
    floor: Annotated[float | None, typer.Option(help="try this fill rate floor, a share as 0.97")] = None,
    goodwill: Annotated[float | None, typer.Option(help="try this goodwill, money per unit short")] = None,
    disposal: Annotated[float | None, typer.Option(help="try this disposal, money per unit thrown away")] = None,
    display: Annotated[float | None, typer.Option(help="try this display minimum, units of each product")] = None,
    category: Annotated[str, typer.Option(help="of this category; of all that have no terms of their own else")] = "",
    model: Annotated[str | None, typer.Option(help="try this set of models instead, an id of models list")] = None,
    warehouse: Warehouses = None,
    effect: Annotated[float, typer.Option(help="the effect to be found, a share")] = 0.03,
    washout: Annotated[int, typer.Option(help="days after a change of arms that do not count")] = 2,
    seed: Annotated[int | None, typer.Option(help="of the coins; drawn if not given")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say how it would be laid out, and begin nothing")] = False,
    json: Json = False,
) -> None:
    """Begin a trial of a challenger by warehouse, laid out on what the warehouses' days were so far."""
    told = {
        "fill_rate_floor": floor,
        "goodwill": _exact(goodwill),
        "disposal": _exact(disposal),
        "display_minimum": _exact(display),
    }
    terms = {key: value for key, value in told.items() if value is not None}
    asked = NewTrial(name, figure, terms or None, category, model, warehouse, washout, effect, seed)
    now = datetime.now(UTC)
    with database() as engine:
        require_current_schema(engine)
        trial_id = None if dry_run else start_trial(engine, asked, now, BY)
        with reading(engine) as session:
            if trial_id is None:
                laid = lay_out(session, asked, now)
                design, champion, wanted = laid.design, laid.champion, asked.effect
            else:
                trial = session.get_one(TrialRow, trial_id)
                design, champion, wanted = design_of(trial), trial.champion, trial.effect
    facts = {"trial_id": trial_id} | _facts_of_design(design) | {"champion": champion}
    answer(facts, _design_in_words(design, trial_id, wanted, figure), json)


def listing(json: Json = False) -> None:
    """List trials, the one begun last first, with what each has shown."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = trials(session, datetime.now(UTC))
            facts = [_facts(one) for one in found]
            lines = [
                (one.trial.trial_id, one.trial.name, spoken("trial", one.trial.state), one.trial.figure, _shown(one))
                for one in found
            ]
    text = as_table(("trial", "name", "state", "figure", "effect"), lines) if lines else say("There are no trials yet.")
    answer(facts, text, json)


def show(trial_id: TrialId, json: Json = False) -> None:
    """Print a trial: how it is laid out, who is in which arm today, and what each look has shown."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            told = trial_told(session, trial_id, datetime.now(UTC))
            facts, text = _facts(told), _in_words(told)
    answer(facts, text, json)


def look(json: Json = False) -> None:
    """Look at the trial that runs, if a period of it has ended. Part of the daily flow."""
    with database() as engine:
        require_current_schema(engine)
        said = look_at_trials(engine, datetime.now(UTC))
    answer(said, "\n".join(said) or say("No period has ended since."), json)


def stop(
    trial_id: TrialId,
    because: Annotated[str, typer.Option(help="why it is stopped")],
    json: Json = False,
) -> None:
    """Stop a trial: every warehouse is in the champion's arm from now on."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            trial = stop_trial(session, trial_id, because, datetime.now(UTC), BY)
            facts = {"trial_id": trial.trial_id, "state": trial.state}
            text = say("Trial {trial_id}: {state}.", trial_id=trial.trial_id, state=spoken("trial", trial.state))
    answer(facts, text, json)


def promote(
    trial_id: TrialId,
    because: Annotated[str | None, typer.Option(help="why, where it is not shown to be better")] = None,
    json: Json = False,
) -> None:
    """Make a trial's challenger what holds everywhere: its terms are set, its models serve."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            trial = promote_trial(session, trial_id, because, datetime.now(UTC), BY)
            facts = {"trial_id": trial.trial_id, "state": trial.state, "challenger": trial.challenger}
            text = say("Trial {trial_id}: the challenger holds, {what}.", trial_id=trial.trial_id, what=_tried(trial))
    answer(facts, text, json)


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _facts_of_design(design: Design) -> dict[str, Any]:
    return {
        "design": design.kind,
        "block_days": design.block_days,
        "washout_days": design.washout_days,
        "first": design.first,
        "last": design.last,
        "periods": design.periods,
        "periods_at_most": design.most,
        "latest": design.latest,
        "pairs": design.pairs,
        "seed": design.seed,
    }


def _design_in_words(design: Design, trial_id: str | None, effect: float, figure: str) -> str:
    pairs = ", ".join(all_of([name for name in pair if name]) for pair in design.pairs)
    return say(
        BEGINS if trial_id else WOULD_BEGIN,
        trial_id=trial_id,
        first=design.first,
        kind=spoken("trial", design.kind),
        block=design.block_days,
        washout=design.washout_days,
        last=design.last,
        periods=design.periods,
        latest=design.latest,
        most=design.most,
        effect=effect,
        figure=figure,
        pairs=pairs,
        seed=design.seed,
    )


def _facts(told: TrialTold) -> dict[str, Any]:
    trial = told.trial
    names = (
        "trial_id",
        "name",
        "compares",
        "category",
        "challenger",
        "champion",
        "figure",
        "effect",
        "state",
        "winner",
    )
    looks = [
        {
            name: getattr(look, name)
            for name in ("period", "last_day", "periods", "effect", "lowest", "highest", "decided")
        }
        for look in told.looks
    ]
    return {name: getattr(trial, name) for name in (*names, "first", "last", "seed", "because")} | {
        "design": trial.design,
        "periods_needed": told.periods,
        "latest": told.design.latest,
        "arms_today": told.arms_today,
        "champion_set_anew": told.champion_set_anew,
        "looks": looks,
    }


def _in_words(told: TrialTold) -> str:
    trial = told.trial
    rows = [
        (str(look.period), str(look.last_day), _share(look.effect), _share(look.lowest), _share(look.highest))
        for look in told.looks
    ]
    table = as_table(("period", "up to", "effect", "from", "to"), rows) if rows else say("No period has ended yet.")
    arms = ", ".join(f"{name} {spoken('trial', arm)}" for name, arm in told.arms_today.items())
    wins = say(", {winner} wins", winner=spoken("trial", trial.winner)) if trial.winner else ""
    return "\n".join(
        [
            say(
                "Trial {trial_id} ({name}): {state}{wins}",
                trial_id=trial.trial_id,
                name=trial.name,
                state=spoken("trial", trial.state),
                wins=wins,
            ),
            say(
                "Tries {what} for {figure}, {first} to {last}, {kind}.",
                what=_tried(trial),
                figure=trial.figure,
                first=trial.first,
                last=trial.last,
                kind=spoken("trial", trial.design["kind"]),
            ),
            *([_longer(told)] if told.longer_by else []),
            *([say("Today: {arms}", arms=arms)] if arms else []),
            *(
                say("What it is compared with was set anew on {at:%Y-%m-%d %H:%M} UTC.", at=at)
                for at in told.champion_set_anew
            ),
            table,
        ]
    )


def _longer(told: TrialTold) -> str:
    return say(
        "It needs {needed} periods instead of the {stated} stated, since its days scatter more than those before it, "
        "or are missing; {most} at most, to {latest}.",
        needed=told.periods,
        stated=told.design.periods,
        most=told.design.most,
        latest=told.design.latest,
    )


def _tried(trial: TrialRow) -> str:
    tried = ", ".join(f"{name} {value}" for name, value in trial.challenger.items())
    return say("{tried} of {category}", tried=tried, category=trial.category) if trial.category else tried


def _shown(told: TrialTold) -> str:
    look = told.latest
    return (
        ""
        if look is None
        else say(
            "{effect} ({lowest} to {highest})",
            effect=_share(look.effect),
            lowest=_share(look.lowest),
            highest=_share(look.highest),
        )
    )


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:+.1%}"
