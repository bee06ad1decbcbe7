"""What bars products from places of a warehouse now: slots that cannot be used or are busy, zones whose temperature is
in alarm, and moves that staff refused."""

from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from data.tables import AlarmRow, LotRow, MoveRow, MoveStatus, OrderLineRow, SlotRow

OF_TEMPERATURE = ("too_warm", "too_cold")


def is_in_alarm(zone_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether a temperature alarm of a zone goes on."""
    return exists().where(AlarmRow.zone_id == zone_id, AlarmRow.kind.in_(OF_TEMPERATURE), AlarmRow.ended_at.is_(None))


def unusable_slots(session: Session, warehouse_id: str) -> dict[str, str]:
    """Why slots cannot be used, by slot_id."""
    why = SlotRow.unusable_because
    query = select(SlotRow.slot_id, why).where(SlotRow.warehouse_id == warehouse_id, why.is_not(None))
    return {slot_id: str(because) for slot_id, because in session.execute(query)}


def zones_in_alarm(session: Session, warehouse_id: str) -> set[str]:
    """The zones of which a temperature alarm goes on."""
    query = select(AlarmRow.zone_id).where(
        AlarmRow.warehouse_id == warehouse_id, AlarmRow.kind.in_(OF_TEMPERATURE), AlarmRow.ended_at.is_(None)
    )
    return set(session.scalars(query))


def refused_moves(session: Session, warehouse_id: str) -> set[tuple[str, str]]:
    """(product_id, slot_id): staff refused to carry that product into that slot, and nobody has done it since."""
    since = aliased(MoveRow)
    done_since = exists().where(
        since.to_slot_id == MoveRow.to_slot_id,
        since.product_id == MoveRow.product_id,
        since.status == MoveStatus.DONE,
        since.decided_at > MoveRow.decided_at,
    )
    refused = select(MoveRow.product_id, MoveRow.to_slot_id).where(
        MoveRow.warehouse_id == warehouse_id, MoveRow.status == MoveStatus.REFUSED, ~done_since
    )
    return set(session.execute(refused.distinct()).tuples())


def busy_slots(session: Session, warehouse_id: str, today: date) -> set[str]:
    """The slots of products that are still to be picked for today, since they were ordered ahead, or of which a lot
    expires today."""
    line, lot = OrderLineRow, LotRow
    ahead = select(line.product_id).where(line.warehouse_id == warehouse_id, line.wanted_on == today, line.quantity > 0)
    expiring = select(lot.product_id).where(
        lot.warehouse_id == warehouse_id, lot.expires_on == today, lot.quantity_on_hand > 0
    )
    query = select(SlotRow.slot_id).where(
        SlotRow.warehouse_id == warehouse_id, SlotRow.product_id.in_(ahead) | SlotRow.product_id.in_(expiring)
    )
    return set(session.scalars(query))
