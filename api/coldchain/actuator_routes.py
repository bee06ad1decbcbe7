"""Fans and coolers: which there are, by which rule they are switched, and what somebody says they are to be for now."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pagination import AnySelect, Page, PageQuery, page_of
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PRINTABLE, Identifier, Moment, PathId, Remark
from data.tables import ActuatorKind, ActuatorRow, ActuatorStateRow, ZoneRow
from flows.coldchain.control.actuators import (
    Actuator,
    end_override,
    override_actuator,
    register_actuator,
    retire_actuator,
)
from warehouse.coldchain.control.rule import Switch

router = Router(prefix="/actuators", tags=["alarms"])
Reads = Annotated[Principal, requires(Scope.ALARMS_READ)]
Registers = Annotated[Principal, requires(Scope.ACTUATORS_WRITE)]
Commands = Annotated[Principal, requires(Scope.COMMANDS_WRITE)]
# MQTT has words of its own in topics (+ and #), and we end ours
LEVEL = r"[^\x00-\x1f\x7f+#/]+"
Topic = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=f"^{LEVEL}(/{LEVEL})*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
RULE: dict[str, Any] = {
    "start_above_c": 4.0,
    "stop_below_c": 3.0,
    "never_below_c": 1.0,
    "min_on_minutes": 5,
    "min_off_minutes": 5,
    "safe_state": "off",
}
REGISTERED: dict[str, Any] = {
    "zone_id": "W01-L",
    "kind": "cooler",
    "name": "Leaf, reserve cooler",
    "topic": "freshfront/actuators/W01-L-C1",
    "rule": RULE,
}
OVERRIDE: dict[str, Any] = {"state": "on", "until": "2026-11-22T08:00:00Z", "note": "a late delivery is warm"}


class RuleIn(BaseModel):
    """By what it is switched: it starts above one threshold and stops below the other, of temperature (C), relative
    humidity (percent) or both. What is left out has its default, or does not count."""

    start_above_c: float | None = None
    stop_below_c: float | None = None
    start_above_humidity: float | None = Field(None, ge=0, le=100)
    stop_below_humidity: float | None = Field(None, ge=0, le=100)
    never_below_c: float | None = Field(None, description="it stops where the coldest sensor shows so little")
    min_on_minutes: float = Field(3, ge=0, le=1440)
    min_off_minutes: float = Field(3, ge=0, le=1440)
    starts_per_hour: int = Field(10, ge=1, le=3600)
    door_open_stops: bool = True
    defrost_stops: bool = True
    interlock_at_most_minutes: float = Field(30, ge=0, le=1440, description="how long door and defrost may stop it")
    reading_valid_minutes: float = Field(30, gt=0, le=1440, description="without one for so long: the safe state")
    command_expires_seconds: float = Field(60, ge=1, le=86_400, description="within which it must confirm a command")
    safe_state: Switch = Switch.OFF

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RULE]})


class ActuatorIn(BaseModel):
    """A fan or cooler of a zone. It is told on `topic`/set and tells on `topic`/state what it is."""

    zone_id: Identifier
    kind: ActuatorKind
    name: Name
    topic: Topic
    rule: RuleIn

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [REGISTERED]})


class OverrideIn(BaseModel):
    """What it is to be until a moment, at most seven days ahead, whatever its rule says."""

    state: Switch
    until: Moment
    note: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [OVERRIDE]})


class OverrideOut(BaseModel):
    """What somebody says it is to be, until when."""

    state: Switch
    until: datetime
    by: str
    note: str | None


class ActuatorOut(BaseModel):
    """A fan or cooler: `desired` is what it was told last, by the command `command_id`, `reported` what it said last
    that it is; null: nothing yet."""

    actuator_id: str
    warehouse_id: str
    zone_id: str
    kind: ActuatorKind
    name: str
    topic: str
    rule: RuleIn
    desired: Switch | None
    command_id: str | None
    reported: Switch | None
    reported_at: datetime | None
    override: OverrideOut | None
    retired_at: datetime | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "actuator_id": "W01-L-C1",
                    "warehouse_id": "W01",
                    **REGISTERED,
                    "rule": RuleIn.model_validate(RULE).model_dump(mode="json"),
                    "desired": "on",
                    "command_id": "co_5b2f0a9d7c3e6f108142",
                    "reported": "on",
                    "reported_at": "2026-11-22T06:30:01Z",
                    "override": None,
                    "retired_at": None,
                }
            ]
        }
    )


class ActuatorsQuery(PageQuery):
    """Which actuators."""

    warehouse_id: Identifier | None = None
    zone_id: Identifier | None = None


def _actuators() -> AnySelect:
    return (
        select(ActuatorRow, ActuatorStateRow, ZoneRow.warehouse_id)
        .join(ZoneRow, ZoneRow.zone_id == ActuatorRow.zone_id)
        .outerjoin(ActuatorStateRow, ActuatorStateRow.actuator_id == ActuatorRow.actuator_id)
    )


def _shown(actuator: ActuatorRow, state: ActuatorStateRow | None, warehouse_id: str) -> ActuatorOut:
    override = None
    if actuator.override_to is not None and actuator.override_until is not None:
        override = OverrideOut(
            state=Switch(actuator.override_to),
            until=actuator.override_until,
            by=actuator.override_by or "",
            note=actuator.override_note,
        )
    return ActuatorOut(
        actuator_id=actuator.actuator_id,
        warehouse_id=warehouse_id,
        zone_id=actuator.zone_id,
        kind=actuator.kind,
        name=actuator.plain_name,
        topic=actuator.topic,
        rule=RuleIn.model_validate(actuator.rule),
        desired=Switch(state.desired) if state and state.desired else None,
        command_id=state.command_id if state else None,
        reported=Switch(state.reported) if state and state.reported else None,
        reported_at=state.reported_at if state else None,
        override=override,
        retired_at=actuator.retired_at,
    )


def _one(session: Session, actuator_id: str) -> ActuatorOut:
    row = session.execute(_actuators().where(ActuatorRow.actuator_id == actuator_id)).one_or_none()
    if row is None:
        raise not_found("Actuator", actuator_id)
    return _shown(*row)


@router.get("", responses=responses())
def list_actuators(session: ReadSession, who: Reads, asked: Annotated[ActuatorsQuery, Query()]) -> Page[ActuatorOut]:
    """Fans and coolers, by id."""
    query = _actuators()
    if asked.warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == asked.warehouse_id)
    if asked.zone_id is not None:
        query = query.where(ActuatorRow.zone_id == asked.zone_id)
    return page_of(
        session,
        query,
        [ActuatorRow.actuator_id],
        asked,
        lambda row: _shown(row.ActuatorRow, row.ActuatorStateRow, row.warehouse_id),
    )


@router.get("/{actuator_id}", responses=responses(NotFound))
def read_actuator(session: ReadSession, who: Reads, actuator_id: PathId) -> ActuatorOut:
    """One fan or cooler."""
    return _one(session, actuator_id)


@router.put("/{actuator_id}", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def put_actuator(session: WriteSession, now: Now, who: Registers, actuator_id: PathId, told: ActuatorIn) -> ActuatorOut:
    """Registers a fan or cooler, or changes one. Safe to repeat. 409: another one has the topic."""
    rule = told.rule.model_dump(mode="json")
    register_actuator(session, Actuator(actuator_id, told.zone_id, told.kind, told.name, told.topic, rule), now)
    session.flush()
    return _one(session, actuator_id)


@router.delete("/{actuator_id}", status_code=204, responses=responses(NotFound))
def delete_actuator(session: WriteSession, now: Now, who: Registers, actuator_id: PathId) -> None:
    """It is told nothing any more, and takes its safe state within two minutes; its commands stay. Safe to repeat."""
    retire_actuator(session, actuator_id, now)


@router.put("/{actuator_id}/override", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def put_override(session: WriteSession, now: Now, who: Commands, actuator_id: PathId, told: OverrideIn) -> ActuatorOut:
    """Says what it is to be until a moment, whatever its rule says; a start still waits for the minimum time of rest.
    The last one counts. Safe to repeat. 409: it was retired."""
    override_actuator(session, actuator_id, told.state, told.until, told.note, who.name, now)
    session.flush()
    return _one(session, actuator_id)


@router.delete("/{actuator_id}/override", responses=responses(NotFound))
def delete_override(session: WriteSession, now: Now, who: Commands, actuator_id: PathId) -> ActuatorOut:
    """Lets the rule decide again. Safe to repeat."""
    end_override(session, actuator_id, now)
    session.flush()
    return _one(session, actuator_id)
