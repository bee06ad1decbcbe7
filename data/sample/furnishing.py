"""Made-up terms for warehouses of which only sales are known, so that a plan and slots can be tried on them.

A public data set such as FreshRetailNet has neither farms, prices and shelf lives nor floors. What is missing, and only
that, is drawn from a seed in the ranges of the sample region: it says nothing about the shop the sales came from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from numpy.random import Generator
from sqlalchemy import Connection, Engine, Table, func, select

from data.bulk import write_rows
from data.database import writing
from data.sample.farms import MARKUP, as_price
from data.sample.floor import AISLE_M, BAY_M, CORRIDOR_M, SPARE
from data.sample.streams import stream
from data.tables import (
    Band,
    DailySalesRow,
    FloorPoint,
    FloorPointRow,
    OfferRow,
    OfferTierRow,
    ProductRow,
    SlotRow,
    SupplierRow,
    ZoneRow,
)

SUPPLIERS = 40
OFFERS_EACH = 2
EVERY_DAY = "1,2,3,4,5,6,7"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
SLOT_L, SLOT_KG = Decimal(200), Decimal(150)
BAYS = 8  # a side of an aisle


@dataclass(frozen=True)
class Furnished:
    """How much was made up."""

    products: int
    offers: int
    slots: int


def furnish(engine: Engine, seed: int = 1) -> Furnished:
    """Gives products without a shelf life, price or volume some, products without an offer two, and warehouses that
    have sales and no zone a floor. Safe to repeat: what is there stays as it is."""
    with writing(engine) as session:
        connection = session.connection()
        sold = _mean_daily_sales(connection)
        products = _complete_products(connection, stream(seed, "furnished products"), sorted(sold))
        offers = _make_offers(connection, stream(seed, "furnished offers"), sold)
        slots = _make_floors(connection, stream(seed, "furnished floors"))
    return Furnished(products, offers, slots)


def _mean_daily_sales(connection: Connection) -> dict[str, float]:
    """Units a day in one warehouse by product, of the products that are sold anywhere."""
    query = select(DailySalesRow.product_id, func.avg(DailySalesRow.sales)).group_by(DailySalesRow.product_id)
    return {product_id: float(mean) for product_id, mean in connection.execute(query)}


def _complete_products(connection: Connection, random: Generator, sold: Sequence[str]) -> int:
    query = select(ProductRow.product_id, ProductRow.shelf_life_days, ProductRow.list_price, ProductRow.volume_l)
    found = {row.product_id: row for row in connection.execute(query.order_by(ProductRow.product_id))}
    completed = 0
    table = cast(Table, ProductRow.__table__)
    for product_id in sold:
        life, price, volume = random.integers(2, 8), random.uniform(5, 30), random.uniform(1.2, 3)
        row = found[product_id]
        if None not in (row.shelf_life_days, row.list_price, row.volume_l):
            continue
        completed += 1
        connection.execute(
            table.update()
            .where(table.c.product_id == product_id)
            .values(
                shelf_life_days=row.shelf_life_days or int(life),
                list_price=row.list_price if row.list_price is not None else as_price(price),
                volume_l=row.volume_l if row.volume_l is not None else Decimal(f"{volume:.3f}"),
            )
        )
    return completed


def _make_offers(connection: Connection, random: Generator, sold: dict[str, float]) -> int:
    offered = set(connection.scalars(select(OfferRow.product_id)))
    lacking = [product_id for product_id in sorted(sold) if product_id not in offered]
    if not lacking:
        return 0
    names = [(f"furnished-{n:02d}", f"Made-up farm {n}", "farm") for n in range(1, SUPPLIERS + 1)]
    write_rows(connection, cast(Table, SupplierRow.__table__), ["supplier_id", "name", "kind"], names)
    priced = connection.execute(select(ProductRow.product_id, ProductRow.list_price))
    prices = {row.product_id: row.list_price for row in priced}
    offers, tiers = [], []
    for product_id in lacking:
        pack = Decimal("0.5") if sold[product_id] < 2 else Decimal(max(1, round(sold[product_id] / 4)))
        for supplier in random.choice(SUPPLIERS, OFFERS_EACH, replace=False):
            offer_id = f"furnished-{product_id}-{supplier + 1:02d}"
            offers.append(
                (offer_id, names[supplier][0], product_id, pack, pack, None, 1, EVERY_DAY, ALWAYS.date(), ALWAYS)
            )
            cost = float(prices[product_id] or 0) / MARKUP * random.uniform(0.93, 1.1)
            tiers += [(offer_id, Decimal(0), as_price(cost)), (offer_id, 20 * pack, as_price(0.95 * cost))]
    columns = ["offer_id", "supplier_id", "product_id", "pack_size", "min_quantity", "daily_capacity"]
    columns += ["lead_time_days", "delivery_weekdays", "valid_from", "known_at"]
    write_rows(connection, cast(Table, OfferRow.__table__), columns, offers)
    write_rows(connection, cast(Table, OfferTierRow.__table__), ["offer_id", "min_quantity", "unit_price"], tiers)
    return len(offers)


def _make_floors(connection: Connection, random: Generator) -> int:
    has_floor = select(ZoneRow.warehouse_id)
    query = (
        select(DailySalesRow.warehouse_id, DailySalesRow.product_id, ProductRow.band)
        .join(ProductRow, ProductRow.product_id == DailySalesRow.product_id)
        .where(DailySalesRow.warehouse_id.not_in(has_floor))
        .distinct()
        .order_by(DailySalesRow.warehouse_id, ProductRow.band, DailySalesRow.product_id)
    )
    floors: dict[str, dict[Band, list[str]]] = {}
    for warehouse_id, product_id, band in connection.execute(query):
        floors.setdefault(warehouse_id, {}).setdefault(Band(band), []).append(product_id)
    zones: list[tuple[object, ...]] = []
    slots: list[tuple[object, ...]] = []
    points: list[tuple[object, ...]] = []
    for warehouse_id, by_band in floors.items():
        left = 0.0
        for band, products in by_band.items():
            aisles = -(-round(len(products) * SPARE) // (2 * BAYS))
            zone_id, width = f"{warehouse_id}-{band}", aisles * AISLE_M
            zones.append((zone_id, warehouse_id, band.capitalize(), band, left, 0.0, width, BAYS * BAY_M))
            lying = [*products, *[None] * (aisles * 2 * BAYS - len(products))]
            slots += _slots(warehouse_id, zone_id, left, [lying[at] for at in random.permutation(len(lying))])
            left += width
        at = {FloorPoint.START: 0.0, FloorPoint.PACKING: 0.0, FloorPoint.DOCK: left}
        points += [(warehouse_id, point, x, -CORRIDOR_M / 2) for point, x in at.items()]
    columns = ["zone_id", "warehouse_id", "name", "band", "x_m", "y_m", "width_m", "depth_m"]
    write_rows(connection, cast(Table, ZoneRow.__table__), columns, zones)
    write_rows(connection, cast(Table, FloorPointRow.__table__), ["warehouse_id", "point", "x_m", "y_m"], points)
    columns = ["slot_id", "warehouse_id", "zone_id", "x_m", "y_m", "distance_m", "volume_l", "product_id"]
    columns += ["aisle", "bay", "level", "max_weight_kg"]
    write_rows(connection, cast(Table, SlotRow.__table__), columns, slots)
    return len(slots)


def _slots(warehouse_id: str, zone_id: str, left: float, lying: Sequence[str | None]) -> Iterator[tuple[object, ...]]:
    """The slots of a zone, on both sides of its aisles, which lead away from the corridor at y below 0."""
    for at, product_id in enumerate(lying):
        aisle, place = divmod(at, 2 * BAYS)
        side, bay = divmod(place, BAYS)
        walk = left + (aisle + 0.5) * AISLE_M
        x, into = walk + (1.2 if side else -1.2), (bay + 0.5) * BAY_M
        of_aisle, distance_m = f"{zone_id}-{aisle + 1:02d}", round(walk + CORRIDOR_M / 2 + into, 2)
        code = f"{of_aisle}{'LR'[side]}{bay + 1:02d}"
        yield (
            *(code, warehouse_id, zone_id, round(x, 2), into, distance_m, SLOT_L, product_id),
            *(of_aisle, bay + 1, 0, SLOT_KG),
        )
