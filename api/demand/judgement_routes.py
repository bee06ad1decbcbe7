"""What buyers expect to be wanted instead of the forecast, and how near they came."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Day, Identifier, PathId, Quantity, Remark
from data.tables import DemandJudgementRow
from flows.demand.judgements import NewJudgement, judge_demand, score_of_judgement, withdraw_judgement

router = Router(prefix="/demand-judgements", tags=["forecasts"])
Buyer = Annotated[Principal, requires(Scope.PLANS_WRITE)]
JUDGEMENT: dict[str, Any] = {
    "judgement_id": "fair-W01-P0001",
    "warehouse_id": "W01",
    "product_id": "P0001",
    "first_day": "2026-11-26",
    "last_day": "2026-11-29",
    "quantity": 60,
    "reason": "a fair next door",
}


class JudgementIn(BaseModel):
    """What will be wanted a day, in the product's unit, from `first_day` to `last_day`, and why. `judgement_id` is of
    your choice: sent again under it, it is kept once; left out, it gets one."""

    judgement_id: Identifier | None = None
    warehouse_id: Identifier
    product_id: Identifier
    first_day: Day
    last_day: Day
    quantity: Annotated[Quantity, Field(ge=0, lt=10**8, decimal_places=3)]
    reason: Remark

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [JUDGEMENT]})


class JudgementScoreOut(BaseModel):
    """Of the judged `days` that have passed and whose sales are known: by how much a day the judged quantity, and the
    mean of the forecast that it replaced (null: there was none), missed what was sold, in the product's unit."""

    days: int
    error: float
    forecast_error: float | None

    model_config = ConfigDict(from_attributes=True)


class JudgementOut(BaseModel):
    """What a buyer expects, or expected, to be wanted. Plans count on it in place of the forecast until `last_day`, or
    until it is withdrawn; `score` is null until a judged day has passed."""

    judgement_id: str
    warehouse_id: str
    product_id: str
    first_day: date
    last_day: date
    quantity: Quantity
    reason: str
    judged_by: str
    judged_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    score: JudgementScoreOut | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                JUDGEMENT
                | {
                    "judged_by": "Li Na",
                    "judged_at": "2026-11-25T09:20:00Z",
                    "withdrawn_at": None,
                    "withdrawn_by": None,
                    "score": {"days": 2, "error": 4.5, "forecast_error": 17.25},
                }
            ]
        }
    )


class JudgementsQuery(PageQuery):
    """Which judgements."""

    warehouse_id: Identifier | None = None
    product_id: Identifier | None = None


@router.post("", status_code=201, responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def judge(session: WriteSession, now: Now, who: Buyer, judgement: JudgementIn) -> JudgementOut:
    """Says what will be wanted instead of the forecast. Plans that are made from now on count on it. Safe to repeat
    under its id."""
    values = judgement.model_dump() | {"judgement_id": judgement.judgement_id or uuid4().hex}
    return _as_out(session, judge_demand(session, NewJudgement(**values), now, who.name), now)


@router.get("", responses=responses())
def list_judgements(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: Annotated[JudgementsQuery, Query()],
) -> Page[JudgementOut]:
    """Judgements with their scores, also those that are over or withdrawn."""
    row = DemandJudgementRow
    query = select(row)
    if asked.warehouse_id is not None:
        query = query.where(row.warehouse_id == asked.warehouse_id)
    if asked.product_id is not None:
        query = query.where(row.product_id == asked.product_id)
    return page_of(
        session, query, [row.judgement_id], asked, lambda found: _as_out(session, found.DemandJudgementRow, now)
    )


@router.delete("/{judgement_id}", status_code=204, responses=responses(NotFound))
def withdraw(session: WriteSession, now: Now, who: Buyer, judgement_id: PathId) -> None:
    """Lets plans rest on the forecast again. What was judged stays on record. Safe to repeat."""
    withdraw_judgement(session, judgement_id, now, who.name)


def _as_out(session: Any, row: DemandJudgementRow, now: datetime) -> JudgementOut:
    score = score_of_judgement(session, row, now)
    told = {name: getattr(row, name) for name in JudgementOut.model_fields if name != "score"}
    return JudgementOut(**told, score=None if score is None else JudgementScoreOut.model_validate(score))
