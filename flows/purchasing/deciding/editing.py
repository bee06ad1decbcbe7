"""What a buyer changes of a draft: quantities, suppliers, many lines at once. Each change is kept with who, when, from
what, to what and why; what a changed line risks is weighed anew. Of two who change one line, the second is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from data.frames.plan_lines import LineFilter, line_numbers
from data.languages import Sentence
from data.tables import (
    EditReason,
    OfferRow,
    PlanLineEditRow,
    PlanLineRow,
    ProductRow,
    PurchasePlanRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Outdated, Unknown
from flows.purchasing.planning.line_risk import unit_cost, weigh
from flows.purchasing.planning.offers import as_offer, order_by
from flows.purchasing.planning.purchase_plans import check_quantity, draft_plan
from flows.purchasing.showing.plan_totals import keep_totals
from warehouse.purchasing.suppliers.offers import Offer


@dataclass(frozen=True)
class LineEdit:
    """What is wanted of a line. `offer_id` None: from whom it is bought stays. `version` is the one that was seen;
    None: none is named, and nobody else may have changed the line since it was made."""

    line_no: int
    quantity: Decimal
    reason_code: EditReason = EditReason.OTHER
    reason: str | None = None
    offer_id: str | None = None
    version: int | None = None


def edit_plan_line(
    session: Session,
    plan_id: str,
    line_no: int,
    quantity: Decimal,
    reason: str,
    now: datetime,
    by: str,
    *,
    reason_code: EditReason = EditReason.OTHER,
    offer_id: str | None = None,
    version: int | None = None,
) -> None:
    """Sets what a buyer wants of one line; raises what `edit_plan_lines` does."""
    edit_plan_lines(session, plan_id, [LineEdit(line_no, quantity, reason_code, reason, offer_id, version)], now, by)


def edit_plan_lines(session: Session, plan_id: str, edits: Sequence[LineEdit], now: datetime, by: str) -> None:
    """Sets what a buyer wants instead of what was suggested, in whole packs and at the price of its tier; all or none.
    What the buyer has said already, word for word, is said once: asking again changes nothing.

    Raises Unknown (plan, line, offer), NotNow for a plan that is no draft, for a line that is ordered and for one that
    somebody else has changed, Outdated for one that has changed since the version that was seen, Invalid for a negative
    or broken quantity or an edit without a reason."""
    plan = draft_plan(session, plan_id)
    lines = _lines(session, plan, [edit.line_no for edit in edits])
    edits = [edit for edit in edits if not _is_said_already(lines[edit.line_no], edit, by)]
    if not edits:
        return
    version = plan.version + 1
    for edit in edits:
        line = lines[edit.line_no]
        _check(line, edit, by)
        _apply(session, line, edit, now, by)
        line.version = version
    weigh(_whole_needs(session, plan, [lines[edit.line_no] for edit in edits]))
    plan.version = version
    keep_totals(session, plan)


def undo_last_edit(session: Session, plan_id: str, line_no: int, now: datetime, by: str) -> None:
    """Takes back a line's last change, if it was one's own; kept as a change of its own. Raises Unknown, and NotNow
    where there is nothing to take back or somebody else has changed the line since."""
    plan = draft_plan(session, plan_id)
    line = _lines(session, plan, [line_no])[line_no]
    last = session.scalars(
        select(PlanLineEditRow)
        .where(PlanLineEditRow.plan_id == plan_id, PlanLineEditRow.line_no == line_no)
        .order_by(PlanLineEditRow.edited_at.desc(), PlanLineEditRow.edit_id)
        .limit(1)
    ).first()
    if last is None:
        raise NotNow("Line {line_no} has no change to take back.", line_no=line_no)
    if last.edited_by != by:
        raise NotNow(
            "{edited_by} has changed line {line_no} since; it is theirs to take back.",
            edited_by=last.edited_by,
            line_no=line_no,
        )
    offer_id = _offer_of(session, line, last.from_supplier_id)
    before = last.from_quantity or Decimal(0)  # a line that was added stays, and buys nothing
    edit = LineEdit(line_no, before, last.reason_code, last.reason, offer_id, line.version)
    edit_plan_lines(session, plan_id, [edit], now, by)


def change_by_percent(
    session: Session,
    plan_id: str,
    chosen: LineFilter,
    percent: Decimal,
    reason_code: EditReason,
    reason: str | None,
    now: datetime,
    by: str,
) -> None:
    """Raises or lowers the lines chosen of a draft; raises what `edit_plan_lines` does, and NotNow where none
    changes."""
    draft_plan(session, plan_id)
    numbers = line_numbers(session, plan_id, chosen)
    of_them = select(PlanLineRow).where(PlanLineRow.plan_id == plan_id, PlanLineRow.line_no.in_(numbers))
    lines = {line.line_no: line for line in session.scalars(of_them)}
    wanted = changed_by_percent(lines.values(), percent)
    if not wanted:
        raise NotNow("None of these lines changes by that, in whole packs.")
    edits = [
        LineEdit(line_no, quantity, reason_code, reason, version=lines[line_no].version)
        for line_no, quantity in wanted.items()
    ]
    edit_plan_lines(session, plan_id, edits, now, by)


def changed_by_percent(lines: Iterable[PlanLineRow], percent: Decimal) -> dict[int, Decimal]:
    """By line number, quantities raised or lowered by so many percent, to the nearest whole packs of what each orders;
    the lines that change. What buys something goes on buying a pack at least, unless all is taken away."""
    wanted = {}
    for line in lines:
        if line.pack_size is None or line.quantity == 0:
            continue
        packs = line.quantity * (1 + percent / 100) / line.pack_size
        whole = max(packs.to_integral_value(ROUND_HALF_UP), Decimal(1) if percent > -100 else Decimal(0))
        if whole * line.pack_size != line.quantity:
            wanted[line.line_no] = whole * line.pack_size
    return wanted


def _lines(session: Session, plan: PurchasePlanRow, line_nos: Sequence[int]) -> dict[int, PlanLineRow]:
    query = (
        select(PlanLineRow)
        .where(PlanLineRow.plan_id == plan.plan_id, PlanLineRow.line_no.in_(line_nos))
        .options(undefer(PlanLineRow.outcome))
        .with_for_update()
    )
    lines = {line.line_no: line for line in session.scalars(query)}
    for line_no in line_nos:
        if line_no not in lines:
            raise Unknown(
                "Purchase plan {plan_id} has no line {line_no}.", plan_id=plan.plan_id, line_no=line_no, field="line_no"
            )
    return lines


def _whole_needs(session: Session, plan: PurchasePlanRow, lines: Iterable[PlanLineRow]) -> Sequence[PlanLineRow]:
    """All lines of the needs that some lines are of: an order may be split over suppliers."""
    of_them = list(lines)
    query = (
        select(PlanLineRow)
        .where(PlanLineRow.plan_id == plan.plan_id)
        .where(PlanLineRow.warehouse_id.in_({line.warehouse_id for line in of_them}))
        .where(PlanLineRow.product_id.in_({line.product_id for line in of_them}))
        .options(undefer(PlanLineRow.outcome))
    )
    return session.scalars(query).all()


def _is_said_already(line: PlanLineRow, edit: LineEdit, by: str) -> bool:
    """Whether it is this edit that the line stands as: who got no answer asks again, with the version from before."""
    said = line.edited_by, line.quantity, line.edit_reason_code, line.edit_reason
    wanted = by, edit.quantity, edit.reason_code, (edit.reason or "").strip() or None
    return said == wanted and edit.offer_id in (None, line.offer_id)


def _check(line: PlanLineRow, edit: LineEdit, by: str) -> None:
    if line.approved_at is not None:
        raise NotNow(
            "Line {line_no} was ordered by {approved_by}; change its purchase order instead.",
            line_no=line.line_no,
            approved_by=line.approved_by,
        )
    if edit.version is not None and edit.version != line.version:
        raise Outdated(_changed_meanwhile(line))
    if edit.version is None and line.edited_by not in (None, by):
        raise NotNow(
            "{changed} Send the version that you have seen (If-Match) to change it.", changed=_changed_meanwhile(line)
        )
    if edit.reason_code == EditReason.OTHER and not (edit.reason or "").strip():
        raise Invalid("An edit needs a reason.", field="reason")


def _changed_meanwhile(line: PlanLineRow) -> Sentence:
    number, quantity = line.line_no, line.quantity.normalize()
    if line.edited_at is None:
        return Sentence(
            "Line {line_no} has been worked out anew since you saw it: {quantity:f} now.",
            line_no=number,
            quantity=quantity,
        )
    return Sentence(
        "{edited_by} has changed line {line_no} to {quantity:f}.",
        edited_by=line.edited_by,
        line_no=number,
        quantity=quantity,
    )


def _apply(session: Session, line: PlanLineRow, edit: LineEdit, now: datetime, by: str) -> None:
    offer = _offer(session, line, edit.offer_id)
    check_quantity(session.get_one(ProductRow, line.product_id).name, offer, edit.quantity)
    reason = (edit.reason or "").strip() or None
    session.add(
        PlanLineEditRow(
            edit_id=uuid4().hex, plan_id=line.plan_id, line_no=line.line_no, warehouse_id=line.warehouse_id,
            product_id=line.product_id, from_supplier_id=line.supplier_id,
            to_supplier_id=line.supplier_id if offer is None else offer.supplier_id, from_quantity=line.quantity,
            to_quantity=edit.quantity, reason_code=edit.reason_code, reason=reason, edited_by=by, edited_at=now,
        )
    )  # fmt: skip
    if offer is not None:
        if offer.offer_id != line.offer_id:
            _move_to(session, line, offer)
        line.unit_price = offer.unit_price(edit.quantity)
    line.quantity, line.edit_reason, line.edit_reason_code = edit.quantity, reason, edit.reason_code
    line.edited_by, line.edited_at = by, now
    line.unit_cost = unit_cost(line)


def _offer(session: Session, line: PlanLineRow, offer_id: str | None) -> Offer | None:
    if offer_id is None or offer_id == line.offer_id:
        return None if line.offer_id is None else as_offer(session.get_one(OfferRow, line.offer_id))
    row = session.get(OfferRow, offer_id)
    if row is None or row.product_id != line.product_id:
        raise Unknown(
            "Offer {offer_id!r} of {product_id} was not found.",
            offer_id=offer_id,
            product_id=line.product_id,
            field="offer_id",
        )
    offer = as_offer(row)
    if not offer.delivers_on(line.delivery_date):
        raise Invalid(
            "{supplier_id} does not deliver on {delivery_date}.",
            supplier_id=row.supplier_id,
            delivery_date=line.delivery_date,
            field="offer_id",
        )
    return offer


def _move_to(session: Session, line: PlanLineRow, offer: Offer) -> None:
    timezone = session.get_one(WarehouseRow, line.warehouse_id).timezone
    line.supplier_id, line.offer_id, line.pack_size = offer.supplier_id, offer.offer_id, offer.pack_size
    line.order_by = order_by(offer, line.delivery_date, timezone)


def _offer_of(session: Session, line: PlanLineRow, supplier_id: str | None) -> str | None:
    """The offer by which a line was bought from another supplier before; None: it is the one that it has."""
    if supplier_id is None or supplier_id == line.supplier_id:
        return None
    offers = select(OfferRow).where(OfferRow.product_id == line.product_id, OfferRow.supplier_id == supplier_id)
    deliverable = [row for row in session.scalars(offers.order_by(OfferRow.offer_id)) if
                   as_offer(row).delivers_on(line.delivery_date)]  # fmt: skip
    if not deliverable:
        raise NotNow(
            "{supplier_id} does not deliver {product_id} on {delivery_date} any more.",
            supplier_id=supplier_id,
            product_id=line.product_id,
            delivery_date=line.delivery_date,
        )
    return deliverable[0].offer_id
