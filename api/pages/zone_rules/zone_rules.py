"""The rules of a zone: what holds now, what others would have done in the past two weeks, and then to keep them.

Who keeps others sees before what they would have done: rules that were changed since they were tried are tried again
in place of being kept.
"""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Form, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import done, page
from api.pages.zone_rules.typed_rules import DAYS, GROUPS, HoursRow, TypedRules, days_words
from api.problems import not_found
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from data.tables import SensorRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.trying_rules import Tried, try_rules
from flows.coldchain.rules.kept_rules import keep_rules, rules_of_zones, rules_told
from flows.errors import Invalid, Outdated, Refusal
from warehouse.coldchain.rule_templates import TEMPLATES
from warehouse.coldchain.rules import BY_HOURS, Rules
from warehouse.coldchain.zone_alarms import IN_PERCENT

DAYS_TRIED = 14
ALARMS_SHOWN = 50

router = Router(include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.ALARMS_READ)]
Decides = Annotated[Principal, requires(Scope.RULES_WRITE)]
Texts = Annotated[list[str], Form(max_length=100)]


def typed_rules(
    rule: Texts,
    value: Texts,
    begins: Texts,
    until: Texts,
    weekdays: Texts,
    hours_rule: Texts,
    hours_value: Texts,
    learn_defrosts: Annotated[bool, Form()] = False,
) -> TypedRules:
    """What was typed: rules and rows stand one below the other."""
    try:
        rows = [HoursRow(*row) for row in zip(begins, until, weekdays, hours_rule, hours_value, strict=True)]
        return TypedRules(dict(zip(rule, value, strict=True)), learn_defrosts, rows)
    except ValueError as wrong:
        raise Invalid("The form is not whole. Load the page again.", field="rule") from wrong


Typed = Annotated[TypedRules, Depends(typed_rules)]


@router.get("/zones/{zone_id}/rules")
def zone_rules(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    zone_id: str,
    template: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """The rules of now in a form, or those for a class of goods to begin with."""
    begun_with = TEMPLATES.get(template or "")
    return _page(request, session, zone_id, None if begun_with is None else TypedRules.showing(begun_with))


@router.post("/zones/{zone_id}/rules/try")
def try_zone_rules(
    request: Request, session: ReadSession, now: Now, who: Decides, zone_id: str, typed: Typed
) -> Response:
    """The page with what the typed rules would have done. Nothing is written, so the page is the answer."""
    return _tried(request, session, now, zone_id, typed)


@router.post("/zones/{zone_id}/rules")
def keep_zone_rules(
    request: Request,
    session: ReadSession,
    writes: WriteSession,
    now: Now,
    who: Decides,
    zone_id: str,
    typed: Typed,
    version: Annotated[int, Form(ge=0, le=10**9)],
    tried: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Lets the typed rules hold, where they are those that were tried."""
    try:
        rules = rules_told(session, zone_id, typed.said())
        if _fingerprint(rules) != tried:
            return _tried(request, session, now, zone_id, typed, changed_since=bool(tried))
        keep_rules(writes, zone_id, rules, now, who.name, version)
    except (Invalid, Outdated) as wrong:
        return _page(request, session, zone_id, typed, wrong=wrong)
    return done(f"/zones/{quote(zone_id, safe='')}/rules", "rules_kept")


def _tried(
    request: Request, session: Session, now: datetime, zone_id: str, typed: TypedRules, changed_since: bool = False
) -> Response:
    try:
        rules = rules_told(session, zone_id, typed.said())
        session.rollback()  # the connection goes back: what follows computes for long
        since = now - timedelta(days=DAYS_TRIED)
        tried = try_rules(engine_of(request), zone_id, rules, since, now, _usual(request))
    except Invalid as wrong:
        return _page(request, session, zone_id, typed, wrong=wrong)
    return _page(request, session, zone_id, typed, tried, rules, changed_since=changed_since)


def _page(
    request: Request,
    session: Session,
    zone_id: str,
    typed: TypedRules | None = None,
    tried: Tried | None = None,
    rules: Rules | None = None,
    *,
    wrong: Refusal | None = None,
    changed_since: bool = False,
) -> Response:
    zone = session.get(ZoneRow, zone_id)
    if zone is None:
        raise not_found("Zone", zone_id)
    kept = rules_of_zones(session, [zone_id]).get(zone_id, [])
    shown: dict[str, Any] = {
        "typed": typed or TypedRules.showing(kept[-1].rules if kept else _usual(request)),
        "names": dict(session.execute(select(SensorRow.sensor_id, SensorRow.name)).tuples().all()) if tried else {},
        "fingerprint": "" if rules is None else _fingerprint(rules),
    }
    return page(
        request,
        "zone_rules/zone_rules.html",
        200 if wrong is None else 422 if isinstance(wrong, Invalid) else 412,
        **shown,
        zone=zone,
        warehouse=session.get_one(WarehouseRow, zone.warehouse_id),
        kept=kept[-1] if kept else None,
        version=len(kept),
        templates=sorted(TEMPLATES, key=lambda band: band != zone.band),
        groups=GROUPS,
        by_hours=BY_HOURS,
        days=DAYS,
        days_words=days_words,
        tried=tried,
        wrong=wrong,
        changed_since=changed_since,
        days_tried=DAYS_TRIED,
        alarms_shown=ALARMS_SHOWN,
        in_percent=IN_PERCENT,
    )


def _usual(request: Request) -> Rules:
    return Rules(silent_after=request.app.state.settings.sensor_silent_after)


def _fingerprint(rules: Rules) -> str:
    """What tells one rule set from another: which of them was tried."""
    return json.dumps(rules.as_dict(), sort_keys=True)
