"""What slotting answers: a slot for every product, and a list of moves that can be carried out in its order."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warehouse.reasons import Reason


class SlotReason(StrEnum):
    """Why a slot, or none, is suggested. The values of each:"""

    RANKED_IN_BAND = "ranked_in_band"  # rank (1 is picked most), products, band, lines_per_day
    NEAREST_THAT_FITS = "nearest_that_fits"  # distance_m, space_l, volume_l: where no aisles are known
    SUITS_TOURS = "suits_tours"  # routing, distance_m, space_l, volume_l: tours are walked least so
    ONE_OF_SEVERAL = "one_of_several"  # number, slots: one slot alone does not take the peak stock
    STAYS = "stays"  # no values: it lies there already
    NO_SLOT_IN_BAND = "no_slot_in_band"  # band: no zone of the warehouse keeps it
    NO_FIT_HUMIDITY = "no_fit_humidity"  # band: no zone of the band is as humid as it asks
    NO_PICK_FACE = "no_pick_face"  # band: orders are picked from none of the slots of the band
    NO_SLOT_LARGE_ENOUGH = "no_slot_large_enough"  # space_l, largest_l
    NO_SLOT_STRONG_ENOUGH = "no_slot_strong_enough"  # peak_kg, strongest_kg
    KEPT_APART = "kept_apart"  # slots: so many are empty, but beside them lies what it may not lie beside
    BAND_FULL = "band_full"  # band, slots: products picked more often fill it
    ZONE_IN_ALARM = "zone_in_alarm"  # zone_ids: nothing is carried into them, and what lies there stays meanwhile
    SLOTS_UNUSABLE = "slots_unusable"  # slots: so many of the band cannot be used
    REFUSED = "refused"  # slots: into so many staff would not carry it


class MoveReason(StrEnum):
    """Why a move is worth making. The values of each:"""

    SAVES_WALKING = "saves_walking"  # metres_per_day, repaid_after_days: of the whole exchange or chain
    WRONG_BAND = "wrong_band"  # band, zone_band: it lies too warm or too cold
    WRONG_HUMIDITY = "wrong_humidity"  # no values: it lies too dry or too damp
    TOO_SMALL = "too_small"  # space_l, volume_l: it does not fit where it lies
    TOO_HEAVY = "too_heavy"  # peak_kg, max_weight_kg: its slot does not bear it
    NOT_PICKED_FROM = "not_picked_from"  # no values: its slot holds reserve
    BAD_NEIGHBOUR = "bad_neighbour"  # harm: raw_meat (beneath it), allergens, ethylene or odour, the worst
    HAS_NO_SLOT = "has_no_slot"  # no values
    SLOT_UNUSABLE = "slot_unusable"  # because: why the slot in which it lies cannot be used
    MAKES_ROOM = "makes_room"  # for_product: the other half of an exchange, or what comes after it


DEMANDED: Final = frozenset(MoveReason) - {MoveReason.SAVES_WALKING, MoveReason.MAKES_ROOM}  # by a rule


@dataclass(frozen=True)
class SlotSuggestion:
    """Where a product should lie; `slot_id` and `zone_id` None: nowhere in this warehouse, see the reasons. One that
    needs several slots has one for each `number`, of which 1 is picked from."""

    product_id: str
    slot_id: str | None
    zone_id: str | None
    lines_per_day: float
    reasons: tuple[Reason, ...]
    number: int = 1


@dataclass(frozen=True)
class Move:
    """Carry a product from one slot to another. `rank` is the order of work, from 1.

    A move goes to a slot that is empty by then. Two moves with the same `exchange` (None: alone) change
    places with each other and are done as one. `metres_saved_per_day` is what tours get shorter by it, with those
    before it done; negative for one that makes room. `from_slot_id` None: it has no slot yet. `quantity` is the stock
    on hand.
    """

    product_id: str
    from_slot_id: str | None
    to_slot_id: str
    rank: int
    exchange: int | None
    metres_saved_per_day: float
    quantity: float
    minutes: float
    reasons: tuple[Reason, ...]
