"""One line of a purchase plan: why this quantity, drawn and in sentences, and another quantity with a reason."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import texts as problem_texts
from api.pages.plan_line.line_figures import have_and_want_chart, sales_and_forecast_chart
from api.pages.plans.plans import Filter, Reads, Writes, chosen_lines, the_plan
from api.pages.rendering import done, page
from api.pages.texts import exact_quantity, plan_sentences, say, served_by_words
from api.problems import NotFound
from api.transactions import Now, ReadSession, WriteSession
from data.tables import PlanLineRow, PlanStatus, ProductRow, PurchasePlanRow, SupplierRow, Unit
from flows.demand.models.served_by import served_by
from flows.errors import Invalid
from flows.purchasing.editing import edit_plan_line
from flows.purchasing.forecast_of_line import forecast_of_line

router = APIRouter(prefix="/plans/{plan_id}/lines", include_in_schema=False)


@dataclass(frozen=True)
class Neighbours:
    """The lines that stand before and after one in the plan's table."""

    before: int | None
    after: int | None


@router.get("/{line_no}")
def plan_line(request: Request, session: ReadSession, who: Reads, plan_id: str, line_no: int) -> Response:
    """The line's own page."""
    return _line_page(request, session, plan_id, line_no)


@router.post("/{line_no}")
def edit(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Writes,
    plan_id: str,
    line_no: int,
    quantity_wanted: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Sets another quantity. What is not right about it is said beside the form, which keeps what was typed."""
    try:
        edit_plan_line(session, plan_id, line_no, _as_number(quantity_wanted), reason, now, who.name)
    except Invalid as wrong:
        typed = {"quantity": quantity_wanted, "reason": reason, "wrong": str(wrong), "field": wrong.field or "quantity"}
        return _line_page(request, session, plan_id, line_no, typed)
    unit = session.scalars(select(ProductRow.unit).join(PlanLineRow).where(*_is(plan_id, line_no))).one()
    return done(
        f"/plans/{plan_id}/lines/{line_no}",
        "line_edited",
        quantity=exact_quantity(_as_number(quantity_wanted), Unit(unit)),
    )


def _as_number(text: str) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Invalid(say("line.not_a_number"), field="quantity") from None


def _is(plan_id: str, line_no: int):  # type: ignore[no-untyped-def]
    return PlanLineRow.plan_id == plan_id, PlanLineRow.line_no == line_no


def _line_page(
    request: Request, session: Session, plan_id: str, line_no: int, typed: dict[str, str] | None = None
) -> Response:
    plan = the_plan(session, plan_id)
    lines = chosen_lines(plan_id, Filter(all_lines=True)).where(PlanLineRow.line_no == line_no)
    found = session.execute(lines).first()
    if found is None:
        raise NotFound(problem_texts.NOT_FOUND.format(kind="Line", id=line_no))
    line, product, warehouse, supplier = found
    return page(
        request,
        "plan_line/plan_line.html",
        422 if typed else 200,
        plan=plan,
        is_draft=plan.status == PlanStatus.DRAFT,
        line=line,
        product=product,
        warehouse=warehouse,
        supplier=supplier,
        around=_neighbours(session, plan, line),
        reasons=plan_sentences(line.reasons, product.unit, _names(session, line)),
        typed=typed,
        served=_served_words(session, plan, line),
        sales_chart=sales_and_forecast_chart(session, plan, line, product, warehouse),
        stock_chart=have_and_want_chart(line, product),
    )


def _names(session: Session, line: PlanLineRow) -> dict[str, str]:
    """The names of the suppliers that the reasons speak of."""
    spoken_of = {str(value) for reason in line.reasons for value in reason.values()}
    suppliers = select(SupplierRow.supplier_id, SupplierRow.name).where(SupplierRow.supplier_id.in_(spoken_of))
    return dict(session.execute(suppliers).tuples().all())


def _served_words(session: Session, plan: PurchasePlanRow, line: PlanLineRow) -> str | None:
    """Which model forecast the first day that the line covers, and why; None where that is not known."""
    covered = (row for row in forecast_of_line(session, line, plan) if row.date >= line.covers_from)
    first = next(covered, None)
    served = None if first is None else served_by(session, first)
    return None if served is None else served_by_words(served)


def _neighbours(session: Session, plan: PurchasePlanRow, line: PlanLineRow) -> Neighbours:
    shown = chosen_lines(plan.plan_id, Filter(warehouse=line.warehouse_id)).subquery()
    order = (shown.c.name_1, shown.c.category, shown.c.name, shown.c.line_no)
    around = select(
        shown.c.line_no, func.lag(shown.c.line_no).over(order_by=order), func.lead(shown.c.line_no).over(order_by=order)
    ).subquery()
    row = session.execute(select(around).where(around.c.line_no == line.line_no)).first()
    return Neighbours(row[1], row[2]) if row else Neighbours(None, None)
