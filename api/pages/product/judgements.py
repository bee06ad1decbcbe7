"""What buyers expect to be wanted of a product instead of the forecast: the form, and how near they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import done
from api.pages.typed_numbers import TypedNumber
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from api.values import Identifier, Remark
from data.tables import DemandJudgementRow
from flows.demand.judgements import JudgementScore, NewJudgement, judge_demand, score_of_judgement, withdraw_judgement

SHOWN = 8

router = Router(prefix="/warehouses/{warehouse_id}/products/{product_id}/judgements", include_in_schema=False)
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]


@dataclass(frozen=True)
class ShownJudgement:
    """A judgement and how near it came."""

    row: DemandJudgementRow
    score: JudgementScore | None


def latest_judgements(session: Session, warehouse_id: str, product_id: str, now: datetime) -> Sequence[ShownJudgement]:
    """The latest of a product in a warehouse."""
    row = DemandJudgementRow
    query = select(row).where(row.warehouse_id == warehouse_id, row.product_id == product_id)
    found = session.scalars(query.order_by(row.judged_at.desc()).limit(SHOWN)).all()
    return [ShownJudgement(one, score_of_judgement(session, one, now)) for one in found]


@router.post("")
def judge(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    product_id: str,
    judgement_id: Annotated[Identifier, Form()],
    quantity: Annotated[TypedNumber, Form(ge=0, lt=10**8, decimal_places=3)],
    first_day: Annotated[date, Form()],
    last_day: Annotated[date, Form()],
    reason: Annotated[Remark, Form()],
) -> Response:
    """Keeps what will be wanted."""
    new = NewJudgement(judgement_id, warehouse_id, product_id, first_day, last_day, quantity, reason)
    judge_demand(session, new, now, who.name)
    return done(_address(warehouse_id, product_id), "judged")


@router.post("/{judgement_id}/withdraw")
def withdraw(
    session: WriteSession, now: Now, who: Writes, warehouse_id: str, product_id: str, judgement_id: str
) -> Response:
    """Lets plans rest on the forecast again."""
    withdraw_judgement(session, judgement_id, now, who.name)
    return done(_address(warehouse_id, product_id), "judgement_withdrawn")


def _address(warehouse_id: str, product_id: str) -> str:
    return f"/warehouses/{quote(warehouse_id, safe='')}/products/{quote(product_id, safe='')}"
