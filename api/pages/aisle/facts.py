"""All that a phone knows of a warehouse, in words: slots, products with their lots, zones as they are now, moves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.aisle.move_cards import move_cards
from api.pages.rendering import short_slot
from api.pages.texts import celsius, day, exact_quantity, moment, number, say
from api.security import Principal, Scope
from data.frames.barred_places import zones_in_alarm
from data.frames.lots_as_of import lots_as_of
from data.tables import ProductRow, SlotRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.zones_now import ZoneNow, zones_now
from flows.settings import Settings
from flows.stock.lots_ageing import lives_of_lots

Fact = dict[str, Any]


def facts_of(session: Session, warehouse: WarehouseRow, who: Principal, now: datetime, settings: Settings) -> Fact:
    """The facts of a warehouse as the page's scripts take them; climate for who may read it."""
    slots = session.scalars(
        select(SlotRow).where(SlotRow.warehouse_id == warehouse.warehouse_id).order_by(SlotRow.slot_id)
    ).all()
    lots = _lots(session, warehouse, now)
    products = _products(session, {slot.product_id for slot in slots if slot.product_id} | lots.keys())
    return {
        "as_of": say("aisle.as_of", at=moment(now, warehouse.timezone)),
        "slots": [
            {
                "id": slot.slot_id,
                "name": short_slot(slot.slot_id, warehouse),
                "zone": slot.zone_id,
                "product": slot.product_id,
                "unusable": slot.unusable_because and say("slots.unusable", because=slot.unusable_because),
            }
            for slot in slots
        ],
        "products": {
            product_id: {
                "name": product.name,
                "names": product.all_names,
                "lots": [_lot(lot, product) for lot in lots.get(product_id, [])],
            }
            for product_id, product in products.items()
        },
        "zones": _zones(session, warehouse, who, now, settings),
        "moves": move_cards(session, warehouse, now),
    }


def _products(session: Session, product_ids: set[str]) -> dict[str, ProductRow]:
    rows = session.scalars(select(ProductRow).order_by(ProductRow.product_id))
    return {row.product_id: row for row in rows if row.product_id in product_ids}


def _lots(session: Session, warehouse: WarehouseRow, now: datetime) -> dict[str, list[Any]]:
    """By product its lots with the life that they have left, first expired first."""
    lots = lots_as_of(session, [warehouse.warehouse_id], now, something_left=True)
    lives = lives_of_lots(session, warehouse, lots, now)
    by_product: defaultdict[str, list[Any]] = defaultdict(list)
    for lot in sorted(lots, key=lambda lot: (lot.expires_on is None, lot.expires_on, lot.received_at)):
        by_product[lot.product_id].append((lot, lives[lot.lot_id].days_left))
    return by_product


def _lot(found: Any, product: ProductRow) -> Fact:
    lot, days_left = found
    return {
        "lot": lot.lot_id,
        "expires": day(lot.expires_on) if lot.expires_on else say("aisle.keeps"),
        "left": "" if days_left is None else say("aisle.days_left", days=number(days_left, 1)),
        "urgent": days_left is not None and days_left <= 1,
        "quantity": exact_quantity(lot.on_hand, product.unit),
        "blocked": lot.blocked_because and say("aisle.blocked", because=lot.blocked_because),
    }


def _zones(session: Session, warehouse: WarehouseRow, who: Principal, now: datetime, settings: Settings) -> Fact:
    names: Mapping[str, str] = dict(
        session.execute(
            select(ZoneRow.zone_id, ZoneRow.name).where(ZoneRow.warehouse_id == warehouse.warehouse_id)
        ).tuples().all()
    )  # fmt: skip
    if not who.may(Scope.ALARMS_READ):
        return {zone_id: {"name": name, "said": "", "state": "", "state_word": ""} for zone_id, name in names.items()}
    in_alarm = zones_in_alarm(session, warehouse.warehouse_id)
    return {
        zone.zone.zone_id: _climate(zone, zone.zone.zone_id in in_alarm)
        for zone in zones_now(session, warehouse.warehouse_id, now, settings.sensor_silent_after)
    }


def _climate(zone: ZoneNow, in_alarm: bool) -> Fact:
    """What a zone's sensor said last, when, and how that is; a temperature alarm that goes on counts as one even where
    the sensor is silent."""
    state = "alarm" if in_alarm else zone.state
    heard = zone.last_heard
    said = say("aisle.no_reading")
    if heard is not None and heard.heard.taken_at is not None:
        at = moment(heard.heard.taken_at, zone.warehouse.timezone)
        said = say("aisle.reading", c=celsius(heard.heard.temperature_c), at=at)
    return {"name": zone.zone.name, "said": said, "state": str(state), "state_word": say(f"zone.{state}")}
