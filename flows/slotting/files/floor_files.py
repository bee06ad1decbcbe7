"""Reads the files of a floor: slots, which product lies where, the tours that are picked, and distances.

Each is CSV or Parquet with the columns that docs/data-formats.md tells; others are passed over. What is wrong is named
with file, line, column and remedy.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from flows.errors import Invalid
from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints, floor_plan

START = "start"
KINDS = ("slot", START, "back")
HEADER = 2  # the line of the first row, the header's being 1


@dataclass(frozen=True, eq=False)
class FloorFile:
    """slot_ids   in the order of the file
    zone_of_slot  (slots,) number of the zone; the same where the file tells none
    plan          None where the file tells no aisles: then distances are needed"""

    path: Path
    slot_ids: tuple[str, ...]
    zone_of_slot: Ints
    plan: FloorPlan | None

    def number(self, path: Path, slot_id: pd.Series) -> Ints:
        """The numbers of slots that another file names."""
        found = pd.Index(self.slot_ids).get_indexer(pd.Index(slot_id))
        _refuse(path, slot_id, found < 0, f"slot {{}} is not in {self.path.name}")
        return found.astype(np.int64)


def floor_of(path: Path) -> FloorFile:
    """The floor of a file of slots."""
    table = _table(path, ("slot_id",))
    kind = table["kind"].replace("", "slot") if "kind" in table else pd.Series("slot", table.index)
    _refuse(path, kind, ~kind.isin(KINDS), f"kind {{}} is none of {', '.join(KINDS)}")
    slots = table[kind == "slot"]
    _refuse(path, slots["slot_id"], slots["slot_id"] == "", "slot_id is missing")
    _refuse(path, slots["slot_id"], slots["slot_id"].duplicated(), "slot {} is given twice")
    if slots.empty:
        raise Invalid(f"{path.name} has no slots.")
    zones = slots["zone_id"] if "zone_id" in slots else pd.Series("", slots.index)
    plan = None
    if {"aisle", "x_m", "y_m"} <= set(table):
        _refuse(path, slots["aisle"], slots["aisle"] == "", "aisle is missing")
        places = slots.assign(x_m=_numbers(path, slots["x_m"]), y_m=_numbers(path, slots["y_m"]))
        start_x_m = _one(path, table[kind == START], "x_m")
        depth_m = _one(path, table[kind == "back"], "y_m")
        try:
            plan = floor_plan(places, start_x_m, depth_m)
        except ValueError as error:
            raise Invalid(f"{path.name}: {error}.") from error
    return FloorFile(path, tuple(slots["slot_id"]), pd.factorize(zones)[0].astype(np.int64), plan)


@dataclass(frozen=True, eq=False)
class AssignmentFile:
    """Products and where each lies: (products,) numbers of slots."""

    path: Path
    product_ids: tuple[str, ...]
    slot: Ints


def assignment_of(path: Path, floor: FloorFile) -> AssignmentFile:
    """Which product lies in which slot; a slot without a product is empty."""
    table = _table(path, ("slot_id", "product_id"))
    held = table[table["product_id"] != ""]
    _refuse(path, held["slot_id"], held["slot_id"].duplicated(), "slot {} holds two products")
    _refuse(path, held["product_id"], held["product_id"].duplicated(), "product {} lies in two slots; name one of them")
    return AssignmentFile(path, tuple(held["product_id"]), floor.number(path, held["slot_id"]))


@dataclass(frozen=True)
class PicksFile:
    """The tours' lines of products that lie somewhere, and how many lines are left out since theirs do not."""

    picks: Picks
    left_out: int


def picks_of(path: Path, assignment: AssignmentFile) -> PicksFile:
    """The tours of a file, in the order in which they begin in it."""
    table = _table(path, ("tour_id", "product_id"))
    for name in ("tour_id", "product_id"):
        _refuse(path, table[name], table[name] == "", f"{name} is missing")
    product = pd.Index(assignment.product_ids).get_indexer(pd.Index(table["product_id"]))
    placed = product >= 0
    if not placed.any():
        raise Invalid(f"None of the products in {path.name} lies in a slot by {assignment.path.name}.")
    tour, _ = pd.factorize(table["tour_id"][placed])
    order = np.argsort(tour, kind="stable")
    picks = Picks(tour[order].astype(np.int64), product[placed][order].astype(np.int64), int(tour.max()) + 1)
    return PicksFile(picks, int((~placed).sum()))


@dataclass(frozen=True, eq=False)
class Distances:
    """metres  (slots, slots) between slots, the same in either direction
    from_start (slots,)"""

    metres: Floats
    from_start: Floats


def distances_of(path: Path, floor: FloorFile) -> Distances:
    """Distances between slots, and between them and `start`. Each pair may be told once, in either direction; where it
    is told in both, both must say the same."""
    table = _table(path, ("from_slot_id", "to_slot_id", "metres"))
    length = _numbers(path, table["metres"])
    _refuse(path, table["metres"], length < 0, "metres {} is below 0")
    ids = pd.Index([*floor.slot_ids, START])
    ends = [ids.get_indexer(pd.Index(table[name])) for name in ("from_slot_id", "to_slot_id")]
    for name, found in zip(("from_slot_id", "to_slot_id"), ends, strict=True):
        _refuse(path, table[name], found < 0, f"{name} {{}} is neither in {floor.path.name} nor {START!r}")
    every = np.full((len(ids), len(ids)), np.nan)
    every[ends[0], ends[1]] = length
    both = ~np.isnan(every) & ~np.isnan(every.T)
    if (differ := both & (every != every.T)).any():
        one, other = (ids[int(n)] for n in np.argwhere(differ)[0])
        raise Invalid(
            f"{path.name}: from {one} to {other} is another distance than back; one that holds both ways is needed."
        )
    every = np.where(np.isnan(every), every.T, every)
    np.fill_diagonal(every, 0.0)
    if np.isnan(every).any():
        one, other = (ids[int(n)] for n in np.argwhere(np.isnan(every))[0])
        raise Invalid(f"{path.name} lacks the distance between {one} and {other}.")
    return Distances(every[:-1, :-1], every[-1, :-1])


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """The file with its values as texts, without spaces around them."""
    if not path.is_file():
        raise Invalid(f"File {path} was not found.")
    try:
        if path.suffix.lower() == ".parquet":
            read = pd.read_parquet(path)
            table = read.astype("string").fillna("")
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except (ValueError, UnicodeDecodeError, OSError) as error:
        raise Invalid(f"{path.name} cannot be read as a table: {error}.") from error
    table.columns = [str(name).strip() for name in table.columns]
    if missing := [name for name in columns if name not in table]:
        raise Invalid(f"{path.name} lacks the column {', '.join(missing)}.")
    return table


def _numbers(path: Path, told: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(told, errors="coerce").astype(float)
    _refuse(path, told, ~np.isfinite(numbers), f"{told.name} {{}} is no number; write one as 12.5")
    return numbers


def _one(path: Path, rows: pd.DataFrame, name: str) -> float | None:
    if len(rows) > 1:
        raise Invalid(f"{path.name}: kind {rows['kind'].iloc[0]} is given twice; one row is needed.")
    return float(_numbers(path, rows[name]).iloc[0]) if len(rows) else None


def _refuse(path: Path, told: pd.Series, wrong: object, problem: str) -> None:
    """Raises Invalid for the first row that is wrong."""
    rows = np.flatnonzero(np.asarray(wrong, bool))
    if len(rows):
        value, line = told.iloc[int(rows[0])], int(told.index[int(rows[0])]) + HEADER
        raise Invalid(f"{path.name}, line {line}: {problem.format(repr(value))}.", field=str(told.name))
