"""The audit trail: who decided what, by request and by command."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.pagination import Page, PageQuery, page_of
from api.problems import responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Moment
from data.frames.audit_entries import audit_entries
from data.tables import AuditEntryRow

router = Router(tags=["audit"])
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class AuditEntryOut(BaseModel):
    """What somebody did. `about` are the ids in its address, `written` how many rows of which tables, `changes` the
    rows that were changed one by one (the first 1,000)."""

    entry_id: str
    at: datetime
    by: str
    key_id: str | None = Field(description="the key or session; null: the command line, or who needs none")
    operation: str
    about: dict[str, Any]
    written: dict[str, Any]
    changes: list[dict[str, Any]] = Field(description="table, key, before (null: new) and after (null: removed)")

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "entry_id": "0d5f2c4e8a714be39b1d6a2f7c80e935",
                    "at": "2026-11-22T08:02:11Z",
                    "by": "Li Na",
                    "key_id": "key-7d0e2f9b1c3a",
                    "operation": "POST /v1/alarms/{alarm_id}/acknowledge",
                    "about": {"alarm_id": "al_20c1"},
                    "written": {"alarms": 1},
                    "changes": [
                        {
                            "table": "alarms",
                            "key": ["al_20c1"],
                            "before": {"acknowledged_by": None},
                            "after": {"acknowledged_by": "Li Na"},
                        }
                    ],
                }
            ]
        },
    )


class AuditQuery(PageQuery):
    """Which entries."""

    by: Words | None = None
    operation: Words | None = Field(None, description="as `POST /v1/stock-counts` or `freshfront key revoke`")
    table: Words | None = Field(None, description="of which rows were written, as `limits`")
    since: Moment | None = None
    before: Moment | None = None


@router.get("/audit", responses=responses())
def list_audit_entries(
    session: ReadSession, who: Annotated[Principal, requires(Scope.AUDIT_READ)], asked: Annotated[AuditQuery, Query()]
) -> Page[AuditEntryOut]:
    """Who decided what, the latest first."""
    query = audit_entries(asked.by, asked.operation, asked.table, asked.since, asked.before)
    key = [AuditEntryRow.at, AuditEntryRow.entry_id]
    return page_of(
        session, query, key, asked, lambda row: AuditEntryOut.model_validate(row.AuditEntryRow), newest_first=True
    )
