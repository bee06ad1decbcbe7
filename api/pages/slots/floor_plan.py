"""The floor of a warehouse as a drawing: zones, aisles, slots coloured by how often they are picked, and the points
where tours start, orders are packed and goods come in.

Everything is in metres of the floor; the SVG's view box does the scaling. Levels above each other share their place.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import pandas as pd

from data.tables import Band, SlotRow, ZoneRow

# by level of the scale; 0 is an empty slot or a product without forecast
COLOURS = ("#ffffff", "#dcefe6", "#a9d6c2", "#66b294", "#23805e", "#06402d")
ZONE_COLOURS = {
    Band.LEAF: "#eef7ee",
    Band.CHILLED: "#eaf3fa",
    Band.TROPICAL: "#fdf6e3",
    Band.FROZEN: "#ecebf8",
    Band.AMBIENT: "#f7f4f0",
}
BUSY_LEVELS = len(COLOURS) - 1
LARGEST_PLACE_M, SMALLEST_PLACE_M = 1.6, 0.4
MARGIN_M = 0.6
LETTER_M, LINE_M, MOST_LINES = 0.31, 0.62, 3  # of a zone's name
POINT_M = 2.8  # what the words beside a point take


@dataclass(frozen=True)
class DrawnSlot:
    """A slot as its part of the rectangle of its place."""

    slot: SlotRow
    x: float
    y: float
    width: float
    depth: float
    level: int
    words: str
    is_found: bool


@dataclass(frozen=True)
class DrawnZone:
    """A zone with its name, broken into lines that stand beside it, away from the front cross-aisle."""

    zone: ZoneRow
    lines: Sequence[tuple[float, str]]  # where each line stands, and its words


@dataclass(frozen=True)
class Way:
    """A straight way between two ends; an aisle has a name, which stands at a height of its own."""

    from_x: float
    from_y: float
    to_x: float
    to_y: float
    name: str = ""
    name_y: float = 0.0


@dataclass(frozen=True)
class DrawnPoint:
    """A place where something is done, with its words to the left or right of it."""

    x: float
    y: float
    does: Sequence[str]
    on_the_left: bool


@dataclass(frozen=True)
class FloorPlan:
    """What the template draws."""

    left: float
    top: float
    width: float
    depth: float
    zones: Sequence[DrawnZone]
    ways: Sequence[Way]
    aisles: Sequence[Way]
    slots: Sequence[DrawnSlot]
    points: Sequence[DrawnPoint]


def draw_floor(
    zones: Sequence[ZoneRow],
    slots: Sequence[SlotRow],
    points: Mapping[str, tuple[float, float]],
    walkways: pd.DataFrame,
    busy: Mapping[str, float],
    words: Mapping[str, str],
    found: frozenset[str] = frozenset(),
) -> FloorPlan:
    """`points` and `walkways` as `data.frames.floor_and_lines` has them, `busy` the forecast order lines a day by slot,
    `words` what is said when a slot is pointed at, `found` the slots that were searched for."""
    middle = sum(slot.y_m for slot in slots) / len(slots)
    front = points["start"][1] if "start" in points else None
    drawn_zones = [DrawnZone(zone, _name_lines(zone, below=front is not None and front < middle)) for zone in zones]
    drawn_slots = _drawn_slots(slots, busy, words, found)
    drawn_points = _drawn_points(points, sum(slot.x_m for slot in slots) / len(slots))
    aisles = _aisles(slots, front)
    corners = [(slot.x, slot.y, slot.x + slot.width, slot.y + slot.depth) for slot in drawn_slots]
    for drawn in drawn_zones:
        zone, name_y = drawn.zone, [y for y, _ in drawn.lines]
        corners.append((zone.x_m, min(zone.y_m, name_y[0] - LINE_M), zone.x_m + zone.width_m,
                        max(zone.y_m + zone.depth_m, name_y[-1])))  # fmt: skip
    corners += [(way.from_x, min(way.from_y, way.to_y), way.to_x, max(way.from_y, way.to_y)) for way in aisles]
    corners += [(at.x - POINT_M * at.on_the_left, at.y - LINE_M, at.x + POINT_M * (not at.on_the_left), at.y + LINE_M)
                for at in drawn_points]  # fmt: skip
    left, top = min(corner[0] for corner in corners) - MARGIN_M, min(corner[1] for corner in corners) - MARGIN_M
    return FloorPlan(
        left=left,
        top=top,
        width=max(corner[2] for corner in corners) + MARGIN_M - left,
        depth=max(corner[3] for corner in corners) + MARGIN_M - top,
        zones=drawn_zones,
        ways=_ways(walkways, aisles, front),
        aisles=aisles,
        slots=drawn_slots,
        points=drawn_points,
    )


def busy_levels(lines_per_day: Sequence[float]) -> list[float]:
    """Upper ends of the colour steps: equal shares of the picked slots, so that a few stars do not pale the rest."""
    picked = sorted(lines for lines in lines_per_day if lines > 0)
    if not picked:
        return []
    ends = [picked[ceil(len(picked) * step / BUSY_LEVELS) - 1] for step in range(1, BUSY_LEVELS + 1)]
    return sorted(set(ends))


def _level(lines: float | None, levels: Sequence[float]) -> int:
    if not lines:
        return 0
    return next((level for level, end in enumerate(levels, start=1) if lines <= end), len(levels))


def _name_lines(zone: ZoneRow, below: bool) -> list[tuple[float, str]]:
    """The zone's name in lines no wider than the zone; the last one is cut where there are too many."""
    most = max(int(zone.width_m / LETTER_M), 4)
    lines = [""]
    for word in zone.name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1] + "…"]
    first = zone.y_m + zone.depth_m + LINE_M if below else zone.y_m - 0.2 - LINE_M * (len(lines) - 1)
    return [(first + LINE_M * at, words) for at, words in enumerate(lines)]


def _drawn_slots(
    slots: Sequence[SlotRow], busy: Mapping[str, float], words: Mapping[str, str], found: frozenset[str]
) -> list[DrawnSlot]:
    """Levels of one place lie beside each other, the lowest first."""
    levels = busy_levels(list(busy.values()))
    width = _room({slot.x_m for slot in slots})
    depth = _room({slot.y_m for slot in slots})
    places: defaultdict[tuple[float, float], list[SlotRow]] = defaultdict(list)
    for slot in sorted(slots, key=lambda slot: (slot.level or 0, slot.slot_id)):
        places[slot.x_m, slot.y_m].append(slot)
    return [
        DrawnSlot(
            slot,
            x - width / 2,
            y - depth / 2 + at * depth / len(stacked),
            width,
            depth / len(stacked),
            _level(busy.get(slot.slot_id), levels),
            words[slot.slot_id],
            slot.slot_id in found,
        )
        for (x, y), stacked in places.items()
        for at, slot in enumerate(stacked)
    ]


def _room(line: set[float]) -> float:
    """As large as places along a line can be drawn without touching the next one."""
    gaps = [after - before for before, after in pairwise(sorted(line)) if after - before > 0.05]
    return min(max(0.9 * min(gaps, default=LARGEST_PLACE_M), SMALLEST_PLACE_M), LARGEST_PLACE_M)


def _aisles(slots: Sequence[SlotRow], front: float | None) -> list[Way]:
    """Each aisle along the line between its sides: from the front cross-aisle as far behind its last slot as that lies
    before the first; where tours start is not known, along its slots."""
    of_aisles: defaultdict[str, list[SlotRow]] = defaultdict(list)
    for slot in slots:
        if slot.aisle is not None:
            of_aisles[slot.aisle].append(slot)
    ends = (min(slot.y_m for slot in slots), max(slot.y_m for slot in slots))
    first, last = sorted(ends, key=lambda y: abs(y - (front if front is not None else ends[0])))
    begins, ends_at = (first, last) if front is None else (front, last + first - front)
    name_y = first - LARGEST_PLACE_M / 2 if front is None else begins + 0.35 * (first - begins)
    lines = {name: sum(f(slot.x_m for slot in there) for f in (min, max)) / 2 for name, there in of_aisles.items()}
    return [Way(x, begins, x, ends_at, name, name_y) for name, x in sorted(lines.items())]


def _ways(walkways: pd.DataFrame, aisles: Sequence[Way], front: float | None) -> list[Way]:
    """What can be walked besides aisles: what is given, else the two cross-aisles."""
    if not walkways.empty:
        return [Way(*ends) for ends in walkways.to_numpy(float).tolist()]
    if front is None or not aisles:
        return []
    left, right = min(way.from_x for way in aisles), max(way.from_x for way in aisles)
    return [Way(left, y, right, y) for y in sorted({way.from_y for way in aisles} | {way.to_y for way in aisles})]


def _drawn_points(points: Mapping[str, tuple[float, float]], middle: float) -> list[DrawnPoint]:
    """Points at one place share their words."""
    does: defaultdict[tuple[float, float], list[str]] = defaultdict(list)
    for name, place in points.items():
        does[place].append(name)
    return [DrawnPoint(x, y, names, x <= middle) for (x, y), names in does.items()]
