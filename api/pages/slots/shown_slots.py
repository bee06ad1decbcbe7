"""A warehouse's slots as its pages show them: what lies in each, how often that is picked, and where it should lie."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ProductRow, SlotRow, SlotSuggestionRow, ZoneRow


@dataclass(frozen=True)
class ShownSlot:
    """A slot, what lies in it, how many order lines of that are expected a day (None: not forecast), where it should
    lie (None: here, or nothing is suggested; empty: no slot suits it), and for how many days its oldest lot can be
    dispatched (None: nothing is there)."""

    slot: SlotRow
    zone: ZoneRow
    product: ProductRow | None
    lines_per_day: float | None
    should_be_in: str | None
    days_left: float | None

    @property
    def is_here_rightly(self) -> bool:
        """Whether what lies here is suggested to lie here."""
        return self.lines_per_day is not None and self.should_be_in is None


class SlotSort(StrEnum):
    """By what the table of slots is sorted."""

    LINES = "lines"
    SLOT = "slot"
    PRODUCT = "product"
    LIFE = "life"
    DISTANCE = "distance"
    ZONE = "zone"


def slots_of(
    session: Session, warehouse_id: str, days_left: Mapping[str, float] = MappingProxyType({})
) -> list[ShownSlot]:
    """The warehouse's slots by id; `days_left` is by product."""
    suggested: defaultdict[str, list[SlotSuggestionRow]] = defaultdict(list)
    query = select(SlotSuggestionRow).where(SlotSuggestionRow.warehouse_id == warehouse_id)
    for one in session.scalars(query.order_by(SlotSuggestionRow.product_id, SlotSuggestionRow.number)):
        suggested[one.product_id].append(one)
    rows = session.execute(
        select(SlotRow, ZoneRow, ProductRow)
        .join(ZoneRow, ZoneRow.zone_id == SlotRow.zone_id)
        .outerjoin(ProductRow, ProductRow.product_id == SlotRow.product_id)
        .where(SlotRow.warehouse_id == warehouse_id)
        .order_by(SlotRow.slot_id)
    )
    return [
        _shown(slot, zone, product, suggested[slot.product_id or ""], days_left)
        for slot, zone, product in rows.tuples()
    ]


def _shown(
    slot: SlotRow,
    zone: ZoneRow,
    product: ProductRow | None,
    suggested: Sequence[SlotSuggestionRow],
    days_left: Mapping[str, float],
) -> ShownSlot:
    left = days_left.get(slot.product_id or "")
    if not suggested:
        return ShownSlot(slot, zone, product, None, None, left)
    here = next((one for one in suggested if one.slot_id == slot.slot_id), None)
    should_be_in = None if here else suggested[0].slot_id or ""
    return ShownSlot(slot, zone, product, (here or suggested[0]).lines_per_day, should_be_in, left)


def is_found(row: ShownSlot, words: str) -> bool:
    """Whether a slot, its zone or what lies in it is called so, in part; nothing asked finds nothing."""
    if not words:
        return False
    ids = (row.slot.slot_id, row.slot.product_id or "")
    named = (row.zone,) if row.product is None else (row.zone, row.product)
    return any(words.casefold() in id.casefold() for id in ids) or any(one.is_called_like(words) for one in named)


def in_order(rows: Sequence[ShownSlot], by: SlotSort) -> list[ShownSlot]:
    """The slots sorted, ties by their ids: the busiest and those with the least life left first, else rising."""
    keys = {
        SlotSort.LINES: lambda row: -(row.lines_per_day or 0),
        SlotSort.SLOT: lambda row: row.slot.slot_id,
        SlotSort.PRODUCT: lambda row: (row.product is None, row.product.name.casefold() if row.product else ""),
        SlotSort.LIFE: lambda row: (row.days_left is None, row.days_left or 0),
        SlotSort.DISTANCE: lambda row: row.slot.distance_m,
        SlotSort.ZONE: lambda row: row.zone.name.casefold(),
    }
    return sorted(rows, key=keys[by])
