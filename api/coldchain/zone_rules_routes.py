"""Rules of zones: read, tried on the past, kept; which there were, and which there are to begin with."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.coldchain.zone_rules_schemas import ReplayIn, ReplayOut, RulesIn, TemplateOut, TemplatesOut, ZoneRulesOut
from api.if_match import IfMatch, version_of
from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, PreconditionFailed, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from api.values import Identifier, PathId
from data.tables import ZoneRow, ZoneRulesRow
from flows.coldchain.alarms.trying_rules import try_rules
from flows.coldchain.rules.kept_rules import keep_rules, rules_of_zones, rules_told
from warehouse.coldchain.rule_templates import TEMPLATES
from warehouse.coldchain.rules import Rules

router = Router(tags=["alarms"])
Reads = Annotated[Principal, requires(Scope.ALARMS_READ)]
Decides = Annotated[Principal, requires(Scope.RULES_WRITE)]


class ZoneRulesQuery(PageQuery):
    """The rules of which zones."""

    warehouse_id: Identifier | None = None


def usual_rules(request: Request) -> Rules:
    """The rules of a zone that has none of its own, as the settings have them."""
    return Rules(silent_after=request.app.state.settings.sensor_silent_after)


def _now(session: Session, request: Request, zone_id: str) -> ZoneRulesOut:
    if session.get(ZoneRow, zone_id) is None:
        raise not_found("Zone", zone_id)
    kept = rules_of_zones(session, [zone_id]).get(zone_id, [])
    return ZoneRulesOut.of(zone_id, len(kept), kept[-1] if kept else None, usual_rules(request))


@router.get("/zone-rules", responses=responses())
def list_zone_rules(
    request: Request, session: ReadSession, who: Reads, asked: Annotated[ZoneRulesQuery, Query()]
) -> Page[ZoneRulesOut]:
    """The rules that hold in each zone now, by zone."""
    query = select(ZoneRow)
    if asked.warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == asked.warehouse_id)
    return page_of(session, query, [ZoneRow.zone_id], asked, lambda row: _now(session, request, row.ZoneRow.zone_id))


@router.get("/zones/{zone_id}/rules", responses=responses(NotFound))
def read_zone_rules(
    request: Request, session: ReadSession, who: Reads, zone_id: PathId, response: Response
) -> ZoneRulesOut:
    """The rules that hold in a zone now; their `ETag` names the version, for `If-Match` when they are changed."""
    now = _now(session, request, zone_id)
    response.headers["ETag"] = f'"{now.version}"'
    return now


@router.put("/zones/{zone_id}/rules", responses=responses(NotFound, PreconditionFailed, TooLarge, WrongMediaType))
def put_zone_rules(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Decides,
    zone_id: PathId,
    told: RulesIn,
    response: Response,
    if_match: IfMatch = None,
) -> ZoneRulesOut:
    """Lets a rule set hold in a zone from now on. Safe to repeat: the same again makes no new version. 412: others came
    into force since the version that `If-Match` names."""
    rules = rules_told(session, zone_id, told.said())
    keep_rules(session, zone_id, rules, now, who.name, version_of(if_match))
    session.flush()
    kept = _now(session, request, zone_id)
    response.headers["ETag"] = f'"{kept.version}"'
    return kept


@router.get("/zones/{zone_id}/rules/versions", responses=responses(NotFound))
def list_versions(
    request: Request, session: ReadSession, who: Reads, zone_id: PathId, asked: Annotated[PageQuery, Query()]
) -> Page[ZoneRulesOut]:
    """The rule sets that were kept for a zone, the first first. What a moment's readings are judged by is the last one
    whose `valid_from` is not after them."""
    _now(session, request, zone_id)
    kept = rules_of_zones(session, [zone_id]).get(zone_id, [])
    shown = {
        one.valid_from: ZoneRulesOut.of(zone_id, version, one, one.rules) for version, one in enumerate(kept, start=1)
    }
    query = select(ZoneRulesRow).where(ZoneRulesRow.zone_id == zone_id)
    return page_of(session, query, [ZoneRulesRow.valid_from], asked, lambda row: shown[row.ZoneRulesRow.valid_from])


@router.post("/zones/{zone_id}/rules/replay", responses=responses(NotFound, TooLarge, WrongMediaType))
def replay_zone_rules(
    request: Request, session: ReadSession, who: Decides, zone_id: PathId, asked: ReplayIn
) -> ReplayOut:
    """What the rules would have raised over what the zone's sensors said, what they would have missed and what they
    cost, beside the same of the rules of now. Nothing is written."""
    rules = rules_told(session, zone_id, asked.rules.said(), field="rules.")
    session.rollback()  # the connection goes back: what follows computes for long
    tried = try_rules(engine_of(request), zone_id, rules, asked.taken_since, asked.taken_before, usual_rules(request))
    return ReplayOut.of(zone_id, tried)


@router.get("/rule-templates", responses=responses())
def list_rule_templates(who: Reads) -> TemplatesOut:
    """A rule set to begin with for the goods of each band. To use one, try it on a zone's past and put it there."""
    return TemplatesOut(
        items=[
            TemplateOut(band=band, rules=RulesIn.model_validate(rules.as_dict())) for band, rules in TEMPLATES.items()
        ]
    )
