"""Reads the files of a floor: slots, which product lies where, the tours that are picked, and distances.

Each is CSV or Parquet with the columns that docs/data-formats.md tells; others are passed over. What is wrong is named
with file, line, column and remedy.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.importers.kinds.floor_kinds import SLOTS
from data.importers.rows.values import whole
from data.languages import Sentence
from flows.errors import Invalid
from flows.slotting.files.tables import numbers, refuse, table_of, the_only, values
from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.eligibility.frames import Bools
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints, floor_plan

START = "start"
KINDS = ("slot", START, "back")
PICK_FACE = next((column.name, column.type) for column in SLOTS.columns if column.name == "pick_face")


@dataclass(frozen=True, eq=False)
class FloorFile:
    """slot_ids   in the order of the file
    zone_of_slot  (slots,) number of the zone; the same where the file tells none
    pick_face     (slots,) orders are picked from it; so from all where the file does not tell
    plan          None where the file tells no aisles: then distances are needed
    told          the rows of the slots, as texts"""

    path: Path
    slot_ids: tuple[str, ...]
    zone_of_slot: Ints
    pick_face: Bools
    plan: FloorPlan | None
    told: pd.DataFrame

    def number(self, path: Path, slot_id: pd.Series) -> Ints:
        """The numbers of slots that another file names."""
        found = pd.Index(self.slot_ids).get_indexer(pd.Index(slot_id))
        refuse(path, slot_id, found < 0, Sentence("slot {value!r} is not in {file}", file=self.path.name))
        return found.astype(np.int64)


def floor_of(path: Path) -> FloorFile:
    """The floor of a file of slots."""
    table = table_of(path, ("slot_id",))
    kind = table["kind"].replace("", "slot") if "kind" in table else pd.Series("slot", table.index)
    refuse(path, kind, ~kind.isin(KINDS), Sentence("kind {value!r} is none of {kinds}", kinds=KINDS))
    slots = table[kind == "slot"]
    refuse(path, slots["slot_id"], slots["slot_id"] == "", Sentence("{name} is missing", name="slot_id"))
    refuse(path, slots["slot_id"], slots["slot_id"].duplicated(), Sentence("slot {value!r} is given twice"))
    if slots.empty:
        raise Invalid("{name} has no slots.", name=path.name)
    zones = slots["zone_id"] if "zone_id" in slots else pd.Series("", slots.index)
    plan = None
    if {"aisle", "x_m", "y_m"} <= set(table):
        refuse(path, slots["aisle"], slots["aisle"] == "", Sentence("{name} is missing", name="aisle"))
        places = slots.assign(x_m=numbers(path, slots["x_m"]), y_m=numbers(path, slots["y_m"]))
        start_x_m = the_only(path, table[kind == START], "x_m")
        depth_m = the_only(path, table[kind == "back"], "y_m")
        try:
            plan = floor_plan(places, start_x_m, depth_m)
        except ValueError as error:
            raise Invalid("{name}: {why}.", name=path.name, why=error) from error
    picked_from = values(path, slots, [PICK_FACE]).get("pick_face", pd.Series(True, slots.index))
    pick_face = picked_from.map(lambda told: told is not False).to_numpy(bool)
    return FloorFile(path, tuple(slots["slot_id"]), pd.factorize(zones)[0].astype(np.int64), pick_face, plan, slots)


@dataclass(frozen=True, eq=False)
class AssignmentFile:
    """What lies where, a part for each slot that a product lies in: those first from which it is picked, one for each
    product.

    product  (parts,) its number among `product_ids`
    number   (parts,) 1: it is picked from there
    slot     (parts,)"""

    path: Path
    product_ids: tuple[str, ...]
    product: Ints
    number: Ints
    slot: Ints


def assignment_of(path: Path, floor: FloorFile, far: Floats) -> AssignmentFile:
    """Which product lies in which slots; a slot without a product is empty. Of several slots it is picked from that of
    the lowest number, or, where none is told, from the nearest pick face; `far` (slots,) says which is near."""
    table = table_of(path, ("slot_id", "product_id"))
    held = table[table["product_id"] != ""]
    refuse(path, held["slot_id"], held["slot_id"].duplicated(), Sentence("slot {value!r} holds two products"))
    slot = floor.number(path, held["slot_id"])
    told = values(path, held, [("number", whole(1))]).get("number", pd.Series(None, held.index, dtype=object))
    twice = held[["product_id"]].assign(number=told).duplicated() & told.notna()
    refuse(
        path,
        held["product_id"],
        twice,
        Sentence("product {value!r} has the same number in two slots; number them 1, 2, ..."),
    )
    product, product_ids = pd.factorize(held["product_id"])
    in_turn = np.lexsort((far[slot], ~floor.pick_face[slot], told.astype(float).fillna(np.inf), product))
    product, slot = product[in_turn], slot[in_turn]
    number = np.arange(len(product)) - np.searchsorted(product, product) + 1
    picked_first = np.argsort(number > 1, kind="stable")
    return AssignmentFile(
        path, tuple(product_ids), product[picked_first], number[picked_first], slot[picked_first].astype(np.int64)
    )


@dataclass(frozen=True)
class PicksFile:
    """The tours' lines of products that lie somewhere, and how many lines are left out since theirs do not."""

    picks: Picks
    left_out: int


def picks_of(path: Path, assignment: AssignmentFile) -> PicksFile:
    """The tours of a file, in the order in which they begin in it."""
    table = table_of(path, ("tour_id", "product_id"))
    for name in ("tour_id", "product_id"):
        refuse(path, table[name], table[name] == "", Sentence("{name} is missing", name=name))
    product = pd.Index(assignment.product_ids).get_indexer(pd.Index(table["product_id"]))
    placed = product >= 0
    if not placed.any():
        raise Invalid(
            "None of the products in {name} lies in a slot by {assignment}.",
            name=path.name,
            assignment=assignment.path.name,
        )
    return PicksFile(Picks.of_lines(table["tour_id"], product), int((~placed).sum()))


@dataclass(frozen=True, eq=False)
class Distances:
    """metres  (slots, slots) between slots, the same in either direction
    from_start (slots,)"""

    metres: Floats
    from_start: Floats


def distances_of(path: Path, floor: FloorFile) -> Distances:
    """Distances between slots, and between them and `start`. Each pair may be told once, in either direction; where it
    is told in both, both must say the same."""
    table = table_of(path, ("from_slot_id", "to_slot_id", "metres"))
    length = numbers(path, table["metres"])
    refuse(path, table["metres"], length < 0, Sentence("metres {value!r} is below 0"))
    ids = pd.Index([*floor.slot_ids, START])
    ends = [ids.get_indexer(pd.Index(table[name])) for name in ("from_slot_id", "to_slot_id")]
    for name, found in zip(("from_slot_id", "to_slot_id"), ends, strict=True):
        refuse(
            path,
            table[name],
            found < 0,
            Sentence(
                "{name} {value!r} is neither in {file} nor {start!r}", name=name, file=floor.path.name, start=START
            ),
        )
    every = np.full((len(ids), len(ids)), np.nan)
    every[ends[0], ends[1]] = length
    both = ~np.isnan(every) & ~np.isnan(every.T)
    if (differ := both & (every != every.T)).any():
        one, other = (ids[int(n)] for n in np.argwhere(differ)[0])
        raise Invalid(
            "{name}: from {one} to {other} is another distance than back; one that holds both ways is needed.",
            name=path.name,
            one=one,
            other=other,
        )
    every = np.where(np.isnan(every), every.T, every)
    np.fill_diagonal(every, 0.0)
    if np.isnan(every).any():
        one, other = (ids[int(n)] for n in np.argwhere(np.isnan(every))[0])
        raise Invalid("{name} lacks the distance between {one} and {other}.", name=path.name, one=one, other=other)
    return Distances(every[:-1, :-1], every[-1, :-1])
