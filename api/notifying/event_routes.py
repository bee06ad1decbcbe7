"""What happened, for who cannot be called: events in the order in which they were passed on, since a cursor."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from api import texts
from api.pagination import Page
from api.problems import Gone, NotFound, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, engine_of
from api.values import Identifier, PathId
from data.database import reading, writing
from data.kept.event_numbers import events_pruned_up_to
from data.languages import say
from data.own_warehouses import own_warehouses
from data.tables import OutboxEventRow, OutboxEventWarehouseRow
from flows.notifying.event_types import EVENT_TYPES, of_these_warehouses
from flows.notifying.passing_on import are_events_waiting, pass_on_events

router = Router(tags=["events"])
Listener = Annotated[Principal, requires(Scope.EVENTS_READ)]
if TYPE_CHECKING:
    EventTypeName = str
else:
    EventTypeName = Literal[tuple(EVENT_TYPES)]
LATEST = "latest"
EXAMPLE: dict[str, Any] = {
    "event_id": "6f7c1d6a0e5b5f0a9b3f6a3c9d2e8b41:0002",
    "type": "purchase_order.sent",
    "happened_at": "2026-11-27T12:05:00Z",
    "warehouse_ids": ["W01"],
    "data": {
        "purchase_order_id": "6f7c1d6a0e5b5f0a9b3f6a3c9d2e8b41",
        "number": "PO-20261127-014",
        "supplier_id": "S017",
        "warehouse_id": "W01",
        "delivery_date": "2026-11-28",
        "at": "2026-11-27T12:05:00Z",
        "by": "Li Na",
        "how": "mail",
    },
}


class EventsQuery(BaseModel):
    """Which events, and after which."""

    after: str = Field(
        "0", pattern=rf"^([0-9]{{1,18}}|{LATEST})$", description="`next` of the answer before; 0: from the first that "
        "is kept; latest: none yet, only the cursor to go on from"
    )  # fmt: skip
    limit: int = Field(100, ge=1, le=200, description="events in an answer")
    type: Annotated[list[EventTypeName], Field(max_length=100)] | None = Field(
        None, description="of these types; repeated for several"
    )
    warehouse_id: Annotated[list[Identifier], Field(max_length=100)] | None = Field(
        None, description="about these warehouses; repeated for several"
    )

    model_config = ConfigDict(extra="forbid")


class ToldEvent(BaseModel):
    """Something that happened; `data` has the form that its type has in `GET /v1/event-types`. An event has the same id
    here and in a webhook's message."""

    event_id: str
    type: EventTypeName
    happened_at: datetime
    warehouse_ids: list[str] = Field(description="that it is about")
    data: dict[str, Any]

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class EventsPage(BaseModel):
    """Events in the order in which they were passed on. No event ever comes before one that was read already."""

    items: list[ToldEvent]
    next: str = Field(description="ask with it as `after` for what comes then, also where nothing has come yet")


class EventTypeOut(BaseModel):
    """A type of event: `data` is the JSON schema of what is told, `since` the version that told it first."""

    type: str
    what: str
    since: str
    data: dict[str, Any]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "move.done",
                    "what": "a move was made",
                    "since": "0.1.0",
                    "data": {"type": "object", "properties": {"move_id": {"type": "string"}}, "required": ["move_id"]},
                }
            ]
        }
    )


@router.get("/events", responses=responses(Gone))
def list_events(
    request: Request, now: Now, who: Listener, session: ReadSession, asked: Annotated[EventsQuery, Query()]
) -> EventsPage:
    """What happened since a cursor, the first passed on first. 410: some of it is kept no longer; 0 begins with what
    is."""
    _pass_on_what_waits(request, now)
    row, about = OutboxEventRow, OutboxEventWarehouseRow
    last = session.scalar(select(row.event_no).where(row.event_no > 0).order_by(row.event_no.desc()).limit(1)) or 0
    pruned = events_pruned_up_to(session)
    last = max(last, pruned)
    after = last if asked.after == LATEST else int(asked.after)
    if 0 < after < pruned:
        raise Gone(say(texts.EVENTS_GONE, number=pruned, after=after))
    query = select(row).where(row.event_no > after).order_by(row.event_no).limit(asked.limit)
    if asked.type:
        query = query.where(row.type.in_(asked.type))
    if asked.warehouse_id:
        of_them = about.warehouse_id.in_(asked.warehouse_id)
        query = query.where(exists().where(about.event_no == row.event_no, of_them))
    events = session.scalars(query).all()
    full = len(events) == asked.limit
    following = events[-1].event_no if full else max(last, after)
    return EventsPage(items=_as_told(session, events), next=str(following))


@router.get("/events/{told_event_id}", responses=responses(NotFound))
def read_event(session: ReadSession, who: Listener, told_event_id: PathId) -> ToldEvent:
    """One event that was passed on."""
    row = OutboxEventRow
    found = session.scalars(select(row).where(row.event_id == told_event_id, row.event_no.is_not(None))).all()
    if not found:
        raise not_found("Event", told_event_id)
    return _as_told(session, found)[0]


@router.get("/event-types", responses=responses())
def list_event_types(who: Listener) -> Page[EventTypeOut]:
    """Every type of event, by area."""
    items = [
        EventTypeOut(type=one.name, what=one.what, since=one.since, data=TypeAdapter(one.data).json_schema())
        for one in EVENT_TYPES.values()
    ]
    return Page(items=items, next=None)


def _pass_on_what_waits(request: Request, now: datetime) -> None:
    """Who asks need not wait for the watcher, which may not run."""
    engine = engine_of(request)
    with reading(engine) as session:
        waiting = are_events_waiting(session)
    if waiting:
        with writing(engine) as session:
            pass_on_events(session, now)


def _as_told(session: Session, events: Any) -> list[ToldEvent]:
    row = OutboxEventWarehouseRow
    about: dict[int, list[str]] = {}
    numbers = [event.event_no for event in events]
    for number, warehouse_id in session.execute(
        select(row.event_no, row.warehouse_id).where(row.event_no.in_(numbers)).order_by(row.warehouse_id)
    ):
        about.setdefault(number, []).append(warehouse_id)
    own = own_warehouses(session)
    return [
        ToldEvent(
            event_id=event.event_id,
            type=event.type,
            happened_at=event.happened_at,
            warehouse_ids=about.get(event.event_no, []),
            data=event.payload if own is None else of_these_warehouses(event.payload, own),
        )
        for event in events
    ]
