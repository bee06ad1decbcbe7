"""Suppliers' scorecards as JSON and CSV: of all suppliers, and of one."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.problems import Conflict, NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.suppliers.scorecard_schemas import ScorecardOut, ScorecardsOut, ScorecardsPageQuery, ScorecardsQuery
from api.transactions import ReadSession
from api.values import PathId
from flows.reports.suppliers.as_csv import as_csv, file_name
from flows.reports.suppliers.scorecards import scorecard_of, supplier_scorecards

router = Router(prefix="/suppliers", tags=["supplier scorecards"])
Reader = Annotated[Principal, requires(Scope.READ)]


@router.get("/scorecards", responses=responses(NotFound, Conflict))
def read_scorecards(session: ReadSession, who: Reader, asked: Annotated[ScorecardsPageQuery, Query()]) -> ScorecardsOut:
    """How suppliers kept to what was ordered over 4 or 13 whole weeks, beside as many weeks before, and what it cost.
    Those that cost most come first, in pages: `cursor=<next>`. 409: no day has been added up yet."""
    return ScorecardsOut.of(supplier_scorecards(session, asked.asked()), asked)


@router.get(
    "/scorecards/export.csv",
    response_class=Response,
    responses=responses(NotFound, Conflict)
    | {200: {"content": {"text/csv": {"example": "first_day,last_day,supplier_id,name,kind,rank,figure,...\r\n"}}}},
)
def export_scorecards(session: ReadSession, who: Reader, asked: Annotated[ScorecardsQuery, Query()]) -> Response:
    """The same figures as CSV, a row each, of all suppliers."""
    found = supplier_scorecards(session, asked.asked())
    headers = {"Content-Disposition": f'attachment; filename="{file_name(found)}"'}
    return Response(as_csv(found, found.cards), media_type="text/csv", headers=headers)


@router.get("/{supplier_id}/scorecard", responses=responses(NotFound, Conflict))
def read_scorecard(
    session: ReadSession, who: Reader, supplier_id: PathId, asked: Annotated[ScorecardsQuery, Query()]
) -> ScorecardOut:
    """One supplier's; where nothing is known of it in these weeks no figure has a value. 404: none has this name."""
    return ScorecardOut.of(*scorecard_of(session, supplier_id, asked.asked()))
