"""The floor of a warehouse as a drawing: zones as rectangles, slots coloured by how often they are picked, the bench.

Everything is in metres of the floor; the SVG's view box does the scaling. Slots above each other share their place.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np

from data.tables import SlotRow, ZoneRow

BUSY_LEVELS = 5  # steps of the colour scale; level 0 is an empty slot or a product without forecast
LARGEST_PLACE_M, SMALLEST_PLACE_M = 1.6, 0.4
MARGIN_M = 0.6
LETTER_M, LINE_M, MOST_LINES = 0.31, 0.62, 3  # of a zone's name
BENCH_M = (2.6, 1.0)
BENCH_FITS_M = 2.0  # mean error up to which the walks agree on a place for the bench


@dataclass(frozen=True)
class DrawnSlot:
    """A slot as its part of the rectangle of its place."""

    slot_id: str
    x: float
    y: float
    width: float
    depth: float
    level: int
    words: str


@dataclass(frozen=True)
class DrawnZone:
    """A zone with its name, broken into lines that stand above it."""

    zone: ZoneRow
    lines: Sequence[tuple[float, str]]  # where each line stands, and its words


@dataclass(frozen=True)
class Bench:
    """Where orders are packed, as a rectangle beside the end of the walks."""

    x: float
    y: float
    width: float
    depth: float


@dataclass(frozen=True)
class FloorPlan:
    """What the template draws."""

    left: float
    top: float
    width: float
    depth: float
    zones: Sequence[DrawnZone]
    slots: Sequence[DrawnSlot]
    bench: Bench | None
    levels: Sequence[float]  # the most lines a day of each level from 1 on


def draw_floor(
    zones: Sequence[ZoneRow], slots: Sequence[SlotRow], busy: dict[str, float], words: dict[str, str]
) -> FloorPlan:
    """`busy` has the forecast order lines a day by slot, `words` what is said when a slot is pointed at."""
    levels = _levels(list(busy.values()))
    drawn_zones = [DrawnZone(zone, _name_lines(zone)) for zone in zones]
    drawn_slots = _drawn_slots(slots, busy, levels, words)
    bench = _bench(slots, zones)
    corners = [(slot.x, slot.y, slot.width, slot.depth) for slot in drawn_slots]
    for drawn in drawn_zones:
        top = drawn.lines[0][0] - LINE_M
        corners.append((drawn.zone.x_m, top, drawn.zone.width_m, drawn.zone.y_m + drawn.zone.depth_m - top))
    if bench:
        corners.append((bench.x, bench.y, bench.width, bench.depth))
    left, top = min(corner[0] for corner in corners) - MARGIN_M, min(corner[1] for corner in corners) - MARGIN_M
    width = max(x + width for x, _, width, _ in corners) + MARGIN_M - left
    depth = max(y + depth for _, y, _, depth in corners) + MARGIN_M - top
    return FloorPlan(left, top, width, depth, drawn_zones, drawn_slots, bench, levels)


def _name_lines(zone: ZoneRow) -> list[tuple[float, str]]:
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
    return [(zone.y_m - 0.2 - LINE_M * (len(lines) - 1 - at), words) for at, words in enumerate(lines)]


def _drawn_slots(
    slots: Sequence[SlotRow], busy: dict[str, float], levels: Sequence[float], words: dict[str, str]
) -> list[DrawnSlot]:
    width = _room({slot.x_m for slot in slots})
    depth = _room({slot.y_m for slot in slots})
    places: defaultdict[tuple[float, float], list[SlotRow]] = defaultdict(list)
    for slot in slots:
        places[slot.x_m, slot.y_m].append(slot)
    return [
        DrawnSlot(
            slot.slot_id,
            x - width / 2,
            y - depth / 2 + at * depth / len(stacked),
            width,
            depth / len(stacked),
            _level(busy.get(slot.slot_id), levels),
            words[slot.slot_id],
        )
        for (x, y), stacked in places.items()
        for at, slot in enumerate(stacked)
    ]


def _room(line: set[float]) -> float:
    """As large as places along a line can be drawn without touching the next one."""
    gaps = [after - before for before, after in pairwise(sorted(line)) if after - before > 0.05]
    return min(max(0.9 * min(gaps, default=LARGEST_PLACE_M), SMALLEST_PLACE_M), LARGEST_PLACE_M)


def _levels(lines_per_day: list[float]) -> list[float]:
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


def _bench(slots: Sequence[SlotRow], zones: Sequence[ZoneRow]) -> Bench | None:
    """Only the walks from the bench are known: it stands where walks along the aisles to all slots fit them best."""
    x, y = (np.array([getattr(slot, name) for slot in slots]) for name in ("x_m", "y_m"))
    walk = np.array([slot.distance_m for slot in slots])
    tried_x, tried_y = (np.arange(side.min() - 3, side.max() + 3.01, 0.5) for side in (x, y))
    error_x = np.abs(x[None, :] - tried_x[:, None])
    error_y = np.abs(y[None, :] - tried_y[:, None])
    errors = np.abs(error_x[:, None, :] + error_y[None, :, :] - walk).mean(axis=2)
    at_x, at_y = np.unravel_index(errors.argmin(), errors.shape)
    if errors[at_x, at_y] > BENCH_FITS_M:
        return None
    end_x, end_y = float(tried_x[at_x]), float(tried_y[at_y])
    width, depth = BENCH_M
    if end_x < x.mean():  # outside on the side that is nearer, so that it hides nothing
        left = min(end_x, *(zone.x_m for zone in zones)) - width
    else:
        left = max(end_x, *(zone.x_m + zone.width_m for zone in zones))
    return Bench(left, end_y - depth / 2, width, depth)
