"""What a plan carries between its warehouses, when it is approved: whether it can still be carried as it stands, and
kept as transfers to be sent, in the transaction of the orders that count on it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import end_of_day
from data.tables import (
    PlanLineRow,
    PlanTransferRow,
    PurchasePlanRow,
    TransferLotRow,
    TransferRow,
    TransferStage,
    WarehouseRow,
)
from flows.errors import NotNow, Unknown
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.carrying import ways_between
from flows.purchasing.planning.purchase_plans import draft_plan
from flows.stock.transfers.approving import keep_approved
from flows.stock.transfers.ending import cancel_transfer
from warehouse.purchasing.transfers.ways import Way
from warehouse.reasons import Reason


def approve_transfers(
    session: Session, plan: PurchasePlanRow, now: datetime, by: str, lines: Iterable[PlanLineRow]
) -> None:
    """Approves what these lines of a plan count on having brought, and all of it once the plan is approved. What is
    approved already stays; who calls holds the locks of the plan's warehouses. Raises NotNow where a lot does not have
    it any more."""
    meant = transfers_meant(plan, lines, all_of_it=plan.approved_at is not None)
    if not meant:
        return
    places = _places(session, plan)
    ways = _ways(session, places, now)
    for row in meant:
        row.approved_at, row.approved_by = now, by
        way, timezone = ways[row.from_warehouse_id, row.to_warehouse_id], places[row.to_warehouse_id].timezone
        keep_approved(session, _transfer(row, way, end_of_day(_wanted_by(plan, row), timezone), now, by))


def transfers_meant(plan: PurchasePlanRow, lines: Iterable[PlanLineRow], *, all_of_it: bool) -> list[PlanTransferRow]:
    """What is not booked yet and goes with these lines, or with the whole plan."""
    counted_on = {(line.warehouse_id, line.product_id) for line in lines}
    return [
        row
        for row in plan.transfers
        if row.approved_at is None and (all_of_it or (row.to_warehouse_id, row.product_id) in counted_on)
    ]


def transfer_id_of(plan_id: str, transfer_no: int) -> str:
    """The id for good of what a plan carries under a number."""
    return uuid5(NAMESPACE_URL, f"plan {plan_id}, transfer {transfer_no}").hex


def _transfer(row: PlanTransferRow, way: Way, comes_before: datetime, now: datetime, by: str) -> TransferRow:
    """It must have left early enough to come before a moment."""
    return TransferRow(
        transfer_id=transfer_id_of(row.plan_id, row.transfer_no),
        plan_id=row.plan_id,
        transfer_no=row.transfer_no,
        from_warehouse_id=row.from_warehouse_id,
        to_warehouse_id=row.to_warehouse_id,
        product_id=row.product_id,
        stage=TransferStage.APPROVED,
        send_by=comes_before - timedelta(hours=way.hours),
        hours=way.hours,
        approved_at=now,
        approved_by=by,
        lots=[
            TransferLotRow(
                lot_id=lot["lot_id"],
                action_id=uuid5(
                    NAMESPACE_URL, f"plan {row.plan_id}, transfer {row.transfer_no}, lot {lot['lot_id']}"
                ).hex,
                last_day=date.fromisoformat(lot["last_day"]),
                approved=Decimal(str(lot["quantity"])),
            )
            for lot in row.lots
        ],
    )


def _wanted_by(plan: PurchasePlanRow, row: PlanTransferRow) -> date:
    """The last day on which it is of use where it comes: it can still be dispatched, and the delivery that is planned
    there has not come before it."""
    last_day = min(date.fromisoformat(lot["last_day"]) for lot in row.lots)
    planned = (
        line.covers_from
        for line in plan.lines
        if (line.warehouse_id, line.product_id) == (row.to_warehouse_id, row.product_id)
    )
    return min(last_day, *planned)


def _places(session: Session, plan: PurchasePlanRow) -> dict[str, WarehouseRow]:
    names = {part.warehouse_id for part in plan.warehouses}
    rows = session.scalars(select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(names)))
    return {place.warehouse_id: place for place in rows}


def _ways(session: Session, places: Mapping[str, WarehouseRow], now: datetime) -> dict[tuple[str, str], Way]:
    return {way.ends: way for ways in ways_between(session, list(places.values()), now) for way in ways}


def changed_transfers(session: Session, plan: PurchasePlanRow, now: datetime) -> Iterator[Reason]:
    """What can no longer be carried as the draft has it: the way is open no more, or it would come too late if it left
    now, or one of its warehouses stands in another plan. Whether the lots are there, their stock tells."""
    rows = [row for row in plan.transfers if row.approved_at is None]
    if not rows:
        return
    here = {part.warehouse_id for part in plan.warehouses if part.open}
    places = {name: place for name, place in _places(session, plan).items() if name in here}
    ways = _ways(session, places, now)
    for row in rows:
        way = ways.get((row.from_warehouse_id, row.to_warehouse_id))
        if way is None or way.arrives > _wanted_by(plan, row):
            values = {"warehouse": row.to_warehouse_id, "product": row.product_id}
            values["from_warehouse"] = row.from_warehouse_id
            yield Reason(Change.TRANSFER, values)


def leave_out_transfer(session: Session, plan_id: str, transfer_no: int) -> None:
    """Takes a transfer out of a draft; lines that counted on it stay as they are. Raises Unknown, NotNow where the plan
    is no draft."""
    plan = draft_plan(session, plan_id)
    row = next((row for row in plan.transfers if row.transfer_no == transfer_no and row.approved_at is None), None)
    if row is None:
        raise Unknown(
            "Purchase plan {plan_id} has no open transfer {transfer_no}.",
            plan_id=plan_id,
            transfer_no=transfer_no,
            field="transfer_no",
        )
    plan.version += 1
    plan.transfers.remove(row)


def cancel_transfer_of_plan(
    session: Session, plan_id: str, transfer_no: int, because: str | None, now: datetime, by: str
) -> None:
    """Cancels a transfer of a plan that has not been sent. Safe to repeat. Raises Unknown, NotNow once it was sent or
    has ended otherwise, and while it is not approved."""
    row = session.get(PlanTransferRow, (plan_id, transfer_no))
    if row is None:
        raise Unknown(
            "Purchase plan {plan_id} has no transfer {transfer_no}.",
            plan_id=plan_id,
            transfer_no=transfer_no,
            field="transfer_no",
        )
    if row.approved_at is None:
        raise NotNow(
            "Transfer {transfer_no} of purchase plan {plan_id} is not approved: leave it out of the draft.",
            transfer_no=transfer_no,
            plan_id=plan_id,
        )
    cancel_transfer(session, transfer_id_of(plan_id, transfer_no), because, now, by)
