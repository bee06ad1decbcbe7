"""What it was worth: the morning report as JSON and CSV, and the targets that operators set."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.morning.morning_schemas import MorningGroupsQuery, MorningOut, MorningQuery, TargetIn, TargetOut
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from flows.reports.morning.as_csv import as_csv, file_name
from flows.reports.morning.report import morning_report
from flows.reports.morning.targets import set_target, targets_known_at

router = Router(prefix="/morning", tags=["morning report"])
Reader = Annotated[Principal, requires(Scope.READ)]


@router.get("", responses=responses(NotFound, Conflict))
def read_morning(
    session: ReadSession, now: Now, who: Reader, asked: Annotated[MorningGroupsQuery, Query()]
) -> MorningOut:
    """What a day, week or four weeks were worth, beside as many days before and the targets. 409: no day has been
    added up yet. Groups come in pages: `cursor=<next>` asks for those after them."""
    return MorningOut.of(morning_report(session, asked.asked(), now))


@router.get(
    "/export.csv",
    response_class=Response,
    responses=responses(NotFound, Conflict)
    | {200: {"content": {"text/csv": {"example": "first_day,last_day,by,key,name,figure,currency,value,...\r\n"}}}},
)
def export_morning(session: ReadSession, now: Now, who: Reader, asked: Annotated[MorningQuery, Query()]) -> Response:
    """The same figures as CSV, a row each, of all groups."""
    report = morning_report(session, asked.asked(), now)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(report)}"'}
    return Response(as_csv(report), media_type="text/csv", headers=headers)


@router.put("/targets/{figure}", responses=responses(NotFound, TooLarge, WrongMediaType))
def put_target(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.RULES_WRITE)],
    figure: PathId,
    told: TargetIn,
) -> TargetOut:
    """Sets what a figure should come to from now on. What held before stays on record. Safe to repeat."""
    require_all_warehouses(who, "targets")
    set_target(session, figure, told.target, now, who.name)
    return TargetOut(figure=figure, target=targets_known_at(session, now).get(figure), as_of=now)
