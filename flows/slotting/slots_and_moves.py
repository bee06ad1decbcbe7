"""Where each product should lie: suggestions and moves made from the latest forecast, settled by staff."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import uuid4

import pandas as pd
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from data import tables
from data.frames.floor_and_lines import product_volumes, slots_frame, stock_on_hand, units_per_line
from data.frames.serving_forecasts import forecast_frame, latest_origins
from data.local_days import today_there
from flows.errors import Invalid, NotNow, Unknown
from warehouse.slotting.layout import suggest_slots as suggested_layout
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.moves import moves_worth_making
from warehouse.slotting.suggestion import Move, SlotSuggestion


def suggest_slots(
    session: Session, warehouse_id: str, now: datetime, effort: MoveEffort = USUAL, days_in_stock: float = 2
) -> int:
    """Suggests a slot for every product that is forecast in the warehouse; returns how many moves are worth making.

    A slot has room for `days_in_stock` days of the forecast's 90% quantile, and for what is on hand. Earlier
    suggestions are replaced and moves not done yet withdrawn. Raises Unknown for the warehouse, NotNow where it has no
    forecast or no slots."""
    place = session.get(tables.WarehouseRow, warehouse_id)
    if place is None:
        raise Unknown(f"Warehouse {warehouse_id!r} was not found.", field="warehouse_id")
    origin = latest_origins(session, [warehouse_id], now).get(warehouse_id)
    if origin is None:
        raise NotNow(f"Warehouse {warehouse_id} has no forecast yet. Run: freshfront forecast")
    slots = slots_frame(session, warehouse_id)
    if slots.empty:
        raise NotNow(f"Warehouse {warehouse_id} has no slots. Run: freshfront import slots FILE")
    products = _picked_products(session, warehouse_id, origin, today_there(now, place.timezone), days_in_stock)
    if products.empty:
        raise NotNow(f"Warehouse {warehouse_id} has no forecast of a day to come. Run: freshfront forecast")
    suggestions = suggested_layout(products, slots)
    moves = moves_worth_making(suggestions, products, slots, effort)
    _keep_suggestions(session, warehouse_id, suggestions, origin)
    _keep_moves(session, warehouse_id, moves, now)
    return len(moves)


def settle_move(session: Session, move_id: str, done: bool, reason: str | None, now: datetime, by: str) -> None:
    """Records that staff did a move (the product then lies in its new slot) or refused it, with a reason.

    Both halves of an exchange are settled together. Safe to repeat with the same answer. Raises Unknown, Invalid for
    a refusal without a reason, NotNow where the move was settled otherwise or its slot still holds something else."""
    move = session.get(tables.MoveRow, move_id, with_for_update=True)
    if move is None:
        raise Unknown(f"Move {move_id} was not found.", field="move_id")
    wanted = tables.MoveStatus.DONE if done else tables.MoveStatus.REFUSED
    if move.status == wanted:
        return
    if move.status != tables.MoveStatus.SUGGESTED:
        raise NotNow(f"Move {move_id} is already {move.status}.")
    if not done and not (reason and reason.strip()):
        raise Invalid("A refusal needs a reason, so that the next suggestion can be better.", field="reason")
    halves = _both_halves(session, move)
    if done:
        _carry(session, halves)
    for half in halves:
        half.status, half.decided_at, half.decided_by, half.decision_reason = wanted, now, by, reason


def _picked_products(
    session: Session, warehouse_id: str, origin: datetime, first_day: date, days_in_stock: float
) -> pd.DataFrame:
    """product_id, band, lines_per_day, space_l of every product forecast from `first_day` on, as `warehouse.slotting`
    takes them."""
    forecasts = forecast_frame(session, warehouse_id, origin, first_day)
    by_product = forecasts.groupby("product_id").agg(mean=("mean", "mean"), peak=("q90", "max"))
    products = product_volumes(session).set_index("product_id").reindex(by_product.index)
    # where no order lines are known, a line is taken to be one unit
    per_line = units_per_line(session, warehouse_id, origin).reindex(by_product.index).fillna(1.0)
    on_hand = stock_on_hand(session, warehouse_id).reindex(by_product.index).fillna(0.0)
    peak_stock = (days_in_stock * by_product["peak"]).clip(lower=on_hand)
    return products.assign(
        lines_per_day=by_product["mean"] / per_line, space_l=peak_stock * products["volume_l"]
    ).reset_index()[["product_id", "band", "lines_per_day", "space_l"]]


def _keep_suggestions(
    session: Session, warehouse_id: str, suggestions: Sequence[SlotSuggestion], origin: datetime
) -> None:
    session.execute(delete(tables.SlotSuggestionRow).where(tables.SlotSuggestionRow.warehouse_id == warehouse_id))
    session.add_all(
        tables.SlotSuggestionRow(
            warehouse_id=warehouse_id,
            product_id=suggestion.product_id,
            slot_id=suggestion.slot_id,
            lines_per_day=suggestion.lines_per_day,
            origin=origin,
            reasons=[reason.as_dict() for reason in suggestion.reasons],
        )
        for suggestion in suggestions
    )


def _keep_moves(session: Session, warehouse_id: str, moves: Sequence[Move], now: datetime) -> None:
    session.execute(
        update(tables.MoveRow)
        .where(tables.MoveRow.warehouse_id == warehouse_id, tables.MoveRow.status == tables.MoveStatus.SUGGESTED)
        .values(status=tables.MoveStatus.WITHDRAWN, decided_at=now)
    )
    exchange_ids = {move.exchange: uuid4().hex for move in moves if move.exchange is not None}
    session.add_all(
        tables.MoveRow(
            move_id=uuid4().hex,
            warehouse_id=warehouse_id,
            product_id=move.product_id,
            from_slot_id=move.from_slot_id,
            to_slot_id=move.to_slot_id,
            rank=move.rank,
            exchange_id=None if move.exchange is None else exchange_ids[move.exchange],
            metres_saved_per_day=move.metres_saved_per_day,
            reasons=[reason.as_dict() for reason in move.reasons],
            status=tables.MoveStatus.SUGGESTED,
            created_at=now,
        )
        for move in moves
    )


def _both_halves(session: Session, move: tables.MoveRow) -> Sequence[tables.MoveRow]:
    if move.exchange_id is None:
        return [move]
    query = select(tables.MoveRow).where(tables.MoveRow.exchange_id == move.exchange_id).with_for_update()
    return session.scalars(query.order_by(tables.MoveRow.rank)).all()


def _carry(session: Session, moves: Sequence[tables.MoveRow]) -> None:
    """Clears the old slots, then fills the new ones, so that an exchange passes through no third slot."""
    ids = {slot_id for move in moves for slot_id in (move.from_slot_id, move.to_slot_id) if slot_id is not None}
    query = (
        select(tables.SlotRow).where(tables.SlotRow.slot_id.in_(ids)).order_by(tables.SlotRow.slot_id).with_for_update()
    )
    slots = {slot.slot_id: slot for slot in session.scalars(query)}
    for move in moves:
        if move.from_slot_id is None:
            continue
        if slots[move.from_slot_id].product_id != move.product_id:
            raise NotNow(f"{move.product_id} is no longer in slot {move.from_slot_id}. Ask for new moves.")
        slots[move.from_slot_id].product_id = None
    for move in moves:
        holds = slots[move.to_slot_id].product_id
        if holds is not None:
            raise NotNow(f"Slot {move.to_slot_id} still holds {holds}. Carry out the moves in order.")
        slots[move.to_slot_id].product_id = move.product_id
