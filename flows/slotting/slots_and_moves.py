"""Where each product should lie: suggestions and moves made from the latest forecast."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import pandas as pd
from sqlalchemy import Engine, Table, delete, select
from sqlalchemy.orm import Session

from data import tables
from data.bulk import write_rows
from data.database import reading, writing
from data.frames.floor_and_lines import (
    floor_points,
    picked_tours,
    slots_frame,
    stock_on_hand,
    units_per_line,
    what_goods_ask,
)
from data.frames.serving_forecasts import forecast_frame, latest_origins
from data.local_days import today_there
from flows.errors import NotNow, Refusal, Unknown
from flows.notifying.outbox import write_events
from flows.slotting import telling
from flows.slotting.barring import barred_now
from flows.slotting.begun_moves import BegunMoves, keep_begun
from flows.slotting.proving import HELD_OUT, expected_gain
from flows.slotting.working_out import Floor, work_out
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.proof.gains import Gain
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.suggestion import Move, SlotSuggestion

TOURS_OF = timedelta(days=28)  # from which it is learned what is bought together


@dataclass(frozen=True)
class SuggestedLayout:
    """Where the products of a warehouse should lie by its forecasts made at `origin`, the moves worth making, and what
    is expected of them (None: no orders are known); those `begun` come before them."""

    warehouse_id: str
    origin: datetime
    suggestions: Sequence[SlotSuggestion]
    moves: Sequence[Move]
    expected: Gain | None
    begun: BegunMoves


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of a warehouse before its slots are suggested."""

    warehouse_id: str
    origin: datetime
    begun: BegunMoves
    floor: Floor


def suggest_slots(
    engine: Engine,
    warehouse_ids: Sequence[str],
    now: datetime,
    effort: MoveEffort = USUAL,
    days_in_stock: float = 2,
) -> dict[str, int]:
    """Suggests a slot for every product that is forecast in these warehouses; returns how many moves are worth making
    by warehouse. All are kept in one transaction, which computes nothing.

    A slot has room for `days_in_stock` days of the forecast's 90% quantile, and for what is on hand. Earlier
    suggestions are replaced and moves not begun yet withdrawn. Nothing is carried into a slot that cannot be used, into
    a zone in alarm, nor where staff refused to carry it, and nothing from or into a slot that is busy today
    (`barring.py`). Raises Unknown for a warehouse, NotNow where one has no forecast or no slots."""
    with reading(engine) as session:
        goods = what_goods_ask(session).set_index("product_id")
        known = [_known(session, name, now, goods, effort, days_in_stock) for name in warehouse_ids]
    worked_out = work_out([one.floor for one in known])
    with reading(engine) as session:
        layouts = [_layout(session, one, *found, now) for one, found in zip(known, worked_out, strict=True)]
    with writing(engine) as session:
        _keep_suggestions(session, layouts)
        _keep_moves(session, layouts, now)
    return {layout.warehouse_id: len(layout.moves) for layout in layouts}


def refused_warehouses(session: Session, warehouse_ids: Sequence[str], now: datetime) -> dict[str, Refusal]:
    """Which of some warehouses have nothing to be slotted by, or nowhere to: no forecast, or no slots."""
    origins = latest_origins(session, warehouse_ids, now)
    slots = tables.SlotRow.warehouse_id
    with_slots = set(session.scalars(select(slots).where(slots.in_(warehouse_ids)).distinct()))
    without_slots = {name: _without_slots(name) for name in warehouse_ids if name not in with_slots}
    return without_slots | {name: _without_forecast(name) for name in warehouse_ids if name not in origins}


def _without_forecast(warehouse_id: str) -> Refusal:
    return NotNow("Warehouse {warehouse_id} has no forecast yet. Run: freshfront forecast", warehouse_id=warehouse_id)


def _without_slots(warehouse_id: str) -> Refusal:
    return NotNow("Warehouse {warehouse_id} has no slots. Run: freshfront import slots FILE", warehouse_id=warehouse_id)


def _known(
    session: Session,
    warehouse_id: str,
    now: datetime,
    goods: pd.DataFrame,
    effort: MoveEffort,
    days_in_stock: float,
) -> _Known:
    place = session.get(tables.WarehouseRow, warehouse_id)
    if place is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    origin = latest_origins(session, [warehouse_id], now).get(warehouse_id)
    if origin is None:
        raise _without_forecast(warehouse_id)
    slots = slots_frame(session, warehouse_id)
    if slots.empty:
        raise _without_slots(warehouse_id)
    begun = BegunMoves.of(session, warehouse_id, slots)
    slots = begun.once_done(slots)
    today = today_there(now, place.timezone)
    products = _stored_products(session, warehouse_id, origin, today, goods, slots, days_in_stock, now)
    if products["lines_per_day"].isna().all():
        raise NotNow(
            "Warehouse {warehouse_id} has no forecast of a day to come. Run: freshfront forecast",
            warehouse_id=warehouse_id,
        )
    floor = Floor(
        products,
        slots,
        picked_tours(session, warehouse_id, now - HELD_OUT - TOURS_OF, now - HELD_OUT),
        floor_points(session, warehouse_id).get("start"),
        Routing(place.routing.value),
        barred_now(session, warehouse_id, today),
        replace(effort, most_moves=max(0, effort.most_moves - len(begun.move_ids))),
    )
    return _Known(warehouse_id, origin, begun, floor)


def _layout(
    session: Session, known: _Known, suggestions: Sequence[SlotSuggestion], moves: Sequence[Move], now: datetime
) -> SuggestedLayout:
    place = session.get_one(tables.WarehouseRow, known.warehouse_id)
    expected = expected_gain(session, place, known.floor.slots, moves, now) if moves else None
    return SuggestedLayout(known.warehouse_id, known.origin, suggestions, moves, expected, known.begun)


def _stored_products(
    session: Session,
    warehouse_id: str,
    origin: datetime,
    first_day: date,
    goods: pd.DataFrame,
    slots: pd.DataFrame,
    days_in_stock: float,
    now: datetime,
) -> pd.DataFrame:
    """As `warehouse.slotting` takes them: every product forecast from `first_day` on, and those that lie in a slot
    without being forecast, whose lines_per_day are NaN."""
    forecasts = forecast_frame(session, warehouse_id, origin, first_day, now)
    forecast = forecasts.groupby("product_id").agg(mean=("mean", "mean"), peak=("q90", "max"))
    by_product = forecast.reindex(forecast.index.union(pd.Index(slots["product_id"].dropna().unique(), dtype=object)))
    # where no order lines are known, a line is taken to be one unit
    per_line = units_per_line(session, warehouse_id, origin).reindex(by_product.index).fillna(1.0)
    on_hand = stock_on_hand(session, warehouse_id).reindex(by_product.index).fillna(0.0)
    peak_stock = (days_in_stock * by_product["peak"]).clip(lower=on_hand)
    asks = goods.reindex(by_product.index)
    return (
        asks.assign(
            lines_per_day=by_product["mean"] / per_line,
            space_l=peak_stock * asks["volume_l"],
            peak_kg=peak_stock * asks["weight_kg"],
            on_hand=on_hand,
        )
        .rename_axis("product_id")
        .reset_index()
    )


def _keep_suggestions(session: Session, layouts: Sequence[SuggestedLayout]) -> None:
    row = tables.SlotSuggestionRow
    session.execute(delete(row).where(row.warehouse_id.in_([layout.warehouse_id for layout in layouts])))
    rows = (
        (
            layout.warehouse_id,
            suggestion.product_id,
            suggestion.number,
            suggestion.slot_id,
            suggestion.lines_per_day,
            layout.origin,
            [reason.as_dict() for reason in suggestion.reasons],
        )
        for layout in layouts
        for suggestion in layout.suggestions
    )
    columns = ["warehouse_id", "product_id", "number", "slot_id", "lines_per_day", "origin", "reasons"]
    write_rows(session.connection(), cast(Table, row.__table__), columns, rows)


def _keep_moves(session: Session, layouts: Sequence[SuggestedLayout], now: datetime) -> None:
    for layout in layouts:
        keep_begun(session, layout.warehouse_id, layout.begun, now)
    columns = (
        "move_id", "warehouse_id", "batch_id", "product_id", "from_slot_id", "to_slot_id", "rank", "exchange_id",
        "quantity", "metres_saved_per_day", "minutes", "reasons", "status", "created_at",
    )  # fmt: skip
    moves = [(layout, list(_rows_of_moves(layout, _keep_batch(session, layout, now), now))) for layout in layouts]
    session.flush()
    rows = [row for _, of_layout in moves for row in of_layout]
    write_rows(session.connection(), cast(Table, tables.MoveRow.__table__), columns, rows)
    events = (
        telling.suggested(
            layout.warehouse_id, layout.origin, [dict(zip(columns, row, strict=True)) for row in of_it], now
        )
        for layout, of_it in moves
        if of_it
    )
    write_events(session, events, now)


def _keep_batch(session: Session, layout: SuggestedLayout, now: datetime) -> str | None:
    """The id under which the moves of a layout are kept together; None where there are none."""
    if not layout.moves:
        return None
    expected = layout.expected
    batch = tables.MoveBatchRow(
        batch_id=uuid4().hex,
        warehouse_id=layout.warehouse_id,
        created_at=now,
        lines=0 if expected is None else expected.lines,
        metres_before=None if expected is None else expected.before,
        metres_after=None if expected is None else expected.after,
    )
    session.add(batch)
    return batch.batch_id


def _rows_of_moves(layout: SuggestedLayout, batch_id: str | None, now: datetime) -> Iterator[tuple[Any, ...]]:
    exchange_ids = {move.exchange: uuid4().hex for move in layout.moves if move.exchange is not None}
    for move in layout.moves:
        yield (
            uuid4().hex,
            layout.warehouse_id,
            batch_id,
            move.product_id,
            move.from_slot_id,
            move.to_slot_id,
            len(layout.begun.move_ids) + move.rank,
            None if move.exchange is None else exchange_ids[move.exchange],
            Decimal(f"{move.quantity:.3f}"),
            move.metres_saved_per_day,
            move.minutes,
            [reason.as_dict() for reason in move.reasons],
            tables.MoveStatus.SUGGESTED,
            now,
        )
