"""What a plan carries between its warehouses, when it is approved: whether it can still be carried as it stands, and
booked as changes of stock, in the transaction of the orders that count on it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PlanTransferRow, PurchasePlanRow, WarehouseRow
from flows.errors import Unknown
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.carrying import ways_between
from flows.purchasing.planning.purchase_plans import draft_plan
from flows.stock.moving import Transfer, move_to_warehouse
from warehouse.reasons import Reason


def book_transfers(
    session: Session, plan: PurchasePlanRow, now: datetime, by: str, lines: Iterable[PlanLineRow]
) -> None:
    """Books what these lines of a plan count on having brought, and all of it once the plan is approved. What is booked
    already stays; who calls holds the locks of the plan's warehouses."""
    for row in transfers_meant(plan, lines, all_of_it=plan.approved_at is not None):
        row.approved_at, row.approved_by = now, by
        session.flush()
        for action_id, asked in _booked(row):
            move_to_warehouse(session, action_id, asked, now, by)


def transfers_meant(plan: PurchasePlanRow, lines: Iterable[PlanLineRow], *, all_of_it: bool) -> list[PlanTransferRow]:
    """What is not booked yet and goes with these lines, or with the whole plan."""
    counted_on = {(line.warehouse_id, line.product_id) for line in lines}
    return [
        row
        for row in plan.transfers
        if row.approved_at is None and (all_of_it or (row.to_warehouse_id, row.product_id) in counted_on)
    ]


def actions_of(plan: PurchasePlanRow) -> set[str]:
    """The ids of the changes of stock that a plan has made itself."""
    return {action_id for row in plan.transfers if row.approved_at is not None for action_id, _ in _booked(row)}


def _booked(row: PlanTransferRow) -> Iterator[tuple[str, Transfer]]:
    """The changes of stock that a row stands for, under ids that are theirs for good."""
    for lot in row.lots:
        action_id = uuid5(NAMESPACE_URL, f"plan {row.plan_id}, transfer {row.transfer_no}, lot {lot['lot_id']}").hex
        quantity = Decimal(str(lot["quantity"]))
        note = f"purchase plan {row.plan_id}"
        yield action_id, Transfer(row.from_warehouse_id, lot["lot_id"], row.to_warehouse_id, quantity, note)


def changed_transfers(session: Session, plan: PurchasePlanRow, now: datetime) -> Iterator[Reason]:
    """What can no longer be carried as the draft has it: the way is open no more, or it would come too late if it left
    now, or one of its warehouses stands in another plan. Whether the lots are there, their stock tells."""
    rows = [row for row in plan.transfers if row.approved_at is None]
    if not rows:
        return
    here = {part.warehouse_id for part in plan.warehouses if part.open}
    places = session.scalars(select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(here))).all()
    arrives = {way.ends: way.arrives for ways in ways_between(session, places, now) for way in ways}
    latest_first = sorted(plan.lines, key=lambda line: line.covers_from, reverse=True)
    covers_from = {(line.warehouse_id, line.product_id): line.covers_from for line in latest_first}
    for row in rows:
        day = arrives.get((row.from_warehouse_id, row.to_warehouse_id))
        last_days = [date.fromisoformat(lot["last_day"]) for lot in row.lots]
        wanted_by = covers_from.get((row.to_warehouse_id, row.product_id), min(last_days))
        if day is None or day > min(*last_days, wanted_by):
            values = {"warehouse": row.to_warehouse_id, "product": row.product_id}
            values["from_warehouse"] = row.from_warehouse_id
            yield Reason(Change.TRANSFER, values)


def leave_out_transfer(session: Session, plan_id: str, transfer_no: int) -> None:
    """Takes a transfer out of a draft; lines that counted on it stay as they are. Raises Unknown, NotNow where the plan
    is no draft."""
    plan = draft_plan(session, plan_id)
    row = next((row for row in plan.transfers if row.transfer_no == transfer_no and row.approved_at is None), None)
    if row is None:
        raise Unknown(f"Purchase plan {plan_id} has no open transfer {transfer_no}.", field="transfer_no")
    plan.version += 1
    plan.transfers.remove(row)
