"""A floor of parallel aisles between a cross-aisle at the front and one at the back: where each slot is reached from.

What every routing rule here is defined on (De Koster, Le-Duc and Roodbergen 2007): a picker walks along the middle of
an aisle, reaches what lies at either side of it, and changes aisles only at its ends.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COLUMNS = ("slot_id", "aisle", "x_m", "y_m")


@dataclass(frozen=True, eq=False)
class FloorPlan:
    """Slots with the aisle that they are reached from, and how far into it.

    slot_ids  (slots,)
    aisle     (slots,) number of the aisle, from the least x on
    along_m   (slots,) from the front cross-aisle
    aisle_x_m (aisles,) where each aisle meets the cross-aisles, ascending
    depth_m   from the front cross-aisle to the back one
    start_x_m where tours begin and end, on the front cross-aisle
    """

    slot_ids: tuple[str, ...]
    aisle: Ints
    along_m: Floats
    aisle_x_m: Floats
    depth_m: float
    start_x_m: float

    @property
    def aisles(self) -> int:
        """How many there are."""
        return len(self.aisle_x_m)

    @property
    def from_start_m(self) -> Floats:
        """(slots,) metres of the way from where tours start."""
        return np.asarray(np.abs(self.aisle_x_m[self.aisle] - self.start_x_m) + self.along_m)

    def between(self, one: Ints | int, other: Ints | int) -> Floats:
        """Metres of the shortest way between slots; the two are broadcast against each other."""
        aisle, other_aisle = self.aisle[one], self.aisle[other]
        along, other_along = self.along_m[one], self.along_m[other]
        out = along + other_along  # by the front cross-aisle
        aside = np.abs(self.aisle_x_m[aisle] - self.aisle_x_m[other_aisle])
        by_an_end = aside + np.minimum(out, 2 * self.depth_m - out)
        return np.where(aisle == other_aisle, np.abs(along - other_along), by_an_end)


def floor_plan(slots: pd.DataFrame, start_x_m: float | None = None, depth_m: float | None = None) -> FloorPlan:
    """The floor of slots with the columns slot_id, aisle, x_m (of their aisle) and y_m (from the front cross-aisle).

    `start_x_m` None: tours begin where the first aisle does. `depth_m` None: the back cross-aisle lies as far behind
    the last slot as the front one lies before the first. Raises ValueError, which names the slot, where the slots of an
    aisle are not on one line, two aisles are on the same, or a place is unknown or outside the aisles."""
    if missing := set(COLUMNS) - set(slots.columns):
        raise ValueError(f"the slots lack the columns {', '.join(sorted(missing))}")
    if slots.empty:
        raise ValueError("there are no slots")
    _check(slots)
    x_m = slots.groupby("aisle", sort=False)["x_m"].first().sort_values(kind="stable")
    along = slots["y_m"].to_numpy(float)
    depth = float(along.max() + along.min()) if depth_m is None else depth_m
    if depth < along.max():
        last = int(along.argmax())
        raise ValueError(f"slot {slots['slot_id'].iloc[last]} lies {along[last]} m into an aisle of {depth} m")
    return FloorPlan(
        tuple(slots["slot_id"]),
        x_m.index.get_indexer(pd.Index(slots["aisle"])).astype(np.int64),
        along,
        x_m.to_numpy(float),
        depth,
        float(x_m.iloc[0]) if start_x_m is None else start_x_m,
    )


def _check(slots: pd.DataFrame) -> None:
    def named(wrong: object) -> str:
        return str(slots.loc[np.asarray(wrong, bool), "slot_id"].iloc[0])

    if (twice := slots["slot_id"].duplicated()).any():
        raise ValueError(f"slot {named(twice)} is given twice")
    places = slots[["x_m", "y_m"]].to_numpy(float)
    if not (known := np.isfinite(places).all(axis=1) & slots["aisle"].notna().to_numpy()).all():
        raise ValueError(f"of slot {named(~known)} the aisle, x_m or y_m is not known")
    if (before := places[:, 1] < 0).any():
        raise ValueError(f"slot {named(before)} lies before the front cross-aisle: its y_m is below 0")
    first_x = slots.groupby("aisle", sort=False)["x_m"].transform("first").to_numpy(float)
    if (aside := places[:, 0] != first_x).any():
        raise ValueError(f"slot {named(aside)} has another x_m than its aisle: x_m is where the aisle is walked")
    aisles = slots.drop_duplicates("aisle")
    if (same := aisles["x_m"].duplicated()).any():
        raise ValueError(f"two aisles meet at x_m {aisles.loc[same, 'x_m'].iloc[0]}")
