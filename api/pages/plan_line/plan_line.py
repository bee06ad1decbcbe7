"""One line of a purchase plan: why this quantity and what it comes to, drawn and in sentences; and another quantity, or
another supplier, with a reason."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.plan_line.line_figures import have_and_want_chart, sales_and_forecast_chart
from api.pages.plans.line_edits import quantity_typed
from api.pages.plans.lines_view import LinesView
from api.pages.plans.plans import Reads, View, Writes, the_plan
from api.pages.rendering import done, page
from api.pages.texts import chance_words, exact_quantity, paragraph, plan_sentences, preview_words, say, served_by_words
from api.problems import not_found
from api.routing import Router
from api.transactions import Now, ReadSession, WriteSession
from api.values import LineNo
from data.frames.plan_lines import lines_around
from data.tables import (
    EditReason,
    PlanLineEditRow,
    PlanLineRow,
    PlanStatus,
    ProductRow,
    PurchasePlanRow,
    SupplierRow,
    WarehouseRow,
)
from flows.demand.models.served_by import served_by
from flows.errors import Invalid, Outdated
from flows.purchasing.deciding.editing import LineEdit, edit_plan_lines, undo_last_edit
from flows.purchasing.deciding.preview import Preview, chance_short, need_of, preview_of
from flows.purchasing.shelves.stock_until_delivery import stock_until_delivery
from flows.purchasing.showing.forecast_of_line import forecast_of_line

router = Router(prefix="/plans/{plan_id}/lines", include_in_schema=False)


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, and what is not right about it or asked about it."""

    quantity: str
    reason_code: str
    reason: str
    offer_id: str
    wrong: str
    field: str
    status: int = 422
    asked: str = ""  # the quantity that a question was asked about


@router.get("/{line_no}")
def plan_line(
    request: Request, session: ReadSession, now: Now, who: Reads, plan_id: str, line_no: LineNo, view: View
) -> Response:
    """The line's own page."""
    return _line_page(request, session, now, plan_id, line_no, view)


@router.post("/{line_no}")
def edit(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Writes,
    plan_id: str,
    line_no: LineNo,
    view: View,
    quantity_wanted: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
    reason_code: Annotated[EditReason, Form()] = EditReason.OTHER,
    offer_id: Annotated[str, Form(max_length=200)] = "",
    version: Annotated[int | None, Form(ge=1)] = None,
    asked: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Sets another quantity or supplier. What is not right about it, and what is asked about it, is said beside the
    form, which keeps what was typed."""

    def again(wrong: str, field: str, status: int = 422, asked: str = "") -> Response:
        typed = Typed(quantity_wanted, reason_code, reason, offer_id, wrong, field, status, asked)
        return _line_page(request, session, now, plan_id, line_no, view, typed)

    try:
        wanted = quantity_typed(quantity_wanted)
        edit = LineEdit(line_no, wanted, reason_code, reason, offer_id or None, version)
        questions = [] if asked == quantity_wanted else _questions(session, plan_id, edit, now)
        if questions:
            return again(paragraph(questions), "quantity", asked=quantity_wanted)
        edit_plan_lines(session, plan_id, [edit], now, who.name)
    except Invalid as wrong:
        return again(str(wrong), wrong.field or "quantity")
    except Outdated as changed:
        return again(say("line.seen_conflict", why=str(changed)), "quantity", 412)
    unit = session.scalars(select(ProductRow.unit).join(PlanLineRow).where(*_is(plan_id, line_no))).one()
    return done(f"/plans/{plan_id}/lines/{line_no}{view.query()}", "line_edited", quantity=exact_quantity(wanted, unit))


@router.post("/{line_no}/undone")
def undo(session: WriteSession, now: Now, who: Writes, plan_id: str, line_no: LineNo, view: View) -> Response:
    """Takes back one's own last change."""
    undo_last_edit(session, plan_id, line_no, now, who.name)
    return done(f"/plans/{plan_id}/lines/{line_no}{view.query()}", "line_undone")


def _questions(session: Session, plan_id: str, edit: LineEdit, now: Now) -> list[str]:
    seen = preview_of(session, plan_id, edit.line_no, edit.quantity, edit.offer_id, now)
    if not seen.questions:
        return []
    return [*(say(f"question.{question}") for question in seen.questions), say("line.sure")]


def _is(plan_id: str, line_no: int):  # type: ignore[no-untyped-def]
    return PlanLineRow.plan_id == plan_id, PlanLineRow.line_no == line_no


def _line_page(
    request: Request,
    session: Session,
    now: Now,
    plan_id: str,
    line_no: LineNo,
    view: LinesView,
    typed: Typed | None = None,
) -> Response:
    plan = the_plan(session, plan_id)
    line = session.get(PlanLineRow, (plan_id, line_no))
    if line is None:
        raise not_found("Line", line_no)
    seen = _as_it_stands(session, line, now) if plan.status == PlanStatus.DRAFT and line.approved_at is None else None
    line = session.get_one(PlanLineRow, (plan_id, line_no))  # a preview has let go of it
    product = session.get_one(ProductRow, line.product_id)
    warehouse = session.get_one(WarehouseRow, line.warehouse_id)
    before, after = lines_around(session, plan_id, view.chosen, view.sort, line_no)
    return page(
        request,
        "plan_line/plan_line.html",
        typed.status if typed else 200,
        plan=plan,
        view=view,
        may_be_edited=plan.status == PlanStatus.DRAFT and line.approved_at is None,
        line=line,
        product=product,
        warehouse=warehouse,
        supplier=None if line.supplier_id is None else session.get_one(SupplierRow, line.supplier_id),
        before=before,
        after=after,
        stock=stock_until_delivery(session, line, plan.created_at, request.app.state.settings.purchasing),
        outcome=_outcome(session, line, product, warehouse, seen),
        alternatives=[] if seen is None else seen.alternatives,
        reasons=plan_sentences(line.reasons, product.unit, _names(session, line)),
        edit_reasons=list(EditReason),
        history=_history(session, line, product),
        typed=typed,
        served=_served_words(session, plan, line),
        sales_chart=sales_and_forecast_chart(session, plan, line, product, warehouse),
        stock_chart=have_and_want_chart(line, product),
    )


def _as_it_stands(session: Session, line: PlanLineRow, now: Now) -> Preview | None:
    """The line's own quantity looked at; None: it can no longer be delivered so."""
    try:
        return preview_of(session, line.plan_id, line.line_no, line.quantity, None, now)
    except Invalid:
        return None


def _outcome(
    session: Session, line: PlanLineRow, product: ProductRow, warehouse: WarehouseRow, seen: Preview | None
) -> list[str]:
    """What the line's quantity comes to, a few words each."""
    if seen is not None:
        return preview_words(seen, product.unit, warehouse.currency)
    need = need_of(session, line.plan_id, line.line_no)
    cover = line.days_of_cover
    words = [chance_words(chance_short(need))]
    return words if cover is None else [*words, say("seen.cover", days=f"{cover:.1f}")]


def _history(session: Session, line: PlanLineRow, product: ProductRow) -> list[dict[str, Any]]:
    """The line's changes, the latest first."""
    edits = select(PlanLineEditRow).where(
        PlanLineEditRow.plan_id == line.plan_id, PlanLineEditRow.line_no == line.line_no
    )
    rows = session.scalars(edits.order_by(PlanLineEditRow.edited_at.desc(), PlanLineEditRow.edit_id)).all()
    ids = {row.from_supplier_id for row in rows} | {row.to_supplier_id for row in rows}
    names = dict(
        session.execute(
            select(SupplierRow.supplier_id, SupplierRow.name).where(SupplierRow.supplier_id.in_(ids - {None}))
        )
        .tuples()
        .all()
    )
    return [
        {
            "at": row.edited_at,
            "by": row.edited_by,
            "was": "–" if row.from_quantity is None else exact_quantity(row.from_quantity, product.unit),
            "to": exact_quantity(row.to_quantity, product.unit),
            "why": row.reason or say(f"edit_reason.{row.reason_code}"),
            "from_supplier": names.get(row.from_supplier_id or "", "–"),
            "to_supplier": names.get(row.to_supplier_id or "", "–"),
        }
        for row in rows
    ]


def _names(session: Session, line: PlanLineRow) -> dict[str, str]:
    """The names of the suppliers and warehouses that the reasons speak of."""
    spoken_of = {str(value) for reason in line.reasons for value in reason.values()}
    warehouses = select(WarehouseRow.warehouse_id, WarehouseRow.name).where(WarehouseRow.warehouse_id.in_(spoken_of))
    suppliers = select(SupplierRow.supplier_id, SupplierRow.name).where(SupplierRow.supplier_id.in_(spoken_of))
    return {**dict(session.execute(warehouses).tuples().all()), **dict(session.execute(suppliers).tuples().all())}


def _served_words(session: Session, plan: PurchasePlanRow, line: PlanLineRow) -> str | None:
    """Which model forecast the first day that the line covers, and why; None where that is not known."""
    covered = (row for row in forecast_of_line(session, line, plan) if row.date >= line.covers_from)
    first = next(covered, None)
    served = None if first is None else served_by(session, first)
    return None if served is None else served_by_words(served)
