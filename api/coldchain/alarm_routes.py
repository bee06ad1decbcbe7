"""Temperature alarms: which there are, and that someone has seen them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from api.pagination import AnySelect, Page, PageQuery, page_of
from api.problems import NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Identifier, PathId, Remark
from data.tables import AlarmRow
from flows.coldchain.alarms.alarms import acknowledge_alarm, close_alarm

router = Router(prefix="/alarms", tags=["alarms"])
CLOSING: dict[str, Any] = {"reason": "the sensor was carried to another zone"}
ACKNOWLEDGEMENT: dict[str, Any] = {"note": "the door was open, closed it"}


class AlarmState(StrEnum):
    """Which alarms."""

    ACTIVE = "active"
    ENDED = "ended"
    ALL = "all"


class AlarmOut(BaseModel):
    """Something wrong in a zone for longer than its delay: outside its limits, or nothing heard. `began_at` is the
    first reading outside, or the last one heard, `raised_at` when the delay was over, `ended_at` the first reading back
    inside; `worst_c` is the furthest outside. It goes on while one of its sensors finds it so: `sensor_id` is the first
    of them, `sensor_ids` are all that are in it or have been.

    `severity` follows from what lay in the zone when it was raised (`at_risk`; null: not known). `past`: it had ended
    before anybody could be told. `raised_because`: `offline` where its sensor's last will raised it, or its gateway's;
    `ended_because` is null where readings ended it."""

    alarm_id: str
    warehouse_id: str
    zone_id: str
    sensor_id: str
    sensor_ids: list[str]
    kind: str
    began_at: datetime
    raised_at: datetime
    limit_c: float | None
    worst_c: float | None
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledgement_note: str | None
    severity: str | None
    at_risk: dict[str, Any] | None
    past: bool
    times_worse: int
    raised_because: str | None
    ended_because: str | None
    ended_by: str | None
    end_note: str | None

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "alarm_id": "al_9c1f0b6a7d3e5f208142",
                    "warehouse_id": "W01",
                    "zone_id": "W01-L",
                    "sensor_id": "W01-L-T1",
                    "sensor_ids": ["W01-L-T1", "W01-L-T2"],
                    "kind": "too_warm",
                    "began_at": "2026-11-22T06:00:00Z",
                    "raised_at": "2026-11-22T06:30:00Z",
                    "limit_c": 4.0,
                    "worst_c": 7.8,
                    "ended_at": None,
                    "acknowledged_at": None,
                    "acknowledged_by": None,
                    "acknowledgement_note": None,
                    "severity": "critical",
                    "at_risk": {"kg": 84.5, "pieces": 0, "money": 1012.4, "currency": "CNY", "days_left": 1.0},
                    "past": False,
                    "times_worse": 0,
                    "raised_because": None,
                    "ended_because": None,
                    "ended_by": None,
                    "end_note": None,
                }
            ]
        },
    )


class Acknowledgement(BaseModel):
    """What is being done about it, if anything is to be said."""

    note: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ACKNOWLEDGEMENT]})


class Closing(BaseModel):
    """Why an alarm is closed that no reading ends."""

    reason: Remark

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CLOSING]})


class AlarmsQuery(PageQuery):
    """Which alarms."""

    state: AlarmState = AlarmState.ACTIVE
    warehouse_id: Identifier | None = None


@router.get("", responses=responses())
def list_alarms(
    session: ReadSession,
    who: Annotated[Principal, requires(Scope.ALARMS_READ)],
    asked: Annotated[AlarmsQuery, Query()],
) -> Page[AlarmOut]:
    """Alarms, the latest raised first; by default those that have not ended."""
    query: AnySelect = select(AlarmRow).options(selectinload(AlarmRow.excursions))
    if asked.state is not AlarmState.ALL:
        ended = AlarmRow.ended_at.is_not(None)
        query = query.where(ended if asked.state is AlarmState.ENDED else ~ended)
    if asked.warehouse_id is not None:
        query = query.where(AlarmRow.warehouse_id == asked.warehouse_id)
    key = [AlarmRow.raised_at, AlarmRow.alarm_id]
    return page_of(session, query, key, asked, lambda row: AlarmOut.model_validate(row.AlarmRow), newest_first=True)


@router.get("/{alarm_id}", responses=responses(NotFound))
def read_alarm(
    session: ReadSession, who: Annotated[Principal, requires(Scope.ALARMS_READ)], alarm_id: PathId
) -> AlarmOut:
    """One alarm."""
    alarm = session.get(AlarmRow, alarm_id)
    if alarm is None:
        raise not_found("Alarm", alarm_id)
    return AlarmOut.model_validate(alarm)


@router.post("/{alarm_id}/acknowledge", responses=responses(NotFound, TooLarge, WrongMediaType))
def acknowledge(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.ALARMS_ACKNOWLEDGE)],
    alarm_id: PathId,
    acknowledgement: Annotated[Acknowledgement | None, Body(examples=[ACKNOWLEDGEMENT])] = None,
) -> AlarmOut:
    """Someone has seen the alarm. Safe to repeat: the first one stays."""
    note = acknowledgement.note if acknowledgement else None
    acknowledge_alarm(session, alarm_id, note, now, who.name)
    session.flush()
    return AlarmOut.model_validate(session.get_one(AlarmRow, alarm_id))


@router.post("/{alarm_id}/close", responses=responses(NotFound, TooLarge, WrongMediaType))
def close(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.ALARMS_ACKNOWLEDGE)],
    alarm_id: PathId,
    closing: Annotated[Closing, Body(examples=[CLOSING])],
) -> AlarmOut:
    """Ends an alarm by hand, for a reason: a zone that is empty, a sensor that was carried away. Safe to repeat: one
    that has ended stays as it is. Its sensors go on being judged."""
    close_alarm(session, alarm_id, closing.reason, now, who.name)
    session.flush()
    return AlarmOut.model_validate(session.get_one(AlarmRow, alarm_id))
