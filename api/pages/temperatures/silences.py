"""Silences on the page: those that have not ended with their place in words, and the forms that begin and end one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import done
from api.pages.texts import say
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from data.local_days import moment_there
from data.tables import SensorRow, SilenceRow, WarehouseRow, ZoneRow
from flows.errors import Invalid
from flows.notifying.silences import add_silence, end_silence, silences_not_over

router = Router(include_in_schema=False)
Silences = Annotated[Principal, requires(Scope.ALARMS_ACKNOWLEDGE)]


@dataclass(frozen=True)
class ShownSilence:
    """A silence, where it holds, and of what."""

    silence: SilenceRow
    warehouse: WarehouseRow
    place: str
    kinds: str
    to_come: bool


def shown_silences(session: Session, warehouse_id: str | None, now: datetime) -> list[ShownSilence]:
    """The silences that have not ended, of a warehouse or of all."""
    rows = silences_not_over(session, now, warehouse_id)
    zones = select(ZoneRow.zone_id, ZoneRow.name).where(ZoneRow.zone_id.in_({row.zone_id for row in rows}))
    sensors = select(SensorRow.sensor_id, SensorRow.name).where(
        SensorRow.sensor_id.in_({row.sensor_id for row in rows})
    )
    of_zones, of_sensors = (dict(session.execute(query).tuples().all()) for query in (zones, sensors))
    return [
        ShownSilence(
            row,
            session.get_one(WarehouseRow, row.warehouse_id),
            of_sensors.get(row.sensor_id or "") or of_zones.get(row.zone_id or "") or say("silence.all_zones"),
            say("mark.listed").join(say(f"alarm.{kind}") for kind in row.kinds or ()),
            row.starts_at > now,
        )
        for row in rows
    ]


@router.post("/warehouses/{warehouse_id}/silences")
def silence(
    session: WriteSession,
    now: Now,
    who: Silences,
    warehouse_id: str,
    until: Annotated[str, Form(max_length=40)],
    reason: Annotated[str, Form(max_length=1000)] = "",
    since: Annotated[str, Form(max_length=40)] = "",
    zone_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Tells nobody of the warehouse's alarms, or of a zone's, between two times on its wall."""
    place = known_warehouse(session, warehouse_id)
    begins = _on_the_wall(since, place, "since") if since else None
    ends = _on_the_wall(until, place, "until")
    add_silence(session, warehouse_id, ends, reason, who.name, now, starts_at=begins, zone_id=zone_id or None)
    return _back(warehouse_id, "silence_added")


@router.post("/silences/{silence_id}/end")
def end(session: WriteSession, now: Now, who: Silences, silence_id: str) -> Response:
    """Ends a silence before its time."""
    return _back(end_silence(session, silence_id, now).warehouse_id, "silence_ended")


def _on_the_wall(text: str, place: WarehouseRow, field: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise Invalid("Write the time as 2026-03-02T18:00.", field=field) from error
    return moment_there(wall.date(), wall.time(), place.timezone)


def _back(warehouse_id: str, what: str) -> Response:
    return done(f"/warehouses/{quote(warehouse_id, safe='')}/temperatures", what)
