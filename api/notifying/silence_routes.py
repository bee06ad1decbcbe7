"""Silences: alarms of a place that are told to nobody for a while, as during maintenance."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Identifier, Moment, PathId
from data.tables import SilenceRow
from flows.notifying.silences import LONGEST_REASON, add_silence, end_silence

router = Router(prefix="/silences", tags=["alarms"])
Silences = Annotated[Principal, requires(Scope.ALARMS_ACKNOWLEDGE)]
SILENCE: dict[str, Any] = {
    "warehouse_id": "W01",
    "zone_id": "W01-L",
    "sensor_id": None,
    "kinds": None,
    "starts_at": "2026-11-27T14:00:00Z",
    "ends_at": "2026-11-27T18:00:00Z",
    "reason": "The evaporator is replaced.",
}


class SilenceIn(BaseModel):
    """Which alarms, until when and why; without `starts_at` from now on."""

    warehouse_id: Identifier
    zone_id: Identifier | None = Field(None, description="of this zone only")
    sensor_id: Identifier | None = Field(None, description="of this sensor only")
    kinds: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = Field(
        None, description="of these kinds only, as too_warm"
    )
    starts_at: Moment | None = None
    ends_at: Moment = Field(description="at most 30 days after it begins")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REASON)]

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SILENCE]})


class SilenceOut(BaseModel):
    """A silence; it counts from `starts_at` to `ends_at`."""

    silence_id: str
    warehouse_id: str
    zone_id: str | None
    sensor_id: str | None
    kinds: list[str] | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_at: datetime
    created_by: str

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {"silence_id": "si_5b1c2d3e4f607182"}
                | SILENCE
                | {"created_at": "2026-11-27T13:50:00Z", "created_by": "Li Na"}
            ]
        },
    )


class SilencesQuery(PageQuery):
    """Which silences."""

    warehouse_id: Identifier | None = None
    active: bool = Field(False, description="only those that have not ended")


@router.post("", status_code=201, responses=responses(TooLarge, WrongMediaType), openapi_extra=body_up_to(LISTS))
def silence_alarms(session: WriteSession, now: Now, who: Silences, wanted: SilenceIn) -> SilenceOut:
    """Tells nobody of alarms of a place until a moment. They are raised, kept and shown as ever; those that are still
    going on then are told."""
    row = add_silence(
        session,
        wanted.warehouse_id,
        wanted.ends_at,
        wanted.reason,
        who.name,
        now,
        starts_at=wanted.starts_at,
        zone_id=wanted.zone_id,
        sensor_id=wanted.sensor_id,
        kinds=wanted.kinds,
    )
    session.flush()
    return SilenceOut.model_validate(row)


@router.get("", responses=responses())
def list_silences(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.ALARMS_READ)],
    asked: Annotated[SilencesQuery, Query()],
) -> Page[SilenceOut]:
    """Silences, the last to end first."""
    query = select(SilenceRow)
    if asked.warehouse_id is not None:
        query = query.where(SilenceRow.warehouse_id == asked.warehouse_id)
    if asked.active:
        query = query.where(SilenceRow.ends_at > now)
    key = [SilenceRow.ends_at, SilenceRow.silence_id]
    return page_of(session, query, key, asked, lambda row: SilenceOut.model_validate(row.SilenceRow), newest_first=True)


@router.delete("/{silence_id}", responses=responses(NotFound))
def end_silence_now(session: WriteSession, now: Now, who: Silences, silence_id: PathId) -> SilenceOut:
    """Ends a silence before its time: what was held back and goes on is told. It stays on record. Safe to repeat."""
    return SilenceOut.model_validate(end_silence(session, silence_id, now))
