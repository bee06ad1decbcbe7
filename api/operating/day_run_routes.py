"""Runs of the day: asked for by who has brought the day's data, watched until their plan is there."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from api.pagination import Page, PageQuery, page_of
from api.problems import Conflict, NotFound, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from api.values import PathId
from data.database import reading
from data.languages import say
from data.tables import DayRunRow, PurchasePlanRow
from flows.day.asked_runs import DayRunState, ask_for_run, keep_asked_run, new_run_id, run_under_way, state_of
from flows.day.kept_runs import WHOLE_RUN

router = Router(tags=["runs of the day"])
Reader = Annotated[Principal, requires(Scope.READ)]


class DayRunOut(BaseModel):
    """A run over all warehouses: sales from orders, training, forecasts, a draft plan of what to order, slots.
    `failed` says by warehouse (`region`: all of it) what went wrong; `lost`: it ended without a word."""

    run_id: str
    state: DayRunState
    started_at: datetime = Field(description="when it was asked for, then when it began")
    finished_at: datetime | None
    plan_id: str | None
    failed: dict[str, str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run_id": "1f0c6f9e2b7d4a5c8e3b9d2f6a7c4e11",
                    "state": "finished",
                    "started_at": "2026-11-22T16:15:00Z",
                    "finished_at": "2026-11-22T16:21:40Z",
                    "plan_id": "6e0d0a4f7c1b4a0f9a53c1f0d5b6e7a8",
                    "failed": {"W07": "NotNow: no sales of the last 28 days"},
                }
            ]
        },
    )

    @classmethod
    def of(cls, session: Session, run: DayRunRow, who: Principal, now: datetime) -> "DayRunOut":
        """The run as who asks may see it: what went wrong in their warehouses, the plan if they stand in it."""
        failed = run.failed
        if (own := who.warehouses) is not None:
            of_all = {WHOLE_RUN: say(texts.RUN_FAILED)} if WHOLE_RUN in failed else {}
            failed = of_all | {name: why for name, why in failed.items() if name in own}
        plan = None if run.plan_id is None else session.get(PurchasePlanRow, run.plan_id)
        return cls(
            run_id=run.run_id,
            state=state_of(run, now),
            started_at=run.started_at,
            finished_at=run.finished_at,
            plan_id=plan and plan.plan_id,
            failed=failed,
        )


def prefect_asked(request: Request) -> Callable[[str], None]:
    """How a run is asked for. Tests put another way in its place."""
    return lambda run_id: ask_for_run(run_id, request.app.state.settings)


@router.post("/day-runs", status_code=202, responses=responses(Conflict))
def ask_for_a_day_run(
    request: Request,
    response: Response,
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.IMPORTS_WRITE)],
    ask: Annotated[Callable[[str], None], Depends(prefect_asked)],
) -> DayRunOut:
    """Asks for a run of the day now, besides those of the schedule, once the day's data are imported. While one is
    under way it is that one. 409: nothing is there that would run it."""
    require_all_warehouses(who, "runs of the day")
    with reading(engine_of(request)) as before:
        run = run_under_way(before, now)
    if run is None:
        run_id = new_run_id()
        ask(run_id)  # before anything is written: nobody waits for the database meanwhile
        run = keep_asked_run(session, run_id, now)
    response.headers["Location"] = f"/v1/day-runs/{run.run_id}"
    return DayRunOut.of(session, run, who, now)


@router.get("/day-runs", responses=responses())
def list_day_runs(session: ReadSession, now: Now, who: Reader, asked: Annotated[PageQuery, Query()]) -> Page[DayRunOut]:
    """All runs, the latest first."""
    key = [DayRunRow.started_at, DayRunRow.run_id]
    return page_of(
        session,
        select(DayRunRow),
        key,
        asked,
        lambda row: DayRunOut.of(session, row.DayRunRow, who, now),
        newest_first=True,
    )


@router.get("/day-runs/{run_id}", responses=responses(NotFound))
def read_day_run(session: ReadSession, now: Now, who: Reader, run_id: PathId) -> DayRunOut:
    """One run: how far it has come, and its plan."""
    run = session.get(DayRunRow, run_id)
    if run is None:
        raise not_found("Run", run_id)
    return DayRunOut.of(session, run, who, now)
