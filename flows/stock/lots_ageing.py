"""How the lots of a warehouse aged by the temperatures of the zones they lie in.

A lot lies where its product's slots are, or else in the zones of its product's band; of several zones the mean counts.
It is taken to have lain there since it was received.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from data.frames.goods import goods_of, own_shelf_life_classes, zones_of_products
from data.frames.lots_as_of import lots_as_of
from data.frames.zone_temperatures import mean_of, zone_temperatures
from data.local_days import today_there
from data.tables import ShelfLifeClassRow, WarehouseRow
from data.whole_hours import HOUR, begin_of_hour
from warehouse.stock.lot_ageing import AgesBy, LotAgeing, LotLife, age_lot, lot_life
from warehouse.stock.shelf_life import Goods, ShelfLifeClass, class_of, classes_in_force


class Lot(Protocol):
    """What of a lot tells how it ages."""

    @property
    def lot_id(self) -> str: ...
    @property
    def product_id(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def expires_on(self) -> date | None: ...


LOOKED_BACK: Final = timedelta(days=28)  # what was before counts as not seen, so that a page does not cost a year

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Zones = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Kept:
    """How warm it was in some zones together, hour by hour from `first` up to `now`."""

    first: datetime
    now: datetime
    temperatures: Floats
    days: Days

    def since(self, received_at: datetime) -> tuple[Floats, Floats, Days]:
        """Temperature, hours and local day of each stretch in which something received then has been here; what came
        before the first hour begins with a stretch that was not seen."""
        start = max(int((begin_of_hour(received_at) - self.first) / HOUR), 0)
        count = len(self.temperatures)
        edges = np.arange(start, count + 1, dtype=float)
        edges[0] = max((received_at - self.first) / HOUR, 0.0)
        edges[-1] = (self.now - self.first) / HOUR
        before = max((self.first - received_at) / HOUR, 0.0)
        temperatures = np.concatenate([[np.nan], self.temperatures[start:]])
        return (
            temperatures,
            np.concatenate([[before], np.diff(edges)]),
            np.concatenate([self.days[:1], self.days[start:]]),
        )


def ageing_of_lots(session: Session, place: WarehouseRow, lots: Sequence[Lot], now: datetime) -> dict[str, LotAgeing]:
    """By lot of the warehouse, how it aged up to `now`, as known then."""
    goods = goods_of(session, {lot.product_id for lot in lots})
    classes = shelf_life_classes(session)
    class_by_product = {
        name: class_of(Goods(one.band, one.category, one.subcategory), classes) for name, one in goods.items()
    }
    zones = {
        name: tuple(of_it) for name, of_it in zones_of_products(session, place.warehouse_id, goods.values()).items()
    }
    found: dict[str, LotAgeing] = {}
    by_temperature: list[tuple[Lot, ShelfLifeClass]] = []
    for lot in lots:
        of = class_by_product[lot.product_id]
        if lot.expires_on is None:
            found[lot.lot_id] = LotAgeing(AgesBy.CALENDAR_KEEPS)
        elif of is None:
            found[lot.lot_id] = LotAgeing(AgesBy.CALENDAR_NO_CLASS)
        elif lot.product_id not in zones:
            found[lot.lot_id] = LotAgeing(AgesBy.CALENDAR_NO_ZONE, shelf_life_class=of)
        else:
            by_temperature.append((lot, of))
    kept = _kept_since(session, place, [lot for lot, _ in by_temperature], zones, now)
    for lot, of in by_temperature:
        here = kept[zones[lot.product_id]].since(min(lot.received_at, now))
        found[lot.lot_id] = age_lot(*here, of)
    return found


def life_of_lot(session: Session, place: WarehouseRow, lot: Lot, now: datetime) -> LotLife:
    """The life left of a lot of the warehouse."""
    return lives_of_lots(session, place, [lot], now)[lot.lot_id]


def least_days_left(session: Session, place: WarehouseRow, now: datetime) -> dict[str, float]:
    """By product, for how many days its lot with the least life left may still be dispatched: of lots of which
    something was left at their last count, and that are not blocked; what keeps is absent."""
    lots = lots_as_of(session, [place.warehouse_id], now, something_left=True)
    lives = lives_of_lots(session, place, [lot for lot in lots if lot.blocked_because is None], now)
    least: dict[str, float] = {}
    for lot in lots:
        days = lives[lot.lot_id].days_left if lot.lot_id in lives else None
        if days is not None:
            least[lot.product_id] = min(days, least.get(lot.product_id, days))
    return least


def lives_of_lots(session: Session, place: WarehouseRow, lots: Sequence[Lot], now: datetime) -> dict[str, LotLife]:
    """By lot of the warehouse, the life that it has left, as known at `now`."""
    today = today_there(now, place.timezone)
    ageing = ageing_of_lots(session, place, lots, now)
    return {lot.lot_id: lot_life(lot.expires_on, ageing[lot.lot_id], today) for lot in lots}


def shelf_life_classes(session: Session) -> list[ShelfLifeClass]:
    """The classes in force: the shop's own first, then those that come with the product."""
    return classes_in_force(_as_class(row) for row in own_shelf_life_classes(session))


def _as_class(row: ShelfLifeClassRow) -> ShelfLifeClass:
    return ShelfLifeClass(
        row.class_id,
        row.q10,
        row.reference_c,
        row.valid_from_c,
        row.valid_until_c,
        row.chilling_below_c,
        row.source,
        Goods(row.band, row.category, row.subcategory),
    )


def _kept_since(
    session: Session, place: WarehouseRow, lots: Sequence[Lot], zones: Mapping[str, Zones], now: datetime
) -> dict[Zones, _Kept]:
    """By the zones that products lie in, how warm it was since the first of the lots came, LOOKED_BACK at most."""
    if not lots:
        return {}
    since = max(min(min(lot.received_at for lot in lots), now), now - LOOKED_BACK)
    together = {zones[lot.product_id] for lot in lots}
    by_zone = zone_temperatures(session, {zone_id for some in together for zone_id in some}, since, now)
    first, there = begin_of_hour(since), ZoneInfo(place.timezone)
    hours = int((begin_of_hour(now) - first) / HOUR) + 1
    days = np.array([(first + HOUR * hour).astimezone(there).toordinal() for hour in range(hours)])
    return {
        some: _Kept(first, now, mean_of([by_zone[zone_id].temperatures for zone_id in some], hours), days)
        for some in together
    }
