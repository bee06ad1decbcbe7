"""The floor plan of a sample warehouse: zones by band on both sides of a corridor, racks with slots, what lies where.

Metres, with the packing bench at the corridor's left end. In a zone, aisles run away from the corridor; slots stand on
both sides of an aisle, three shelves high. A walk follows the corridor to the aisle and the aisle to the slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import Extent
from data.sample.shelves import Shelves
from data.sample.streams import stream
from data.tables import Band

AISLE_M, BAY_M, CORRIDOR_M = 3.0, 1.0, 2.4  # an aisle with its two racks; a bay along the rack; the corridor
BAYS = 8
BENCH = (0.0, BAYS * BAY_M + CORRIDOR_M / 2)
SHELVES_L = (420, 280, 160)  # from the floor upwards
SPARE = 1.2  # slots for each product


@dataclass(frozen=True)
class ZonePlan:
    """What a zone is for, its limits (C), and on which side of the corridor it lies."""

    code: str
    name: str
    band: Band
    low_c: float | None
    high_c: float | None
    upper: bool


# bands as in common practice; fruit that gives off ethylene lies apart from what it harms, meat apart from both
ZONES: Sequence[ZonePlan] = (
    ZonePlan("LEAF", "Leaf vegetables", Band.LEAF, 1.0, 4.0, True),
    ZonePlan("VEG", "Chilled vegetables", Band.CHILLED, 0.0, 4.0, True),
    ZonePlan("FRUIT", "Chilled fruit", Band.CHILLED, 0.0, 4.0, True),
    ZonePlan("MEAT", "Meat and dairy", Band.CHILLED, 0.0, 4.0, False),
    ZonePlan("WARM", "Tropical and fruiting", Band.TROPICAL, 10.0, 13.0, False),
    ZonePlan("DRY", "Dry goods", Band.AMBIENT, 10.0, 25.0, False),
    ZonePlan("FROZEN", "Frozen", Band.FROZEN, None, -18.0, False),
)
_CHILLED_ZONE = {"other vegetables": "VEG", "fruit": "FRUIT", "meat": "MEAT", "dairy": "MEAT"}
_ZONE_OF_BAND = {Band.LEAF: "LEAF", Band.TROPICAL: "WARM", Band.AMBIENT: "DRY", Band.FROZEN: "FROZEN"}


@dataclass(frozen=True)
class Floor:
    """Rows of the tables zones, limits, slots and sensors."""

    zones: list[tuple[object, ...]]
    limits: list[tuple[object, ...]]
    slots: list[tuple[object, ...]]
    sensors: list[tuple[str, str, str]]


def lay_out_floors(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Floor:
    """Every warehouse's floor. Products lie roughly by how much space they take and how much they sold when they
    were last put away, which is not how they sell today."""
    random = stream(extent.seed, "floor")
    floor = Floor([], [], [], [])
    codes = np.array(
        [_ZONE_OF_BAND.get(product.band) or _CHILLED_ZONE[product.category] for product in catalogue.products]
    )
    litres = np.array([float(product.volume_l * product.portion) for product in catalogue.products])
    peak_l = shelves.peak[-28:].max(0) * litres
    sold = shelves.sold[-28:].sum((0, 3))
    for number, warehouse_id in enumerate(extent.warehouse_ids):
        stretch = {True: 0.0, False: 0.0}  # how far each side of the corridor is built up
        for plan in ZONES:
            members = np.flatnonzero(codes == plan.code)
            remembered = sold[number, members] * random.lognormal(0, 0.9, len(members))
            _lay_out_zone(
                extent, floor, warehouse_id, plan, stretch, catalogue, members, peak_l[number, members], remembered
            )
    return floor


def _lay_out_zone(
    extent: Extent,
    floor: Floor,
    warehouse_id: str,
    plan: ZonePlan,
    stretch: dict[bool, float],
    catalogue: Catalogue,
    members: NDArray[np.int64],
    space_l: NDArray[np.float64],
    remembered: NDArray[np.float64],
) -> None:
    zone_id = f"{warehouse_id}-{plan.code}"
    per_aisle = 2 * BAYS * len(SHELVES_L)
    aisles = max(-(-int(np.ceil(len(members) * SPARE)) // per_aisle), 1)
    x0 = stretch[plan.upper]
    depth, width = BAYS * BAY_M, aisles * AISLE_M
    y0 = depth + CORRIDOR_M if plan.upper else 0.0
    stretch[plan.upper] += width
    floor.zones.append((zone_id, warehouse_id, plan.name, plan.band, x0, y0, width, depth))
    floor.limits.append((zone_id, extent.moment(extent.day(-30)), plan.low_c, plan.high_c, 30, 30))
    for at, name in ((1, "by the door"), (2, "at the back")):
        floor.sensors.append((f"{zone_id}-T{at}", zone_id, f"{plan.name}, {name}"))

    places: list[tuple[str, float, float, float, int]] = []
    for aisle in range(aisles):
        walk_x = x0 + (aisle + 0.5) * AISLE_M
        for bay in range(BAYS):
            into = (bay + 0.5) * BAY_M
            y = y0 + into if plan.upper else y0 + depth - into
            for side, x in (("L", walk_x - 1.2), ("R", walk_x + 1.2)):
                distance = round(walk_x - BENCH[0] + CORRIDOR_M / 2 + into, 2)
                for level, volume in enumerate(SHELVES_L, start=1):
                    code = f"{zone_id}-{aisle + 1:02d}{side}{bay + 1:02d}-{level}"
                    places.append((code, round(x, 2), round(y, 2), distance, volume))
    lies_in = _put_away([place[4] for place in places], [place[3] for place in places], space_l, remembered)
    for at, (code, x, y, distance, volume) in enumerate(places):
        member = lies_in.get(at)
        product_id = None if member is None else catalogue.products[members[member]].product_id
        floor.slots.append((code, warehouse_id, zone_id, x, y, distance, Decimal(volume), product_id))


def _put_away(
    volumes: Sequence[int], distances: Sequence[float], space_l: NDArray[np.float64], remembered: NDArray[np.float64]
) -> dict[int, int]:
    """Which product (number) lies in which place (number). What needs a large place chose first; among those, what
    sold most as remembered took the nearest free place that holds it."""
    free = sorted(range(len(volumes)), key=lambda place: (distances[place], place))
    size = np.searchsorted(sorted(SHELVES_L), space_l)
    lies_in: dict[int, int] = {}
    for member in np.lexsort((-remembered, -size)).tolist():
        fitting = (place for place in free if volumes[place] >= space_l[member])
        place = next(fitting, None)
        if place is None:
            place = max(free, key=lambda place: volumes[place])
        free.remove(place)
        lies_in[place] = member
    return lies_in
