"""Trials: each with what it tries, how far it has come, and its effect with the interval over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.charts import Rows, Spec, midnight
from api.pages.rendering import page
from api.pages.texts import day, moment, number, percent, say
from api.pages.trials.trial_chart import trial_chart
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession
from data.tables import NameKind, TrialLookRow, TrialState, WarehouseRow
from data.tables.names import names_of
from flows.reports.trials.showing import TrialTold, trials
from warehouse.worth.morning_figures import Better
from warehouse.worth.trials.design import Arm
from warehouse.worth.trials.figures import TRIAL_FIGURES

SHARES: Final = {"fill_rate_floor", "freshest_first"}
EDGE: Final = 0.25  # an interval without an end is drawn up to here, or beyond the farthest that is known

router = Router(include_in_schema=False)


@dataclass(frozen=True)
class Shown:
    """A trial in words, with its chart once something is known."""

    told: TrialTold
    state: str
    verdict: str
    tried: Sequence[str]
    today: str
    set_anew: str
    length: str
    chart: Spec | None


@router.get("/trials")
def trials_page(
    request: Request, session: ReadSession, now: Now, who: Annotated[Principal, requires(Scope.READ)]
) -> Response:
    """All of them, the one begun last first."""
    require_all_warehouses(who, "trials")
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name)).all()
    names = {place.warehouse_id: place.name for place in places}
    zone = places[0].timezone if places else "UTC"
    shown = [_shown(session, told, names, zone) for told in trials(session, now)]
    return page(request, "trials/trials.html", shown=shown)


def _shown(session: Session, told: TrialTold, names: Mapping[str, str], zone: str) -> Shown:
    trial = told.trial
    in_arm = [names.get(one, one) for one, arm in told.arms_today.items() if arm is Arm.CHALLENGER]
    return Shown(
        told,
        say(f"trials.{trial.state}"),
        _verdict(told),
        _tried(trial.challenger, trial.champion, names_of(session, NameKind.CATEGORIES)[trial.category or ""]),
        say("trials.today", warehouses=say("mark.listed").join(in_arm)) if in_arm else "",
        _set_anew(told, zone),
        _length(told),
        _chart(told),
    )


def _set_anew(told: TrialTold, zone: str) -> str:
    """When the terms that it is compared with were set anew, if they were."""
    if not told.champion_set_anew:
        return ""
    return say("trials.set_anew", at=say("mark.listed").join(moment(at, zone) for at in told.champion_set_anew))


def _length(told: TrialTold) -> str:
    """How much longer than stated it takes, or may."""
    latest = day(told.design.latest)
    if told.longer_by:
        return say("trials.longer", needed=told.periods, stated=told.design.periods, latest=latest)
    runs = told.trial.state == TrialState.RUNNING and told.design.most > told.design.periods
    return say("trials.may_be_longer", latest=latest) if runs else ""


def _verdict(told: TrialTold) -> str:
    """What is known by now, in a sentence."""
    look, trial = told.latest, told.trial
    if look is None or look.effect is None:
        if trial.state != TrialState.RUNNING:
            return say("trials.nothing_seen")
        return say("trials.nothing_yet", first=day(trial.first))
    effect = say(
        "trials.effect", figure=say(f"figure.{trial.figure}"), effect=_signed(look.effect), interval=_interval(look)
    )
    if trial.winner is not None:
        return effect + say(f"trials.{trial.winner}_wins")
    return effect + (say("trials.open") if trial.state == TrialState.RUNNING else say("trials.not_shown"))


def _tried(challenger: Mapping[str, Any], champion: Mapping[str, Any], category: str) -> list[str]:
    """Each thing that is tried beside what holds, in a category or in all."""
    said = [
        say(
            "trials.against",
            what=say(f"trials.term_{name}"),
            new=_value(name, value),
            old=_value(name, champion.get(name)),
        )
        for name, value in challenger.items()
    ]
    return [one + say("mark.bracketed", what=category) for one in said] if category else said


def _value(name: str, value: Any) -> str:
    if value is None:
        return say("trials.unset")
    if name == "model_id":
        return str(value)[:8]
    return percent(value) if name in SHARES else number(value, 0 if float(value).is_integer() else 2)


def _interval(look: TrialLookRow) -> str:
    if look.lowest is None or look.highest is None:
        return say("trials.no_interval")
    return say("trials.interval", low=_signed(look.lowest), high=_signed(look.highest))


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else ''}{number(share * 100, 1)}%"


def _chart(told: TrialTold) -> Spec | None:
    known = [look for look in told.looks if look.effect is not None]
    if not known:
        return None
    ends = [abs(end) for look in known for end in (look.lowest, look.highest) if end is not None]
    edge = 1.2 * max([*ends, *(abs(look.effect or 0.0) for look in known)], default=EDGE) if ends else EDGE
    rows: Rows = [
        {
            "t": midnight(look.last_day),
            "effect": look.effect,
            "low": -edge if look.lowest is None else look.lowest,
            "high": edge if look.highest is None else look.highest,
            "tip": say(
                "trials.tip", day=day(look.last_day), effect=_signed(look.effect or 0.0), interval=_interval(look)
            ),
        }
        for look in known
    ]
    up = TRIAL_FIGURES[told.trial.figure].better is Better.HIGHER
    sides = say("trials.better"), say("trials.worse")
    return trial_chart(rows, *(sides if up else sides[::-1]))
