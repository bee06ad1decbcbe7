"""A purchase plan kept: made, made anew, discarded. A warehouse stands in one open plan of its order day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, and_, delete, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.languages import Sentence
from data.local_days import today_there
from data.tables import (
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    PurchasePlanRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.locking import lock_warehouses
from flows.purchasing.planning.foresight import NO_FORESIGHT, Foresight
from flows.purchasing.planning.kept_transfers import transfer_rows
from flows.purchasing.planning.line_numbers import LineNumbers
from flows.purchasing.planning.line_risk import weigh
from flows.purchasing.planning.lines_before import LineBefore, lines_before
from flows.purchasing.planning.offers import order_by
from flows.purchasing.planning.planning import PlannedPurchase, plan_what_to_order
from flows.purchasing.planning.telling import tell_discarded, tell_made
from flows.purchasing.showing.plan_totals import keep_totals
from warehouse.purchasing.plan import PlanLine, warnings_of
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.offers import Offer

LARGEST_QUANTITY: Final = Decimal(1_000_000)  # of one product, in its unit, in one delivery to a front warehouse


def make_purchase_plan(
    engine: Engine,
    warehouse_ids: Sequence[str],
    now: datetime,
    by: str,
    settings: PlanSettings = USUAL,
    *,
    asked_for: date | None = None,
    replace_edited: bool = False,
    plan_id: str | None = None,
    foresight: Foresight = NO_FORESIGHT,
) -> str:
    """Makes and keeps a draft of what to order now, or for the delivery date asked for; returns its plan_id, which may
    be given.

    It is worked out on a read session and written at the end. Raises what `plan_what_to_order` and `keep_plan` do."""
    with reading(engine) as session:
        planned = plan_what_to_order(session, warehouse_ids, now, settings, asked_for, foresight)
        lines = lines_of_new_plan(session, planned)
    with writing(engine) as session:
        return keep_plan(session, planned, lines, by, replace_edited=replace_edited, plan_id=plan_id)


def lines_of_new_plan(session: Session, planned: PlannedPurchase) -> list[PlanLineRow]:
    """What was planned as the lines of a plan to come, worked out before anything is written: others may write
    meanwhile."""
    return _rows(session, planned, planned.lines, LineNumbers([]))


def keep_plan(
    session: Session,
    planned: PlannedPurchase,
    lines: Sequence[PlanLineRow],
    by: str,
    *,
    replace_edited: bool = False,
    plan_id: str | None = None,
) -> str:
    """Writes a draft with the lines of `lines_of_new_plan`, in place of what other drafts hold for its warehouses on
    their order days; returns its plan_id.

    Raises NotNow, naming the plan, where a buyer has edited such a draft, unless `replace_edited`."""
    lock_warehouses(session, list(planned.order_dates))
    plan_id = plan_id or uuid4().hex
    for part in _open_parts(session, planned.order_dates):
        if not replace_edited and _edited(session, part):
            raise _stays(part)
        _replace(session, part, plan_id, planned.made_at, by)
    plan = PurchasePlanRow(
        plan_id=plan_id,
        asked_for=planned.asked_for,
        status=PlanStatus.DRAFT,
        created_by=by,
    )
    _set_head(plan, planned)
    session.add(plan)
    plan.warehouses = [
        PlanWarehouseRow(warehouse_id=name, order_date=day, open=True) for name, day in planned.order_dates.items()
    ]
    for line in lines:
        line.version = plan.version
    plan.lines = list(lines)
    plan.transfers = transfer_rows(planned.transfers, planned.made_at)
    keep_totals(session, plan)
    session.flush()
    tell_made(session, plan)
    return plan_id


def write_lines(session: Session, plan: PurchasePlanRow, planned: PlannedPurchase) -> None:
    """Gives a draft the lines, transfers, notes and dates of what was planned, in place of what is not ordered yet. A
    line of the same warehouse and product keeps its number, so that nobody changes another product than was looked
    at."""
    _set_head(plan, planned)
    numbers = LineNumbers(plan.lines)
    kept = [line for line in plan.lines if line.approved_at is not None]
    ordered = {(line.warehouse_id, line.product_id) for line in kept}
    wanted = [
        line for line in planned.lines if line.quantity > 0 or (line.warehouse_id, line.product_id) not in ordered
    ]
    for line in kept:
        numbers.take(line)
    plan.lines = kept
    session.flush()  # a new line of an old number would else keep what it does not say itself
    rows = _rows(session, planned, wanted, numbers)
    for row in rows:
        row.version = plan.version
    plan.lines = [*kept, *rows]
    booked = [row for row in plan.transfers if row.approved_at is not None]
    plan.transfers = [*booked, *transfer_rows(planned.transfers, planned.made_at, plan.transfers)]
    keep_totals(session, plan)


def _set_head(plan: PurchasePlanRow, planned: PlannedPurchase) -> None:
    """What a plan says besides its lines; its version counts on."""
    days = [line.delivery_date for line in planned.lines if line.quantity > 0]
    days = days or [line.delivery_date for line in planned.lines] or [min(planned.order_dates.values())]
    plan.delivery_date, plan.last_delivery_date = min(days), max(days)
    plan.origin, plan.created_at = planned.origin, planned.made_at
    plan.notes = [note.as_dict() for note in planned.notes]
    plan.version = (plan.version or 0) + 1


def _rows(
    session: Session, planned: PlannedPurchase, lines: Sequence[PlanLine], numbers: LineNumbers
) -> list[PlanLineRow]:
    """Some of what was planned as rows, weighed, in no session yet."""
    zones = timezones(session, list(planned.order_dates))
    before = lines_before(session, planned.order_dates)
    rows = [
        _row(
            numbers.of(line),
            line,
            planned.offers.get(line.offer_id or ""),
            zones[line.warehouse_id],
            before.get((line.warehouse_id, line.product_id)),
        )
        for line in lines
    ]
    weigh(rows)
    return rows


def edited_drafts(session: Session, warehouse_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """By warehouse, of those whose draft of today a buyer has edited, why a newer plan is refused there."""
    parts = _open_parts(session, order_days(session, warehouse_ids, now))
    return {part.warehouse_id: str(_stays(part)) for part in parts if _edited(session, part)}


def discard_plan(session: Session, plan_id: str, now: datetime, by: str) -> None:
    """Puts a draft away: nothing more of it is ordered. Safe to repeat. Raises Unknown, and NotNow for an approved
    plan."""
    plan = _plan(session, plan_id)
    if plan.status == PlanStatus.APPROVED:
        raise NotNow("Purchase plan {plan_id} is approved; cancel its purchase orders instead.", plan_id=plan_id)
    if plan.status == PlanStatus.DRAFT:
        _put_away(session, plan, now, by)
        for part in plan.warehouses:
            part.open = False


def note_export(session: Session, plan_id: str, now: datetime, by: str) -> None:
    """Remembers that a plan's lines went out as a file: a draft that did is not ordered yet. Raises Unknown."""
    plan = _plan(session, plan_id)
    plan.exported_at, plan.exported_by = now, by


def draft_plan(session: Session, plan_id: str) -> PurchasePlanRow:
    """The plan, for changing it. Raises Unknown, and NotNow where it is no draft any more."""
    plan = _plan(session, plan_id)
    if plan.status == PlanStatus.APPROVED:
        raise NotNow("Purchase plan {plan_id} is approved; it is not edited any more.", plan_id=plan_id)
    if plan.status == PlanStatus.DISCARDED:
        raise NotNow("Purchase plan {plan_id} {became}.", plan_id=plan_id, became=_why_discarded(plan))
    return plan


def _why_discarded(plan: PurchasePlanRow) -> Sentence:
    if newer := sorted({part.replaced_by for part in plan.warehouses if part.replaced_by}):
        return Sentence("was replaced by purchase plan {newer}", newer=newer)
    return Sentence("was discarded by {discarded_by}", discarded_by=plan.discarded_by)


def check_quantity(product: str, offer: Offer | None, quantity: Decimal) -> None:
    """Raises Invalid, naming the product, for a quantity that the offer's supplier cannot deliver; anything but 0 needs
    an offer."""
    if not quantity.is_finite() or quantity < 0:
        raise Invalid("The quantity must be 0 or more.", field="quantity")
    if quantity > LARGEST_QUANTITY:
        raise Invalid(
            "The quantity may be at most {largest_quantity}.", largest_quantity=LARGEST_QUANTITY, field="quantity"
        )
    if quantity == 0:
        return
    if offer is None:
        raise Invalid(
            "Nobody offers {product} for that day, so nothing can be ordered.", product=product, field="quantity"
        )
    pack = offer.pack_size
    if quantity % pack:
        below = quantity // pack * pack
        raise Invalid(
            "{product} comes in packs of {pack}: take {below} or {above}.",
            product=product,
            pack=_plain(pack),
            below=_plain(below),
            above=_plain(below + pack),
            field="quantity",
        )
    if quantity < offer.min_quantity:
        raise Invalid(
            "Its supplier delivers {least} of {product} at least, or none.",
            least=_plain(offer.min_quantity),
            product=product,
            field="quantity",
        )


def timezones(session: Session, warehouse_ids: Sequence[str]) -> dict[str, str]:
    """The time zone by warehouse."""
    query = select(WarehouseRow.warehouse_id, WarehouseRow.timezone)
    return dict(session.execute(query.where(WarehouseRow.warehouse_id.in_(warehouse_ids))).tuples().all())


def order_days(session: Session, warehouse_ids: Sequence[str], now: datetime) -> dict[str, date]:
    """Today, by warehouse."""
    return {name: today_there(now, zone) for name, zone in timezones(session, warehouse_ids).items()}


def _plan(session: Session, plan_id: str) -> PurchasePlanRow:
    plan = session.get(PurchasePlanRow, plan_id, with_for_update=True)
    if plan is None:
        raise Unknown("Purchase plan {plan_id} was not found.", plan_id=plan_id, field="plan_id")
    return plan


def _open_parts(session: Session, order_dates: Mapping[str, date]) -> list[PlanWarehouseRow]:
    """The open parts of plans for these warehouses and days."""
    parts = session.scalars(
        select(PlanWarehouseRow)
        .where(PlanWarehouseRow.open, PlanWarehouseRow.warehouse_id.in_(list(order_dates)))
        .order_by(PlanWarehouseRow.warehouse_id)
    )
    return [part for part in parts if part.order_date == order_dates[part.warehouse_id]]


def _lines_of(part: PlanWarehouseRow) -> ColumnElement[bool]:
    return and_(PlanLineRow.plan_id == part.plan_id, PlanLineRow.warehouse_id == part.warehouse_id)


def _edited(session: Session, part: PlanWarehouseRow) -> bool:
    edited = select(PlanLineRow.line_no).where(_lines_of(part), PlanLineRow.edited_at.is_not(None)).limit(1)
    return session.scalar(edited) is not None


def _stays(part: PlanWarehouseRow) -> NotNow:
    return NotNow(
        "Warehouse {warehouse_id} stands in purchase plan {plan_id} of {order_date}, which was edited. Approve it or "
        "discard it, or ask for it to be replaced.",
        warehouse_id=part.warehouse_id,
        plan_id=part.plan_id,
        order_date=part.order_date,
    )


def _replace(session: Session, part: PlanWarehouseRow, plan_id: str, now: datetime, by: str) -> None:
    """Ends the part of a draft for which there is a newer one. A draft of which nothing is left is discarded whole and
    stays to be read; from one that goes on for other warehouses the lines go."""
    part.open, part.replaced_by = False, plan_id
    session.flush()
    others = select(PlanWarehouseRow.plan_id).where(PlanWarehouseRow.plan_id == part.plan_id, PlanWarehouseRow.open)
    if session.scalar(others.limit(1)) is None:
        _put_away(session, _plan(session, part.plan_id), now, by)
    else:
        session.execute(delete(PlanLineRow).where(_lines_of(part), PlanLineRow.approved_at.is_(None)))
        plan = _plan(session, part.plan_id)
        plan.version += 1
        keep_totals(session, plan)


def _put_away(session: Session, plan: PurchasePlanRow, now: datetime, by: str) -> None:
    """A draft is discarded; one of which a part is ordered already is approved with that part."""
    ordered = [line for line in plan.lines if line.approved_at is not None]
    plan.version += 1
    tell_discarded(session, plan, now, by)
    if not ordered:
        plan.status, plan.discarded_at, plan.discarded_by = PlanStatus.DISCARDED, now, by
        return
    last = max(ordered, key=lambda line: line.approved_at or now)
    plan.status, plan.approved_at, plan.approved_by = PlanStatus.APPROVED, last.approved_at, last.approved_by


def _row(number: int, line: PlanLine, offer: Offer | None, timezone: str, before: LineBefore | None) -> PlanLineRow:
    return PlanLineRow(
        line_no=number,
        warehouse_id=line.warehouse_id,
        product_id=line.product_id,
        supplier_id=line.supplier_id,
        offer_id=line.offer_id,
        delivery_date=line.delivery_date,
        order_by=None if offer is None else order_by(offer, line.delivery_date, timezone),
        covers_from=line.covers_from,
        covers_until=line.covers_until,
        forecast_mean=line.forecast.mean,
        forecast_q10=line.forecast.q10,
        forecast_q50=line.forecast.q50,
        forecast_q90=line.forecast.q90,
        usable_stock=line.usable_stock,
        on_order=line.on_order,
        pack_size=line.pack_size,
        planned_quantity=line.quantity,
        quantity=line.quantity,
        unit_price=line.unit_price,
        expected_shortage=line.expected_shortage,
        expected_waste=line.expected_waste,
        selling_price=_money(line.selling_price),
        unit_cost=_money(line.unit_cost),
        share_accepted=line.share_accepted,
        outcome=line.outcome.as_dict(),
        previous_quantity=None if before is None else before.quantity,
        previous_forecast_mean=None if before is None else before.forecast_mean,
        reasons=[reason.as_dict() for reason in line.reasons],
        warnings="".join(f" {code} " for code in warnings_of(line.reasons)),
    )


def _money(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(round(amount, 4)))


def _plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    return f"{number.normalize():f}"
