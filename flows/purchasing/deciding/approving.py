"""A draft approved into purchase orders and transfers, once it has been looked at again: what has changed since it was
made is worked out anew and shown, never ordered silently."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.kept.one_at_a_time import wait_for_others
from data.languages import Sentence
from data.tables import (
    EditReason,
    OfferRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Outdated, OverLimit, Unknown
from flows.ordering.locking import lock_warehouses
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.purchasing.deciding.adding import NewLine, add_again, is_added
from flows.purchasing.deciding.changes_since_draft import changes_since_draft
from flows.purchasing.deciding.transfers_of_plan import approve_transfers
from flows.purchasing.notes.change_words import in_words
from flows.purchasing.notes.plan_notes import PlanNote
from flows.purchasing.planning.line_risk import unit_cost, weigh
from flows.purchasing.planning.offers import as_offer
from flows.purchasing.planning.planning import plan_what_to_order
from flows.purchasing.planning.purchase_plans import check_quantity, draft_plan, order_days, write_lines
from flows.purchasing.planning.telling import tell_approved
from flows.purchasing.showing.names import Names, names_in
from flows.purchasing.showing.plan_totals import keep_totals
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.reasons import Reason

TOLD: Final = 5  # changes that a refusal names; the plan's page has them all


class PlacedOrder(NamedTuple):
    """A purchase order that a plan became."""

    purchase_order_id: str
    number: str


class PlanChanged(NotNow):
    """Something has changed since a draft was made; it has been worked out anew."""


@dataclass(frozen=True)
class Edit:
    """What a buyer wanted of a line that is made anew; `added`: there was none before."""

    warehouse_id: str
    product_id: str
    supplier_id: str | None
    offer_id: str | None
    delivery_date: date
    quantity: Decimal
    edit_reason: str | None
    edit_reason_code: EditReason | None
    edited_by: str | None
    edited_at: datetime | None
    added: bool

    @classmethod
    def of(cls, line: PlanLineRow) -> "Edit":
        kept = {field.name: getattr(line, field.name) for field in fields(cls) if field.name != "added"}
        return cls(**kept, added=is_added(line))

    def as_new_line(self) -> NewLine:
        """The line as it was added."""
        code = self.edit_reason_code or EditReason.OTHER
        return NewLine(
            self.warehouse_id, self.product_id, self.quantity, self.offer_id, self.delivery_date, code, self.edit_reason
        )


def approve_plan(
    engine: Engine,
    plan_id: str,
    now: datetime,
    by: str,
    settings: PlanSettings = USUAL,
    *,
    line_nos: Collection[int] | None = None,
    at_most: Decimal | None = None,
    version: int | None = None,
) -> list[PlacedOrder]:
    """Turns a draft, or these lines of it, into purchase orders, one a supplier, warehouse and delivery date; returns
    the plan's. Safe to repeat. A draft of which every line that buys is ordered is approved.

    Raises Unknown, NotNow for a discarded draft, OverLimit where the plan's orders would come to more than `at_most` in
    a currency, Outdated where the plan has changed since the `version` that was looked at, and PlanChanged where
    something has changed since it was made: the draft has then been worked out anew, edits kept where they still can be
    delivered, and waits to be approved as it is now."""
    with reading(engine) as session:
        plan = session.get(PurchasePlanRow, plan_id)
        if plan is None:
            raise Unknown("Purchase plan {plan_id} was not found.", plan_id=plan_id, field="plan_id")
        changes = changes_since_draft(session, plan, now, settings.limits) if plan.status == PlanStatus.DRAFT else []
    if changes:
        _make_anew(engine, plan_id, changes, now, settings)
        with reading(engine) as session:
            names = names_in(session, [change.as_dict() for change in changes])
        raise _changed(plan_id, changes, names)
    with writing(engine) as session:
        return _order(session, plan_id, now, by, settings.limits, line_nos, at_most, version)


def _order(
    session: Session,
    plan_id: str,
    now: datetime,
    by: str,
    limits: Limits,
    line_nos: Collection[int] | None,
    at_most: Decimal | None,
    version: int | None,
) -> list[PlacedOrder]:
    wait_for_others(session.connection(), "approving plans")  # who share capacities and a budget
    plan = session.get(PurchasePlanRow, plan_id, with_for_update=True)
    if plan is None:
        raise Unknown("Purchase plan {plan_id} was not found.", plan_id=plan_id, field="plan_id")
    if plan.status == PlanStatus.APPROVED:
        return _ordered(session, plan_id)
    plan = draft_plan(session, plan_id)
    if version is not None and plan.version != version:
        raise Outdated(
            "Purchase plan {plan_id} has been changed since you looked at it. Nothing was ordered.", plan_id=plan_id
        )
    lock_warehouses(session, [part.warehouse_id for part in plan.warehouses])
    if changes := changes_since_draft(session, plan, now, limits):  # in the moment since it was last looked at
        first = changes[0].as_dict()
        raise NotNow(
            "{change} Approve the plan again, to have it made anew.", change=in_words(first, names_in(session, [first]))
        )
    chosen = _chosen(plan, line_nos)
    plan.version += 1
    new = [line for line in chosen if line.approved_at is None]
    for line in new:
        line.approved_at, line.approved_by, line.version = now, by, plan.version
    _check_limit(session, plan, at_most)
    if all(line.approved_at is not None for line in plan.lines if line.quantity > 0):
        plan.status, plan.approved_at, plan.approved_by = PlanStatus.APPROVED, now, by
        for part in plan.warehouses:
            part.open = False
    keep_totals(session, plan)
    place_purchase_orders(session, _lines_to_order(chosen), now, by, plan_id=plan_id)
    session.flush()
    tell_approved(session, plan, new, now, by)
    approve_transfers(session, plan, now, by, new)
    return _ordered(session, plan_id)


def _chosen(plan: PurchasePlanRow, line_nos: Collection[int] | None) -> list[PlanLineRow]:
    if line_nos is None:
        return list(plan.lines)
    chosen = [line for line in plan.lines if line.line_no in set(line_nos)]
    if missing := set(line_nos) - {line.line_no for line in chosen}:
        raise Unknown(
            "Purchase plan {plan_id} has no line {line_no}.", plan_id=plan.plan_id, line_no=min(missing), field="lines"
        )
    return chosen


def _check_limit(session: Session, plan: PurchasePlanRow, at_most: Decimal | None) -> None:
    """Raises OverLimit where what is ordered of a plan comes to more, in a currency: in parts too."""
    if at_most is None:
        return
    names = {line.warehouse_id for line in plan.lines}
    places = select(WarehouseRow.warehouse_id, WarehouseRow.currency).where(WarehouseRow.warehouse_id.in_(names))
    currencies = dict(session.execute(places).tuples().all())
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in plan.lines:
        if line.approved_at is not None and line.unit_price is not None:
            sums[currencies[line.warehouse_id]] += line.quantity * line.unit_price
    for currency, total in sorted(sums.items()):
        if total > at_most:
            raise OverLimit(
                "The orders of purchase plan {plan_id} would come to {total:,.2f} {currency}; your role "
                "may approve {at_most:,.2f} a plan. Approve fewer lines, or ask somebody who may approve "
                "more. Nothing was ordered.",
                plan_id=plan.plan_id,
                total=total,
                currency=currency,
                at_most=at_most,
            )


def _ordered(session: Session, plan_id: str) -> list[PlacedOrder]:
    order = PurchaseOrderRow
    orders = select(order.purchase_order_id, order.number).where(order.plan_id == plan_id).order_by(order.number)
    return [PlacedOrder(*row) for row in session.execute(orders).tuples()]


def _lines_to_order(lines: Sequence[PlanLineRow]) -> list[NewPurchaseOrderLine]:
    return [
        NewPurchaseOrderLine(
            supplier_id=line.supplier_id,
            warehouse_id=line.warehouse_id,
            delivery_date=line.delivery_date,
            line_no=line.line_no,
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            offer_id=line.offer_id,
            pack_size=line.pack_size,
            send_by=line.order_by,
        )
        for line in lines
        if line.supplier_id is not None and line.quantity > 0
    ]


def _changed(plan_id: str, changes: Sequence[Reason], names: Names) -> PlanChanged:
    told = " ".join(in_words(change.as_dict(), names) for change in changes[:TOLD])
    return PlanChanged(
        "Since purchase plan {plan_id} was made, something has changed. {told}{more} It has been worked out anew: "
        "look at it, and approve it as it is now. Nothing was ordered.",
        plan_id=plan_id,
        told=told,
        more=Sentence(" And {number} more.", number=len(changes) - TOLD) if len(changes) > TOLD else "",
    )


def _make_anew(engine: Engine, plan_id: str, changes: Sequence[Reason], now: datetime, settings: PlanSettings) -> None:
    """Works a draft out again from what is known now, and keeps with it what had changed."""
    with reading(engine) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        names = [part.warehouse_id for part in plan.warehouses if part.open]
        try:
            planned = plan_what_to_order(session, names, now, settings, plan.asked_for)
        except Invalid as error:  # the delivery that was asked for has passed
            raise NotNow(
                "{why} Discard purchase plan {plan_id} and make a new one.", why=error, plan_id=plan_id
            ) from error
    with writing(engine) as session:
        plan = draft_plan(session, plan_id)
        lock_warehouses(session, names)
        _move_to_today(session, plan, now)
        edited = [Edit.of(line) for line in plan.lines if line.edited_at is not None and line.approved_at is None]
        write_lines(session, plan, planned)
        plan.notes = [*plan.notes, {"code": PlanNote.CHANGED_SINCE_DRAFT, "changes": [c.as_dict() for c in changes]}]
        session.flush()
        _keep_edits(session, plan, edited, now)


def _move_to_today(session: Session, plan: PurchasePlanRow, now: datetime) -> None:
    """Its warehouses stand in it on the order day that it is made anew on. Raises NotNow where they stand in another
    plan of that day already."""
    parts = [part for part in plan.warehouses if part.open]
    today = order_days(session, [part.warehouse_id for part in parts], now)
    for part in parts:
        other = select(PlanWarehouseRow.plan_id).where(
            PlanWarehouseRow.warehouse_id == part.warehouse_id,
            PlanWarehouseRow.order_date == today[part.warehouse_id],
            PlanWarehouseRow.plan_id != plan.plan_id,
            PlanWarehouseRow.open,
        )
        if newer := session.scalar(other):
            raise NotNow(
                "Purchase plan {plan_id} of {order_date} is out of date, and warehouse {warehouse_id} "
                "stands in plan {newer} of {today}. Discard one of the two.",
                plan_id=plan.plan_id,
                order_date=part.order_date,
                warehouse_id=part.warehouse_id,
                newer=newer,
                today=today[part.warehouse_id],
            )
        part.order_date = today[part.warehouse_id]


def _keep_edits(session: Session, plan: PurchasePlanRow, edited: Sequence[Edit], now: datetime) -> None:
    """What a buyer wanted stays wanted, of whom it can still be had in such a quantity; else the note tells of it."""
    lines = {(row.warehouse_id, row.product_id, row.offer_id, row.delivery_date): row for row in plan.lines}
    lost = []
    for edit in edited:
        line = lines.get((edit.warehouse_id, edit.product_id, edit.offer_id, edit.delivery_date))
        try:
            if line is None and edit.added:
                add_again(session, plan, edit.as_new_line(), now, edit.edited_by or "")
                continue
            if line is None:
                raise Invalid(
                    "{product_id} is not ordered from {supplier_id} for that day any more.",
                    product_id=edit.product_id,
                    supplier_id=edit.supplier_id,
                )
            offer = None if line.offer_id is None else as_offer(session.get_one(OfferRow, line.offer_id))
            check_quantity(session.get_one(ProductRow, line.product_id).name, offer, edit.quantity)
        except (Invalid, NotNow) as error:
            lost.append({"warehouse": edit.warehouse_id, "product": edit.product_id, "because": str(error)})
            continue
        line.quantity, line.edit_reason, line.edit_reason_code = edit.quantity, edit.edit_reason, edit.edit_reason_code
        line.edited_by, line.edited_at = edit.edited_by, edit.edited_at
        if offer is not None:
            line.unit_price = offer.unit_price(line.quantity)
        line.unit_cost = unit_cost(line)
    weigh(line for line in plan.lines if line.approved_at is None)
    keep_totals(session, plan)
    if lost:
        plan.notes = [*plan.notes, {"code": PlanNote.EDITS_LOST, "edits": lost}]
