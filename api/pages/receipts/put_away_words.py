"""Where goods are put, in words."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.rendering import short_slot
from api.pages.texts import paragraph, quantity, say, slot_sentences
from data.tables import ProductRow, WarehouseRow, ZoneRow
from warehouse.slotting.putting_away import PutAway


def zone_names(session: Session, warehouse_id: str) -> dict[str, str]:
    """What the zones of a warehouse are called, by id."""
    query = select(ZoneRow.zone_id, ZoneRow.name).where(ZoneRow.warehouse_id == warehouse_id)
    return dict(session.execute(query).tuples().all())


def why_nowhere(goes: Sequence[PutAway], zones: Mapping[str, str]) -> str:
    """The rules that leave no place for some of it; "" where all has one."""
    return paragraph(slot_sentences([reason.as_dict() for one in goes for reason in one.reasons], zones))


def goes_to(goes: Sequence[PutAway], product: ProductRow, place: WarehouseRow, zones: Mapping[str, str]) -> str:
    """In one sentence: the slots, each with how much goes there, and why some of it goes nowhere."""
    slots = [
        say("put_away.part", slot=short_slot(one.slot_id, place), quantity=quantity(one.quantity, product.unit))
        for one in goes
        if one.slot_id is not None
    ]
    sentence = say("put_away.goes", slots=say("mark.listed").join(slots)) if slots else ""
    nowhere = [quantity(one.quantity, product.unit) for one in goes if one.slot_id is None]
    lacking = [say("put_away.no_place", quantity=lacks, why=why_nowhere(goes, zones)) for lacks in nowhere]
    return paragraph([sentence, *lacking])
