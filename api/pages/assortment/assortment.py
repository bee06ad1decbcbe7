"""Proposals to change ranges, those with most money first, each with its evidence in words and with what can be decided
of it; and what decisions came to beside what was promised. What baskets hang on is named, and accepted only by who
ticks that it is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import texts
from api.pages.rendering import done, page
from api.pages.texts.assortment_reasons import evidence_sentences
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Remark
from data.local_days import today_there
from data.tables import AssortmentProposalRow, ProductRow, ProposalKind, ProposalStatus, WarehouseRow
from flows.assortment import deciding
from flows.assortment.outcomes import Outcome, outcome_of, outcomes

SHOWN: Final = 50  # the API tells them all
OFFERED_REASONS: Final = ("asked", "season")  # of a refusal, kept as they are and said to each in their language

router = Router(include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]
Decides = Annotated[Principal, requires(Scope.PLANS_WRITE)]
LookedAt = Annotated[str, Form(alias="warehouse", max_length=64)]  # whose proposals are shown again afterwards
ADDRESS: Final = "/assortment"


@dataclass(frozen=True)
class ShownProposal:
    """A proposal in words."""

    row: AssortmentProposalRow
    warehouse: WarehouseRow
    product: ProductRow
    title: str
    evidence: Sequence[str]
    instead: str
    hang: str
    held_out: str
    reason: str
    default_day: date
    can_be_taken_back: bool
    outcome: str


@dataclass(frozen=True)
class ShownOutcome:
    """A decision and what it came to."""

    row: AssortmentProposalRow
    warehouse: WarehouseRow
    title: str
    outcome: Outcome


@router.get(ADDRESS)
def assortment(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse: Annotated[str, Query(max_length=64)] = "",
    status: ProposalStatus = ProposalStatus.WAITING,
) -> Response:
    """Proposals of a warehouse or of all."""
    row = AssortmentProposalRow
    query = select(row).where(row.status == status).order_by(row.money.desc(), row.proposal_id).limit(SHOWN)
    if warehouse:
        query = query.where(row.warehouse_id == warehouse)
    rows = session.scalars(query).all()
    places = {one.warehouse_id: one for one in session.scalars(select(WarehouseRow).order_by(WarehouseRow.name))}
    came = outcomes(session, now, warehouse or None)
    return page(
        request,
        "assortment/assortment.html",
        came=came,
        came_rows=_came(session, came.told[:SHOWN], places),
        proposals=_shown(session, rows, places, now, request.app.state.settings.assortment_notice_days),
        warehouses=list(places.values()),
        chosen=warehouse,
        chosen_status=status,
        statuses=list(ProposalStatus),
        offered_reasons=OFFERED_REASONS,
    )


@router.post("/assortment/{proposal_id}/accept")
def accept(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Decides,
    proposal_id: str,
    version: Annotated[int, Form()],
    day: Annotated[date | None, Form()] = None,
    despite_baskets: Annotated[bool, Form()] = False,
    looked_at: LookedAt = "",
) -> Response:
    """Lets a proposal change the range."""
    notice = request.app.state.settings.assortment_notice_days
    row = deciding.accept(
        session, proposal_id, now, who.name,
        notice_days=notice, day=day, despite_baskets=despite_baskets, version=version,
    )  # fmt: skip
    name = session.get_one(ProductRow, row.product_id).name
    return done(_back(looked_at), "proposal_accepted", product=name, day="" if row.day is None else texts.day(row.day))


@router.post("/assortment/{proposal_id}/refuse")
def refuse(
    session: WriteSession,
    now: Now,
    who: Decides,
    proposal_id: str,
    version: Annotated[int, Form()],
    reason: Annotated[Remark | None, Form()] = None,
    looked_at: LookedAt = "",
) -> Response:
    """Keeps the range as it is."""
    deciding.refuse(session, proposal_id, now, who.name, reason, version)
    return done(_back(looked_at), "proposal_refused")


@router.post("/assortment/{proposal_id}/take-back")
def take_back(
    session: WriteSession,
    now: Now,
    who: Decides,
    proposal_id: str,
    version: Annotated[int, Form()],
    looked_at: LookedAt = "",
) -> Response:
    """Lets a proposal wait again."""
    deciding.take_back(session, proposal_id, now, who.name, version)
    return done(_back(looked_at), "proposal_taken_back")


def _back(warehouse: str) -> str:
    """The proposals of the warehouse that were looked at, or of all."""
    return f"{ADDRESS}?{urlencode({'warehouse': warehouse})}" if warehouse else ADDRESS


def _shown(
    session: Session,
    rows: Sequence[AssortmentProposalRow],
    places: Mapping[str, WarehouseRow],
    now: datetime,
    notice_days: int,
) -> list[ShownProposal]:
    ids = {row.product_id for row in rows}
    ids |= {one["product_id"] for row in rows for one in row.details["siblings"]}
    products = {
        one.product_id: one for one in session.scalars(select(ProductRow).where(ProductRow.product_id.in_(ids)))
    }
    found = []
    for row in rows:
        place, product = places[row.warehouse_id], products[row.product_id]
        today = today_there(now, place.timezone)
        found.append(
            ShownProposal(
                row,
                place,
                product,
                _title(row, product, places),
                evidence_sentences(row.details["evidence"], place.currency),
                _instead(row, products),
                _hang(row, product, place),
                _held_out(row, place),
                _reason(row),
                today + timedelta(days=notice_days),
                row.status is ProposalStatus.REFUSED or (row.day is not None and _is_to_come(row, today)),
                _outcome(row, place),
            )
        )
    return found


def _title(row: AssortmentProposalRow, product: ProductRow, places: Mapping[str, WarehouseRow]) -> str:
    to = places.get(row.to_warehouse_id or "")
    return texts.say(
        f"assortment.kind.{row.kind}", product=product.name, to=row.to_warehouse_id if to is None else to.name
    )


def _came(
    session: Session, rows: Sequence[AssortmentProposalRow], places: Mapping[str, WarehouseRow]
) -> list[ShownOutcome]:
    """Decisions that something is told of."""
    ids = {row.product_id for row in rows}
    products = {
        one.product_id: one for one in session.scalars(select(ProductRow).where(ProductRow.product_id.in_(ids)))
    }
    told = ((row, outcome_of(row)) for row in rows)
    return [
        ShownOutcome(row, places[row.warehouse_id], _title(row, products[row.product_id], places), outcome)
        for row, outcome in told
        if outcome is not None
    ]


def _outcome(row: AssortmentProposalRow, place: WarehouseRow) -> str:
    """What it came to, or why nothing is told."""
    told = outcome_of(row)
    if told is None:
        return ""
    if told.came is None:
        return texts.say(f"assortment.came.{told.not_told}")
    low, high = (texts.money(one, place.currency) for one in (told.came.low, told.came.high))
    return texts.say(
        "assortment.came.one",
        money=texts.money(told.came.money, place.currency),
        low=low,
        high=high,
        first=texts.day(told.first),
        last=texts.day(told.last),
    )


def _is_to_come(row: AssortmentProposalRow, today: date) -> bool:
    return row.day is not None and (row.day > today or (row.day == today and row.kind is not ProposalKind.TRY))


def _instead(row: AssortmentProposalRow, products: Mapping[str, ProductRow]) -> str:
    """What its customers take instead, or would take less of where it is tried."""
    siblings = row.details["siblings"]
    if not siblings:
        return ""
    named = [
        texts.say("assortment.sibling", product=products[one["product_id"]].name, share=texts.percent(one["share"]))
        for one in siblings
        if one["product_id"] in products
    ]
    name = "assortment.less_of" if row.kind is ProposalKind.TRY else "assortment.instead"
    return texts.say(name, siblings=texts.say("mark.listed").join(named))


def _hang(row: AssortmentProposalRow, product: ProductRow, place: WarehouseRow) -> str:
    """What hangs on it, where that holds it back."""
    baskets = row.details["baskets"]
    if not row.held_by_baskets or baskets is None:
        return ""
    return texts.say(
        "assortment.hang",
        product=product.name,
        orders=texts.number(baskets["orders"]),
        share=texts.percent(baskets["share"]),
        margin=texts.money(baskets["margin"], place.currency),
        most=texts.money(baskets["margin_high"], place.currency),
    )


def _held_out(row: AssortmentProposalRow, place: WarehouseRow) -> str:
    tried = row.details["held_out"]
    if tried is None:
        return ""
    money = {name: texts.money(value, place.currency) for name, value in tried.items() if name != "days"}
    return texts.say("assortment.held_out", days=texts.number(tried["days"]), **money)


def _reason(row: AssortmentProposalRow) -> str:
    """Why it was refused: one of those offered, or in somebody's own words."""
    if row.reason in OFFERED_REASONS:
        return texts.say(f"assortment.reason.{row.reason}")
    return row.reason or ""
