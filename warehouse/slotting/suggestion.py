"""What slotting answers: a slot for every product, and a list of moves that can be carried out in its order."""

from dataclasses import dataclass
from enum import StrEnum

from warehouse.reasons import Reason


class SlotReason(StrEnum):
    """Why a slot, or none, is suggested. The values of each:"""

    RANKED_IN_BAND = "ranked_in_band"  # rank (1 is picked most), products, band, lines_per_day
    NEAREST_THAT_FITS = "nearest_that_fits"  # distance_m, space_l, volume_l
    STAYS = "stays"  # no values: it lies there already
    NO_SLOT_IN_BAND = "no_slot_in_band"  # band: no zone of the warehouse keeps it
    NO_SLOT_LARGE_ENOUGH = "no_slot_large_enough"  # space_l, largest_l
    BAND_FULL = "band_full"  # band, slots: products picked more often fill it
    ZONE_IN_ALARM = "zone_in_alarm"  # zone_ids: nothing is carried into them, and what lies there stays meanwhile
    SLOTS_UNUSABLE = "slots_unusable"  # slots: so many of the band cannot be used
    REFUSED = "refused"  # slots: into so many staff would not carry it


class MoveReason(StrEnum):
    """Why a move is worth making. The values of each:"""

    SAVES_WALKING = "saves_walking"  # metres_per_day, repaid_after_days: of the whole exchange
    WRONG_BAND = "wrong_band"  # band, zone_band: it lies too warm or too cold
    TOO_SMALL = "too_small"  # space_l, volume_l: it does not fit where it lies
    HAS_NO_SLOT = "has_no_slot"  # no values
    SLOT_UNUSABLE = "slot_unusable"  # because: why the slot in which it lies cannot be used
    MAKES_ROOM = "makes_room"  # for_product: the other half of an exchange


@dataclass(frozen=True)
class SlotSuggestion:
    """Where a product should lie; `slot_id` and `zone_id` None: nowhere in this warehouse, see the reasons."""

    product_id: str
    slot_id: str | None
    zone_id: str | None
    lines_per_day: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Move:
    """Carry a product from one slot to another. `rank` is the order of work, from 1.

    A move goes to a slot that is empty by then. Two moves with the same `exchange` (None: alone) change
    places with each other and are done as one. `metres_saved_per_day` is what this product's lines save;
    negative for the half of an exchange that makes room. `from_slot_id` None: it has no slot yet.
    """

    product_id: str
    from_slot_id: str | None
    to_slot_id: str
    rank: int
    exchange: int | None
    metres_saved_per_day: float
    reasons: tuple[Reason, ...]
