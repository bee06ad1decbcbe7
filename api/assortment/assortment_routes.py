"""The range of each warehouse over HTTP: products with their classes, proposals, and what is decided of them."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy import ColumnElement, Select, select

from api.assortment.assortment_schemas import (
    AcceptIn,
    OutcomesOut,
    OutcomesQuery,
    ProposalOut,
    ProposalsQuery,
    RangedOut,
    RangeIn,
    RangeOut,
    RangeQuery,
    RefuseIn,
    WhichProposals,
)
from api.if_match import IfMatch, version_of
from api.pagination import AnyRow, Page, page_of
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, PreconditionFailed, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.frames.product_ranges import ranges_of
from data.tables import AssortmentProposalRow, ProductClassRow, ProductRangeRow, ProductRow
from flows.assortment.changing_ranges import set_range
from flows.assortment.deciding import accept, refuse, take_back
from flows.assortment.outcomes import outcomes
from flows.assortment.proposals_csv import proposals_csv
from flows.assortment.range_csv import range_csv

router = Router(tags=["assortment"])
Reads = Annotated[Principal, requires(Scope.READ)]
Decides = Annotated[Principal, requires(Scope.PLANS_WRITE)]
DECIDED = responses(NotFound, Conflict, PreconditionFailed, TooLarge, WrongMediaType)
CSV = {"text/csv": {"schema": {"type": "string"}, "example": "warehouse_id,product_id,product_name,category,...\r\n"}}
PROPOSALS_CSV = {"text/csv": {"schema": {"type": "string"}, "example": "proposal_id,kind,status,warehouse_id,...\r\n"}}


@router.get("/assortment/proposals", responses=responses())
def list_proposals(session: ReadSession, who: Reads, asked: Annotated[ProposalsQuery, Query()]) -> Page[ProposalOut]:
    """Proposals to change ranges, those with most money first."""
    row = AssortmentProposalRow
    query = select(row).where(*_chosen(asked))
    key = [row.money, row.proposal_id]
    return page_of(session, query, key, asked, lambda one: ProposalOut.of(one.AssortmentProposalRow), newest_first=True)


@router.get(
    "/assortment/proposals.csv", response_class=Response, responses=responses() | {200: {"content": PROPOSALS_CSV}}
)
def export_proposals(session: ReadSession, who: Reads, asked: Annotated[WhichProposals, Query()]) -> Response:
    """The same as CSV, whole: what was promised, what was decided, and what came."""
    headers = {"Content-Disposition": 'attachment; filename="proposals.csv"'}
    return Response(proposals_csv(session, *_chosen(asked)), media_type="text/csv", headers=headers)


@router.get("/assortment/outcomes", responses=responses(NotFound))
def read_outcomes(session: ReadSession, now: Now, who: Reads, asked: Annotated[OutcomesQuery, Query()]) -> OutcomesOut:
    """What accepted proposals were promised to come to over their four weeks and came to, by currency."""
    if asked.warehouse_id is not None:
        known_warehouse(session, asked.warehouse_id)
    return OutcomesOut.of(outcomes(session, now, asked.warehouse_id, asked.since))


@router.get("/assortment/proposals/{proposal_id}", responses=responses(NotFound))
def read_proposal(session: ReadSession, who: Reads, proposal_id: PathId, response: Response) -> ProposalOut:
    """A proposal; its `ETag` names the version, to give in `If-Match` when it is decided on."""
    row = session.get(AssortmentProposalRow, proposal_id)
    if row is None:
        raise not_found("Proposal", proposal_id)
    return _shown(row, response)


@router.post("/assortment/proposals/{proposal_id}/accept", responses=DECIDED)
def accept_proposal(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Decides,
    proposal_id: PathId,
    told: AcceptIn,
    response: Response,
    if_match: IfMatch = None,
) -> ProposalOut:
    """Lets it change the range from its day on. Safe to repeat. 422: whole baskets hang on the product, and
    `despite_baskets` does not say that this is known. 412: it has changed since the version that `If-Match` names."""
    row = accept(
        session, proposal_id, now, who.name, notice_days=request.app.state.settings.assortment_notice_days,
        version=version_of(if_match), **told.model_dump(),
    )  # fmt: skip
    return _shown(row, response)


@router.post("/assortment/proposals/{proposal_id}/refuse", responses=DECIDED)
def refuse_proposal(
    session: WriteSession,
    now: Now,
    who: Decides,
    proposal_id: PathId,
    told: RefuseIn,
    response: Response,
    if_match: IfMatch = None,
) -> ProposalOut:
    """Keeps the range as it is; it is not proposed again for 13 weeks, unless its money doubles. Safe to repeat."""
    return _shown(refuse(session, proposal_id, now, who.name, told.reason, version_of(if_match)), response)


@router.post(
    "/assortment/proposals/{proposal_id}/take-back", responses=responses(NotFound, Conflict, PreconditionFailed)
)
def take_proposal_back(
    session: WriteSession, now: Now, who: Decides, proposal_id: PathId, response: Response, if_match: IfMatch = None
) -> ProposalOut:
    """Lets it wait again, and the range be as before. 409: its day has come. Safe to repeat."""
    return _shown(take_back(session, proposal_id, now, who.name, version_of(if_match)), response)


@router.get("/warehouses/{warehouse_id}/range", responses=responses(NotFound))
def list_range(
    session: ReadSession, now: Now, who: Reads, warehouse_id: PathId, asked: Annotated[RangeQuery, Query()]
) -> Page[RangedOut]:
    """A warehouse's products with their classes and figures, as judged last; what earns least first."""
    known_warehouse(session, warehouse_id)
    row = ProductClassRow
    query: Select[tuple[ProductClassRow, ProductRow]] = (
        select(row, ProductRow)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .where(row.warehouse_id == warehouse_id)
    )
    for name in ("abc", "xyz"):
        if (value := getattr(asked, name)) is not None:
            query = query.where(getattr(row, name) == value)
    ranges = ranges_of(session, warehouse_id, now)
    return page_of(session, query, [row.rank, row.product_id], asked, lambda one: _ranged(one, ranges))


@router.get(
    "/warehouses/{warehouse_id}/range.csv",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": CSV}},
)
def export_range(session: ReadSession, now: Now, who: Reads, warehouse_id: PathId) -> Response:
    """The same as CSV, whole."""
    known_warehouse(session, warehouse_id)
    headers = {"Content-Disposition": 'attachment; filename="range.csv"'}
    return Response(range_csv(session, warehouse_id, now), media_type="text/csv", headers=headers)


@router.put("/warehouses/{warehouse_id}/range/{product_id}", responses=responses(NotFound, TooLarge, WrongMediaType))
def put_range(
    session: WriteSession, now: Now, who: Decides, warehouse_id: PathId, product_id: PathId, told: RangeIn
) -> RangeOut:
    """Says by hand from when until when a warehouse sells a product, as a trial that is kept. What was said before
    stays on record. Safe to repeat."""
    row = set_range(session, warehouse_id, product_id, told.kind, now, who.name, told.sold_from, told.sold_until)
    return RangeOut.model_validate(row)


def _chosen(asked: WhichProposals) -> list[ColumnElement[bool]]:
    row = AssortmentProposalRow
    named = {name: getattr(asked, name) for name in ("status", "kind", "warehouse_id", "product_id")}
    return [getattr(row, name) == value for name, value in named.items() if value is not None]


def _shown(row: AssortmentProposalRow, response: Response) -> ProposalOut:
    response.headers["ETag"] = f'"{row.version}"'
    return ProposalOut.of(row)


def _ranged(found: AnyRow, ranges: dict[str, ProductRangeRow]) -> RangedOut:
    row, goods = found.ProductClassRow, found.ProductRow
    said = ranges.get(row.product_id)
    return RangedOut(
        warehouse_id=row.warehouse_id,
        product_id=row.product_id,
        product_name=goods.name,
        category=goods.category,
        abc=row.abc,
        xyz=row.xyz,
        rank=row.rank,
        worked_out_at=row.worked_out_at,
        figures=row.figures,
        kind=None if said is None else said.kind,
        sold_from=None if said is None else said.sold_from,
        sold_until=None if said is None else said.sold_until,
    )
