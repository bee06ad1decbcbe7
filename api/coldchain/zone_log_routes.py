"""The log of a zone that an inspector asks for, as PDF or CSV."""

from tempfile import SpooledTemporaryFile
from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, RegionSession
from api.values import Day, PathId
from data.tables import ZoneRow
from flows.coldchain.zone_log.composing import zone_log
from flows.coldchain.zone_log.formats import WRITERS, file_name
from flows.errors import Unknown
from flows.purchasing.showing.plan_exports import KEPT_IN_MEMORY, chunks

router = Router(prefix="/zones", tags=["alarms"])
FILES = {
    writer.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}, "example": "..."}
    for writer in WRITERS.values()
}


@router.get(
    "/{zone_id}/log.{file_format}",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": FILES}},
)
def download_log(
    request: Request,
    session: ReadSession,
    region: RegionSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.ALARMS_READ)],
    zone_id: PathId,
    file_format: Literal["pdf", "csv"],
    first: Annotated[Day | None, Query(alias="from", description="the first day; a week if not given")] = None,
    until: Annotated[Day | None, Query(description="the last day; today if not given")] = None,
) -> Response:
    """Readings, gaps, excursions, alarms with who acknowledged them, actions and silences of a zone, on at most 92 days
    of its warehouse, and whether they are as they were sealed."""
    if session.get(ZoneRow, zone_id) is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=zone_id)
    session.rollback()
    # by the session that sees all: a sensor that hung here may hang in another warehouse by now
    log = zone_log(region, zone_id, first, until, request.app.state.settings, now, who.name)
    region.rollback()  # nobody waits for a connection while this writes
    writer = WRITERS[file_format]
    file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed once it is sent
    writer.write(log, file)
    file.seek(0)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(log, file_format)}"'}
    return StreamingResponse(chunks(file), media_type=writer.media_type, headers=headers)
