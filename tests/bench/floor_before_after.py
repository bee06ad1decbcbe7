"""Draws the floor of `slot_baskets` before and after: Ta-Feng's products at random in their zones, and assigned for
combined routing from the earlier visits, coloured by order lines of the last visits, of which nothing was learned:
`make docs-floor BENCH="../shared/data/baskets/tafeng.parquet"`.
"""

import argparse
from pathlib import Path

import numpy as np

from tests.bench.slot_baskets import BAYS, OF_BAY, PRODUCTS, ZONES, baskets, floor, problem_of, random_layout
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints
from warehouse.slotting.routing.rules import Routing

COLOURS = ("#eef3f0", "#dcefe6", "#a9d6c2", "#66b294", "#23805e", "#06402d")  # as on the page; the first: not picked
SPACING_M, SLOT_M, PIXELS_A_METRE = 3.0, 0.28, 11
LEFT_M, TOP_M, APART_M, BELOW_M = 1.5, 4.6, 3.0, 5.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("baskets", type=Path)
    parser.add_argument("--drawing", type=Path, default=Path("docs/img/floor-before-after.svg"))
    asked = parser.parse_args()
    earlier, later = baskets(asked.baskets)
    plan = floor(SPACING_M, "left")
    problem = problem_of(plan, earlier, Routing.COMBINED, seed=0)
    before, after = random_layout(problem, 0), assign_for_routing(problem).slot
    lines = np.bincount(later.product, minlength=PRODUCTS) * 1_000 / later.tours
    ends = np.unique(np.quantile(lines[lines > 0], np.linspace(0, 1, len(COLOURS))[1:]))
    walked = [problem.metres_a_line(slot, later) for slot in (before, after)]
    captions = [
        f"As it lies, at random: {walked[0]:.1f} m an order line",
        f"As assigned: {walked[1]:.1f} m, {1 - walked[1] / walked[0]:.0%} less",
    ]
    wide = sum(ZONES) * SPACING_M
    panels = [
        f'<g transform="translate({LEFT_M + number * (wide + APART_M):g} {TOP_M:g})">'
        f"{_panel(plan, slot, lines, ends, captions[number])}</g>"
        for number, slot in enumerate((before, after))
    ]
    width, height = 2 * LEFT_M + 2 * wide + APART_M, TOP_M + BAYS + BELOW_M
    asked.drawing.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * PIXELS_A_METRE:.0f}" '
        f'height="{height * PIXELS_A_METRE:.0f}" viewBox="0 0 {width:g} {height:g}" '
        f'font-family="system-ui, sans-serif" font-size="1.2" fill="#17211d">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join([*panels, _legend(ends, height)])
        + "\n</svg>\n",
        encoding="utf-8",
    )
    print("; ".join(captions))


def _panel(plan: FloorPlan, slot: Ints, lines: Floats, ends: Floats, caption: str) -> str:
    """The front cross-aisle is below, as on the page; the slots of a bay lie on both sides of their aisle."""
    picked = np.zeros(len(plan.aisle))
    picked[slot] = lines
    level = np.where(picked > 0, np.searchsorted(ends, picked) + 1, 0)
    of_bay = np.arange(len(picked)) % OF_BAY
    side = np.where(of_bay < OF_BAY // 2, 0.0, SPACING_M - OF_BAY // 2 * SLOT_M)
    x = plan.aisle_x_m[plan.aisle] + side + of_bay % (OF_BAY // 2) * SLOT_M
    y = BAYS - plan.along_m - 0.5
    drawn = [f'<text y="-2.6" font-size="1.4" font-weight="600">{caption}</text>']
    first = 0
    for number, aisles in enumerate(ZONES, start=1):
        drawn.append(f'<text x="{first * SPACING_M:g}" y="-0.6">{"zone " if aisles > 1 else ""}{number}</text>')
        drawn.append(
            f'<rect x="{first * SPACING_M - 0.1:g}" y="-0.2" width="{aisles * SPACING_M:g}" height="{BAYS + 0.2:g}" '
            'fill="none" stroke="#8b9a93" stroke-width="0.12"/>'
        )
        first += aisles
    for number, colour in enumerate(COLOURS):
        own = np.flatnonzero(level == number)
        ways = "".join(f"M{x[one]:.2f} {y[one]:g}h.24v.9h-.24z" for one in own.tolist())
        drawn.append(f'<path fill="{colour}" d="{ways}"/>')
    drawn.append(f'<circle cx="0.4" cy="{BAYS + 1:g}" r="0.5"/><text x="1.3" y="{BAYS + 1.4:g}">tours start</text>')
    return "".join(drawn)


def _legend(ends: Floats, height: float) -> str:
    words = ["none", *(f"up to {end:.1f}" for end in ends)]
    y, drawn = height - 2.2, []
    for number, (colour, said) in enumerate(zip(COLOURS, words, strict=True)):
        x = LEFT_M + 9 * number
        drawn.append(f'<rect x="{x:g}" y="{y:g}" width="1.2" height="1.2" fill="{colour}"/>')
        drawn.append(f'<text x="{x + 1.7:g}" y="{y + 1.05:g}">{said}</text>')
    x = LEFT_M + 9 * len(COLOURS)
    return "".join([*drawn, f'<text x="{x:g}" y="{y + 1.05:g}">order lines of a slot in 1,000 visits</text>'])


if __name__ == "__main__":
    main()
