"""The moves of a warehouse as cards, in the order in which to make them: those to be made, and those of the last hours
that can be taken back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import short_slot
from api.pages.texts import clock, exact_quantity, move_sentences, number, paragraph, say, signed_metres
from data.frames.barred_places import zones_in_alarm
from data.tables import TO_BE_MADE, MoveRow, MoveStatus, ProductRow, SlotRow, WarehouseRow, ZoneRow

SHOWN_FOR: Final = timedelta(hours=12)  # a shift and its overtime

Card = dict[str, Any]
Half = tuple[MoveRow, ProductRow, ZoneRow]


def move_cards(session: Session, warehouse: WarehouseRow, now: datetime) -> list[Card]:
    """A card for each step: a move, or the two of an exchange."""
    settled = MoveRow.status.in_([MoveStatus.DONE, MoveStatus.REFUSED]) | MoveRow.depended_on.is_not(None)
    rows = session.execute(
        select(MoveRow, ProductRow, ZoneRow)
        .join(ProductRow, ProductRow.product_id == MoveRow.product_id)
        .join(SlotRow, SlotRow.slot_id == MoveRow.to_slot_id)
        .join(ZoneRow, ZoneRow.zone_id == SlotRow.zone_id)
        .where(MoveRow.warehouse_id == warehouse.warehouse_id)
        .where(MoveRow.status.in_(TO_BE_MADE) | (settled & (MoveRow.decided_at > now - SHOWN_FOR)))
        .order_by(MoveRow.rank, MoveRow.move_id)
    )
    together: defaultdict[str, list[Half]] = defaultdict(list)
    for move, product, zone in rows:
        together[move.exchange_id or move.move_id].append((move, product, zone))
    in_alarm = zones_in_alarm(session, warehouse.warehouse_id)
    return [_card(halves, warehouse, in_alarm) for halves in together.values()]


def _card(halves: Sequence[Half], warehouse: WarehouseRow, in_alarm: set[str]) -> Card:
    """What a card shows. Of an exchange the half that is still to be made says how the whole stands."""
    moves = [move for move, _, _ in halves]
    leading = next((move for move in moves if move.status in TO_BE_MADE), moves[0])
    names = {product.product_id: product.name for _, product, _ in halves}
    minutes = [move.minutes for move in moves if move.minutes is not None]
    waits = next((zone.name for move, _, zone in halves if zone.zone_id in in_alarm), None)
    return {
        "key": leading.exchange_id or leading.move_id,
        "id": leading.move_id,
        "carries": [_carry(move, product, warehouse) for move, product, _ in halves],
        "metres": say("aisle.metres", metres=signed_metres(sum(move.metres_saved_per_day for move in moves))),
        "minutes": say("slots.minutes", minutes=number(sum(minutes))) if minutes else "",
        "because": paragraph(move_sentences(moves[0].reasons, names)),
        "waits": waits and say("slots.waits", zone=waits),
        "state": "partly_done" if _is_begun(moves) else str(leading.status),
        "said": _said(leading, warehouse),
    }


def _is_begun(moves: Sequence[MoveRow]) -> bool:
    """Whether a part was carried: of a move, or one of the products that change places."""
    carried = (MoveStatus.DONE, MoveStatus.PARTLY_DONE)
    to_be_made = any(move.status in TO_BE_MADE for move in moves)
    return to_be_made and any(move.status in carried for move in moves)


def _carry(move: MoveRow, product: ProductRow, warehouse: WarehouseRow) -> Card:
    carried = move.carried and say("slots.carried", quantity=exact_quantity(move.carried, product.unit))
    return {
        "id": move.move_id,
        "product": move.product_id,
        "name": product.name,
        "from": move.from_slot_id and short_slot(move.from_slot_id, warehouse),
        "to": short_slot(move.to_slot_id, warehouse),
        "quantity": _quantity(move, product),
        "carried": carried or "",
        "only": say("aisle.only", product=product.name),
    }


def _quantity(move: MoveRow, product: ProductRow) -> str:
    """What there is to carry; of a slot whose stock is gone that it is."""
    if move.quantity is None:
        return ""
    return exact_quantity(move.quantity, product.unit) if move.quantity else say("slots.no_stock")


def _said(move: MoveRow, warehouse: WarehouseRow) -> str:
    """Who settled it, when and why."""
    if move.depended_on:
        return say("slots.depended")
    if move.decided_at is None:
        return ""
    said = say("aisle.decided", by=move.decided_by or "", at=clock(move.decided_at, warehouse.timezone))
    return f"{said}: {move.decision_reason}" if move.decision_reason else said
