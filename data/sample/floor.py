"""The floor plan of a sample warehouse: zones by band beside each other between a front and a back corridor, racks with
slots, what lies where.

Metres, with the packing bench at the front corridor's left end, where tours start, and the dock at its right end.
Aisles run from one corridor to the other; slots stand on both sides of an aisle, three shelves high. A walk follows the
front corridor to the aisle and the aisle to the slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue, CatalogueProduct
from data.sample.extent import Extent
from data.sample.neighbours import Shelved
from data.sample.shelves import Shelves
from data.sample.streams import stream
from data.tables import Band, FloorPoint

AISLE_M, BAY_M, CORRIDOR_M = 3.0, 1.0, 2.4  # an aisle with its two racks; a bay along the rack; the corridor
BAYS = 8
BENCH = (0.0, BAYS * BAY_M + CORRIDOR_M / 2)
SHELVES_L = (420, 280, 160)  # from the floor upwards
SHELVES_KG = (300, 200, 120)  # as long-span shelving bears; oil, milk and roots are heavy before the space is full
SPARE = 1.2  # slots for each product


@dataclass(frozen=True)
class ZonePlan:
    """What a zone is for, its limits (C), and the relative humidity that it keeps (%), None: nobody looks."""

    code: str
    name: str
    band: Band
    low_c: float | None
    high_c: float | None
    humidity: tuple[float, float] | None


# bands as in common practice, humidity as USDA Handbook 66 asks for; fruit that gives off ethylene lies apart from what
# it harms, meat apart from both
ZONES: Sequence[ZonePlan] = (
    ZonePlan("LEAF", "Leaf vegetables", Band.LEAF, 1.0, 4.0, (92.0, 98.0)),
    ZonePlan("VEG", "Chilled vegetables", Band.CHILLED, 0.0, 4.0, (90.0, 97.0)),
    ZonePlan("FRUIT", "Chilled fruit", Band.CHILLED, 0.0, 4.0, (88.0, 95.0)),
    ZonePlan("MEAT", "Meat and dairy", Band.CHILLED, 0.0, 4.0, (75.0, 88.0)),
    ZonePlan("WARM", "Tropical and fruiting", Band.TROPICAL, 10.0, 13.0, (85.0, 93.0)),
    ZonePlan("DRY", "Dry goods", Band.AMBIENT, 10.0, 25.0, (45.0, 65.0)),
    ZonePlan("FROZEN", "Frozen", Band.FROZEN, None, -18.0, None),
)
_CHILLED_ZONE = {"other vegetables": "VEG", "fruit": "FRUIT", "meat": "MEAT", "dairy": "MEAT"}
_ZONE_OF_BAND = {Band.LEAF: "LEAF", Band.TROPICAL: "WARM", Band.AMBIENT: "DRY", Band.FROZEN: "FROZEN"}


@dataclass(frozen=True)
class Floor:
    """Rows of the tables zones, limits, floor_points, slots and sensors."""

    zones: list[tuple[object, ...]]
    limits: list[tuple[object, ...]]
    points: list[tuple[object, ...]]
    slots: list[tuple[object, ...]]
    sensors: list[tuple[str, str, str]]


@dataclass(frozen=True)
class _Place:
    """A place for a slot, not yet used."""

    code: str
    x_m: float
    y_m: float
    distance_m: float
    aisle: str
    bay: int
    level: int


def lay_out_floors(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Floor:
    """Every warehouse's floor. Products were put away as they came, into the nearest place that had room for them and
    no bad neighbours, if there was one; nobody sorted them by how they sell."""
    random = stream(extent.seed, "floor")
    floor = Floor([], [], [], [], [])
    codes = np.array(
        [_ZONE_OF_BAND.get(product.band) or _CHILLED_ZONE[product.category] for product in catalogue.products]
    )
    litres = np.array([float(product.volume_l * product.portion) for product in catalogue.products])
    peak_l = shelves.peak[-28:].max(0) * litres
    for number, warehouse_id in enumerate(extent.warehouse_ids):
        left = 0.0
        for plan in ZONES:
            members = np.flatnonzero(codes == plan.code)
            came = random.permutation(len(members))
            left = _lay_out_zone(
                extent, floor, warehouse_id, plan, left, catalogue, members, peak_l[number, members], came
            )
        at = {FloorPoint.START: BENCH, FloorPoint.PACKING: BENCH, FloorPoint.DOCK: (left, BENCH[1])}
        floor.points.extend((warehouse_id, point, *place) for point, place in at.items())
    return floor


def _lay_out_zone(
    extent: Extent,
    floor: Floor,
    warehouse_id: str,
    plan: ZonePlan,
    left: float,
    catalogue: Catalogue,
    members: NDArray[np.int64],
    space_l: NDArray[np.float64],
    came: NDArray[np.int64],
) -> float:
    """Adds the zone, whose left edge is given; returns its right edge. On the uppermost shelf, what is left free holds
    reserve."""
    zone_id = f"{warehouse_id}-{plan.code}"
    per_aisle = 2 * BAYS * len(SHELVES_L)
    aisles = max(-(-int(np.ceil(len(members) * SPARE)) // per_aisle), 1)
    depth, width = BAYS * BAY_M, aisles * AISLE_M
    humidity = plan.humidity or (None, None)
    floor.zones.append((zone_id, warehouse_id, plan.name, plan.band, left, 0.0, width, depth, *humidity))
    floor.limits.append((zone_id, extent.moment(extent.day(-30)), plan.low_c, plan.high_c, 30, 30))
    for at, name in ((1, "by the door"), (2, "at the back")):
        floor.sensors.append((f"{zone_id}-T{at}", zone_id, f"{plan.name}, {name}"))

    places: list[_Place] = []
    for aisle in range(aisles):
        walk_x = left + (aisle + 0.5) * AISLE_M
        for bay in range(BAYS):
            into = (bay + 0.5) * BAY_M
            for side, x in (("L", walk_x - 1.2), ("R", walk_x + 1.2)):
                distance = round(walk_x - BENCH[0] + CORRIDOR_M / 2 + into, 2)
                for level in range(len(SHELVES_L)):
                    code = f"{aisle + 1:02d}{side}{bay + 1:02d}-{level + 1}"
                    of_aisle = f"{plan.code}-{aisle + 1:02d}"
                    places.append(_Place(code, round(x, 2), round(depth - into, 2), distance, of_aisle, bay + 1, level))
    lies_in = _put_away(places, space_l, came, [catalogue.products[member] for member in members.tolist()])
    for at, place in enumerate(places):
        member = lies_in.get(at)
        product_id = None if member is None else catalogue.products[members[member]].product_id
        pick_face = member is not None or place.level < len(SHELVES_L) - 1
        litres, kilograms = Decimal(SHELVES_L[place.level]), Decimal(SHELVES_KG[place.level])
        floor.slots.append(
            (
                f"{zone_id}-{place.code}",
                warehouse_id,
                zone_id,
                place.x_m,
                place.y_m,
                place.distance_m,
                litres,
                product_id,
                place.aisle,
                place.bay,
                place.level,
                kilograms,
                pick_face,
            )
        )
    return left + width


def _put_away(
    places: Sequence[_Place],
    space_l: NDArray[np.float64],
    came: NDArray[np.int64],
    products: Sequence[CatalogueProduct],
) -> dict[int, int]:
    """Which product (number) lies in which place (number). What needs a large place chose first; among those, what
    came first took the nearest free place that holds it, away from bad neighbours if there was one."""
    volumes = [SHELVES_L[place.level] for place in places]
    free = sorted(range(len(places)), key=lambda place: (places[place].distance_m, place))
    size = np.searchsorted(sorted(SHELVES_L), space_l)
    lies_in: dict[int, int] = {}
    shelved = Shelved()
    for member in np.lexsort((came, -size)).tolist():
        fitting = [place for place in free if volumes[place] >= space_l[member]]
        fitting = fitting or [max(free, key=lambda place: volumes[place])]
        harmless = (place for place in fitting if shelved.is_free_of_harm(products[member], places[place]))
        place = next(harmless, fitting[0])
        free.remove(place)
        shelved.put(products[member], places[place])
        lies_in[place] = member
    return lies_in
