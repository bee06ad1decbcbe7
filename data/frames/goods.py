"""What goods are and where they lie: the band and category of products, the zones of their slots, the shop's own
shelf-life classes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Band, ProductRow, ShelfLifeClassRow, SlotRow, ZoneRow


@dataclass(frozen=True)
class ProductGoods:
    """What tells how a product is stored and how it ages."""

    product_id: str
    band: Band
    category: str
    subcategory: str | None


def goods_of(session: Session, product_ids: Collection[str]) -> dict[str, ProductGoods]:
    """By product."""
    query = select(ProductRow.product_id, ProductRow.band, ProductRow.category, ProductRow.subcategory)
    rows = (ProductGoods(*row) for row in session.execute(query).tuples())
    return {row.product_id: row for row in rows if row.product_id in product_ids}


def own_shelf_life_classes(session: Session) -> Sequence[ShelfLifeClassRow]:
    """The shop's own classes, by id."""
    return session.scalars(select(ShelfLifeClassRow).order_by(ShelfLifeClassRow.class_id)).all()


def zones_of_products(session: Session, warehouse_id: str, goods: Collection[ProductGoods]) -> dict[str, list[str]]:
    """By product, the zones in which it lies: those of its slots, or else those of its band; those of no zone are
    absent."""
    zones_of_band: defaultdict[Band, list[str]] = defaultdict(list)
    zones = select(ZoneRow.band, ZoneRow.zone_id).where(ZoneRow.warehouse_id == warehouse_id).order_by(ZoneRow.zone_id)
    for band, zone_id in session.execute(zones).tuples():
        zones_of_band[band].append(zone_id)
    slots = (
        select(SlotRow.product_id, SlotRow.zone_id)
        .where(SlotRow.warehouse_id == warehouse_id, SlotRow.product_id.is_not(None))
        .distinct()
        .order_by(SlotRow.zone_id)
    )
    by_slot: defaultdict[str | None, list[str]] = defaultdict(list)
    for product_id, zone_id in session.execute(slots).tuples():
        by_slot[product_id].append(zone_id)
    found = {one.product_id: by_slot.get(one.product_id) or zones_of_band[one.band] for one in goods}
    return {product_id: zones for product_id, zones in found.items() if zones}
