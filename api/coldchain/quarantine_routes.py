"""Messages of sensors that were acknowledged and could not be kept: read, kept after all, discarded."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.pagination import Page, PageQuery, page_of
from api.problems import Conflict, NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from api.values import PathId
from data.tables import QuarantineCause, QuarantinedMessageRow
from flows.coldchain.messages.quarantine import discard, in_quarantine, quarantined_message
from flows.coldchain.messages.replaying import replay

router = Router(prefix="/quarantine", tags=["readings"])
Mends = Annotated[Principal, requires(Scope.QUARANTINE_WRITE)]
MESSAGE: dict[str, Any] = {
    "message_id": "qm_7d0e2f9b1c3a5e608142",
    "topic": "freshfront/readings/W01-L-T9",
    "payload_bytes": 61,
    "cause": "refused",
    "reason": "Reading 0: sensor 'W01-L-T9' was not found.",
    "received_at": "2026-11-22T06:30:01Z",
    "attempts": 1,
    "last_tried_at": "2026-11-22T06:30:01Z",
}


class QuarantinedOut(BaseModel):
    """A message that could not be kept: `not_a_reading` at all, `refused` as a reading would be over HTTP, or `failed`
    alone while others were kept."""

    message_id: str
    topic: str
    payload_bytes: int
    cause: QuarantineCause
    reason: str
    received_at: datetime
    attempts: int = Field(description="how often it came or was replayed")
    last_tried_at: datetime

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [MESSAGE]})


class WholeMessageOut(QuarantinedOut):
    """With what it says, as text."""

    payload: str

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [MESSAGE | {"payload": '{"taken_at": "2026-11-22T06:30:00Z", "temperature_c": 3.4}'}]
        }
    )


class ReplayedOut(BaseModel):
    """What became of the readings of a message: `duplicates` were known already; the rest are ids of alarms."""

    accepted: int
    duplicates: int
    alarms_raised: list[str]
    alarms_ended: list[str]

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"accepted": 1, "duplicates": 0, "alarms_raised": [], "alarms_ended": []}]}
    )


class QuarantineQuery(PageQuery):
    """Which messages."""

    topic: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")] | None = None
    cause: QuarantineCause | None = None


@router.get("", responses=responses())
def list_quarantined(
    session: ReadSession, who: Mends, asked: Annotated[QuarantineQuery, Query()]
) -> Page[QuarantinedOut]:
    """The messages in the quarantine, the first to come first."""
    key = [QuarantinedMessageRow.received_at, QuarantinedMessageRow.message_id]
    query = in_quarantine(asked.topic, asked.cause)
    return page_of(session, query, key, asked, lambda row: QuarantinedOut.model_validate(row.QuarantinedMessageRow))


@router.get("/{message_id}", responses=responses(NotFound))
def read_quarantined(session: ReadSession, who: Mends, message_id: PathId) -> WholeMessageOut:
    """One message with what it says."""
    row = quarantined_message(session, message_id)
    told = QuarantinedOut.model_validate(row)
    return WholeMessageOut(**told.model_dump(), payload=row.payload.decode(errors="replace"))


@router.post("/{message_id}/replay", responses=responses(NotFound, Conflict))
def replay_quarantined(request: Request, now: Now, who: Mends, message_id: PathId) -> ReplayedOut:
    """Keeps the readings of a message after all and takes it out of the quarantine, once what was wrong is mended: its
    sensor is registered, the server's clock is right. 409: it still cannot be kept, and says why. Safe to repeat."""
    received = replay(engine_of(request), message_id, now)
    return ReplayedOut(
        accepted=received.accepted,
        duplicates=received.duplicates,
        alarms_raised=received.raised,
        alarms_ended=received.ended,
    )


@router.delete("/{message_id}", status_code=204, responses=responses(NotFound))
def discard_quarantined(session: WriteSession, who: Mends, message_id: PathId) -> None:
    """Removes a message from the quarantine: what it says is lost."""
    discard(session, message_id)
