"""What fans and coolers were told: why, by whom, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from api.pagination import AnySelect, Page, PageQuery, page_of
from api.problems import NotFound, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Identifier, PathId
from data.tables import CommandRow, CommandStatus
from warehouse.coldchain.control.rule import Switch
from warehouse.coldchain.control.switching import Reason

router = Router(prefix="/commands", tags=["alarms"])
Reads = Annotated[Principal, requires(Scope.ALARMS_READ)]
COMMAND: dict[str, Any] = {
    "command_id": "co_5b2f0a9d7c3e6f108142",
    "actuator_id": "W01-L-C1",
    "warehouse_id": "W01",
    "zone_id": "W01-L",
    "desired": "on",
    "reason": "too_warm",
    "said": "4.3 C (starts above 4, stops below 3)",
    "decided_by": None,
    "decided_at": "2026-11-22T06:30:00Z",
    "expires_at": "2026-11-22T06:31:00Z",
    "status": "confirmed",
    "sent_at": "2026-11-22T06:30:00.4Z",
    "ended_at": "2026-11-22T06:30:01Z",
}


class CommandResult(StrEnum):
    """Where commands stand."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


class CommandOut(BaseModel):
    """What a fan or cooler is to be, for which `reason`, which `said` gives in words and figures; `decided_by` is who
    said so, null: its rule. `decided_at` is the moment of the reading that it follows from, `ended_at` when its result
    was known."""

    command_id: str
    actuator_id: str
    warehouse_id: str
    zone_id: str
    desired: Switch
    reason: Reason
    said: str
    decided_by: str | None
    decided_at: datetime
    expires_at: datetime
    status: CommandStatus
    sent_at: datetime | None
    ended_at: datetime | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [COMMAND]})


class CommandsQuery(PageQuery):
    """Which commands."""

    warehouse_id: Identifier | None = None
    actuator_id: Identifier | None = None
    result: CommandResult = CommandResult.ALL


@router.get("", responses=responses())
def list_commands(session: ReadSession, who: Reads, asked: Annotated[CommandsQuery, Query()]) -> Page[CommandOut]:
    """Commands, the latest decided first."""
    query: AnySelect = select(CommandRow)
    if asked.warehouse_id is not None:
        query = query.where(CommandRow.warehouse_id == asked.warehouse_id)
    if asked.actuator_id is not None:
        query = query.where(CommandRow.actuator_id == asked.actuator_id)
    if asked.result is not CommandResult.ALL:
        ended = CommandRow.ended_at.is_not(None)
        query = query.where(ended if asked.result is CommandResult.ENDED else ~ended)
    key = [CommandRow.decided_at, CommandRow.command_id]
    return page_of(session, query, key, asked, lambda row: CommandOut.model_validate(row.CommandRow), newest_first=True)


@router.get("/{command_id}", responses=responses(NotFound))
def read_command(session: ReadSession, who: Reads, command_id: PathId) -> CommandOut:
    """One command."""
    command = session.get(CommandRow, command_id)
    if command is None:
        raise not_found("Command", command_id)
    return CommandOut.model_validate(command)
