"""Which pick faces to refill before the next rush, how much and from where: so that each holds, with nine chances in
ten, what is picked of it until the next chance to refill.

What is picked is forecast by the hour; hours are taken as independent of each other, and their sum as normal. A face
that may run short is filled up, since the way is the same for a part of it: from the lots that expire first, and of
those from the nearest reserve slot. What would run out first comes first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, inf
from typing import Final

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats

Z: Final = 1.2816  # standard deviations from the mean to the 90% quantile


@dataclass(frozen=True)
class PickFace:
    """Where a product is picked from: how much lies there, and how much it holds at most (inf: not known), in the
    product's unit; `whole`: it comes in pieces."""

    slot_id: str
    product_id: str
    holds: float
    room: float
    whole: bool


@dataclass(frozen=True)
class InReserve:
    """What of a lot lies in a reserve slot, so many metres from the product's face; `expires_on` None: it keeps."""

    slot_id: str
    lot_id: str
    product_id: str
    quantity: float
    expires_on: date | None
    way_m: float


@dataclass(frozen=True, eq=False)
class HoursAhead:
    """Demand of a product from now until the next chance to refill, hour by hour: mean, q10 and q90, each (hours,)."""

    mean: Floats
    q10: Floats
    q90: Floats

    @property
    def enough(self) -> float:
        """What meets all of it with nine chances in ten."""
        deviation = (self.q90 - self.q10) / (2 * Z)
        return float(self.mean.sum() + Z * np.sqrt((deviation**2).sum()))

    def lasts(self, quantity: float) -> int | None:
        """In which hour so much is expected to be used up; None: not before the next chance."""
        used_up = np.flatnonzero(self.mean.cumsum() > quantity)
        return int(used_up[0]) if len(used_up) else None


@dataclass(frozen=True)
class Replenishment:
    """Carry so much of a lot from a reserve slot, where `left` stays, to the product's face. There `holds` lies now, of
    which `enough` is needed; it is expected to run out in hour `runs_out_in` (0: this one), if it is left alone, and in
    `then_out_in` once all that is suggested for it is carried; None: not before the next chance."""

    product_id: str
    lot_id: str
    from_slot_id: str
    to_slot_id: str
    quantity: float
    left: float
    holds: float
    enough: float
    runs_out_in: int | None
    then_out_in: int | None


def replenishments(
    faces: Sequence[PickFace], reserve: Sequence[InReserve], ahead: dict[str, HoursAhead]
) -> tuple[Replenishment, ...]:
    """What to carry, in the order of work; `ahead` by product_id. A product that is not forecast is left alone."""
    short = [face for face in faces if face.product_id in ahead and face.holds < ahead[face.product_id].enough]
    urgent = sorted(short, key=lambda face: _urgency(face, ahead[face.product_id]))
    return tuple(
        carry
        for face in urgent
        for carry in _refills(
            face, [lot for lot in reserve if lot.product_id == face.product_id], ahead[face.product_id]
        )
    )


def _urgency(face: PickFace, hours: HoursAhead) -> tuple[float, float, str]:
    """What runs out first comes first, then what lacks most."""
    out_in = hours.lasts(face.holds)
    return inf if out_in is None else out_in, face.holds - hours.enough, face.product_id


def _refills(face: PickFace, lots: Sequence[InReserve], hours: HoursAhead) -> Iterator[Replenishment]:
    first_expired = sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.way_m, lot.slot_id, lot.lot_id))
    wanted = (ceil if face.whole else float)(hours.enough - face.holds) if face.room == inf else face.room - face.holds
    wanted = floor(wanted) if face.whole else wanted
    parts = []
    for lot in first_expired:
        part = min(wanted, lot.quantity)
        if part > 0:
            parts.append((lot, part))
            wanted -= part
    then = face.holds + sum(part for _, part in parts)
    for lot, part in parts:
        yield Replenishment(
            product_id=face.product_id,
            lot_id=lot.lot_id,
            from_slot_id=lot.slot_id,
            to_slot_id=face.slot_id,
            quantity=part,
            left=lot.quantity - part,
            holds=face.holds,
            enough=hours.enough,
            runs_out_in=hours.lasts(face.holds),
            then_out_in=hours.lasts(then),
        )
