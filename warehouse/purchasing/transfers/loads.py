"""The warehouses that a plan may carry stock between, and which of their stock comes into question."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from warehouse.purchasing.need.needs import Need, WarehouseOutlook
from warehouse.purchasing.plan import NOT_BOUGHT, PlanReason
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.transfers.ways import Way

Asked = tuple[Need, Supply]
WorkOut = Callable[[WarehouseOutlook], Sequence[Asked]]

A_UNIT: Final = 1 - 1e-6  # what a sum over scenarios may make of one
WAREHOUSES_TRIED: Final = 3  # for a product's lots that end on a day
NOT_SOLD: Final = NOT_BOUGHT | {PlanReason.NO_FORECAST}


@dataclass(frozen=True)
class Place:
    """A warehouse of a plan: what it has and expects, its needs with what they can be met by, and how these are worked
    out again for another outlook; `often`: the same for who asks again and again about a few products; `later`: the
    needs of deliveries after the next one, for which some must be asked now (None: they are not looked at)."""

    outlook: WarehouseOutlook
    asked: Sequence[Asked]
    again: WorkOut
    often: Callable[[], WorkOut]
    later: WorkOut | None = None


@dataclass(frozen=True)
class Load:
    """What might be carried on a way: of a product's lots that end on a day, up to `most` whole units, which are
    expected to expire."""

    way: Way
    product_id: str
    last_day: date
    most: int


def loads(places: Mapping[str, Place], ways: Sequence[Way]) -> Iterator[Load]:
    """Stock that is expected to expire, where it can still be dispatched once it has come, and is lacking there: it
    must come by the delivery that is planned for it. Of several warehouses those that lack most of it."""
    needs = {name: {need.product_id: need for need, _ in place.asked} for name, place in places.items()}
    for name, place in places.items():
        by_product = _by_product_and_day(place)
        from_here = [way for way in ways if way.from_warehouse_id == name]
        for product_id, by_day in by_product.items():
            source = needs[name].get(product_id)
            lacking = {way: _lacking(needs[way.to_warehouse_id].get(product_id), way) for way in from_here}
            if source is None or not any(lacking.values()):
                continue
            for last_day, there in by_day.items():
                if most := int(min(source.expires.get(last_day, 0.0), there) + 1 - A_UNIT):
                    in_time = [way for way in from_here if lacking[way] and way.arrives <= last_day]
                    wanted = sorted(in_time, key=lambda way: (-min(lacking[way], most), way.drive_cost, way.ends))
                    yield from (Load(way, product_id, last_day, most) for way in wanted[:WAREHOUSES_TRIED])


def _lacking(need: Need | None, way: Way) -> float:
    """How much will be short, from a unit on, that can still come before the delivery; else 0."""
    if need is None or way.arrives > need.covers_from or any(reason.code in NOT_SOLD for reason in need.reasons):
        return 0.0
    short = need.short_before + need.lack.short(0.0)
    return short if short >= A_UNIT else 0.0


def _by_product_and_day(place: Place) -> dict[str, dict[date, float]]:
    """How much there is of each product, by its last day."""
    found: dict[str, dict[date, float]] = {}
    for lot in place.outlook.lots:
        if lot.last_day is not None:
            by_day = found.setdefault(lot.product_id, {})
            by_day[lot.last_day] = by_day.get(lot.last_day, 0.0) + float(lot.quantity)
    return found
