"""Which moves towards the suggested slots are worth the work, in an order that can be carried out.

Step by step, the best step first: a product goes to its suggested slot when that is empty, changes places with
the product that lies there, or that product makes room in an empty slot. A step is worth making when the walking
it saves repays the carrying in time. What lies too warm, too cold, too cramped, in a slot that cannot be used or
nowhere is moved first, whether it saves walking or not. Every other step makes the sum of walking smaller, so the
list ends, and once it is done nothing is left to do: no product is carried to and fro. Nothing is carried where
something bars it (`barred.py`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from warehouse.reasons import Reason
from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.eligibility import Floor, Place, StoredProduct, fits, may_lie_in, read_floor
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.suggestion import Move, MoveReason, SlotSuggestion

THERE_AND_BACK = 2  # an order line is walked from the bench to the slot and back


@dataclass(frozen=True)
class _Step:
    """Products carried together with where to, in order; `exchange` when two change places."""

    carries: tuple[tuple[StoredProduct, Place], ...]
    exchange: bool
    saved: float

    def worth(self, effort: MoveEffort) -> float:
        """Metres saved by the time it must be repaid, less what it costs."""
        return self.saved * effort.repaid_within_days - effort.metres_per_move * len(self.carries)


def moves_worth_making(
    suggestions: Sequence[SlotSuggestion],
    products: pd.DataFrame,
    slots: pd.DataFrame,
    effort: MoveEffort = USUAL,
    barred: Barred = NOTHING_BARRED,
) -> tuple[Move, ...]:
    """The moves from where products lie now (`slots.product_id`) to the suggested slots, in order of work.

    Frames and errors as in `suggest_slots`. Once they are done, no move is left that is worth making.
    """
    floor = read_floor(products, slots, barred)
    wanted = {
        suggestion.product_id: floor.slots[suggestion.slot_id]
        for suggestion in suggestions
        if suggestion.slot_id is not None and suggestion.product_id in floor.products
    }
    layout = _Layout(floor)
    moves: list[Move] = []
    exchanges = 0
    while (step := _next_step(layout, wanted, effort)) is not None:
        exchanges += step.exchange
        moves += _moves_of(step, layout, len(moves), exchanges, effort)
        layout.carry_out(step)
    return tuple(moves)


class _Layout:
    """Where every product lies while moves are worked out."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.products = floor.products
        self.slots = floor.slots
        self.place_of: dict[str, Place] = {
            product_id: floor.slots[slot_id] for product_id, slot_id in floor.place_of.items()
        }
        self.holds = {slot.slot_id: slot.holds for slot in floor.slots.values()}
        self.empty: dict[str, list[Place]] = defaultdict(list)  # by band, nearest first
        for slot in floor.usable:
            if slot.holds is None:
                self.empty[slot.band].append(slot)

    def misplaced(self, product: StoredProduct) -> bool:
        """Whether it must be moved: it has no slot, or one of the wrong temperature, with too little room or out of
        use."""
        place = self.place_of.get(product.product_id)
        return place is None or not may_lie_in(product, place) or place.slot_id in self.floor.barred.unusable

    def may_take(self, product: StoredProduct, place: Place) -> bool:
        """Whether a product may be carried into a place."""
        return may_lie_in(product, place) and self.floor.is_open(place) and self.floor.takes(product, place)

    def saved(self, product: StoredProduct, to: Place) -> float:
        """Metres a day that its lines save when it lies there; 0 for what has no slot yet."""
        place = self.place_of.get(product.product_id)
        if place is None:
            return 0.0
        return THERE_AND_BACK * product.lines_per_day * (place.distance_m - to.distance_m)

    def nearest_empty(self, product: StoredProduct) -> Place | None:
        """The nearest empty slot that may hold it."""
        return next((slot for slot in self.empty[product.band] if self.floor.takes(product, slot)), None)

    def carry_out(self, step: _Step) -> None:
        """Put the products where the step carries them."""
        touched = [to for _, to in step.carries]
        for product, _ in step.carries:
            if (place := self.place_of.get(product.product_id)) is not None:
                self.holds[place.slot_id] = None
                touched += [place] if self.floor.is_open(place) else []
        for product, to in step.carries:
            self.holds[to.slot_id] = product.product_id
            self.place_of[product.product_id] = to
        for band in {slot.band for slot in touched}:
            same_band = {slot.slot_id: slot for slot in [*self.empty[band], *touched] if slot.band == band}
            empty = (slot for slot in same_band.values() if self.holds[slot.slot_id] is None)
            self.empty[band] = sorted(empty, key=lambda slot: (slot.distance_m, slot.slot_id))


def _next_step(layout: _Layout, wanted: dict[str, Place], effort: MoveEffort) -> _Step | None:
    """The most worthwhile step for what is misplaced, else the most worthwhile of all that are worth making."""
    needed: list[_Step] = []
    worthwhile: list[_Step] = []
    for product_id, to in wanted.items():
        product = layout.products[product_id]
        if layout.place_of.get(product_id) is to:
            continue
        if layout.misplaced(product):
            needed += _steps(layout, product, to, also_elsewhere=True)
        else:
            steps = _steps(layout, product, to, also_elsewhere=False)
            worthwhile += [step for step in steps if step.worth(effort) > 0]
    return max(needed or worthwhile, key=lambda step: step.worth(effort), default=None)


def _steps(layout: _Layout, product: StoredProduct, to: Place, *, also_elsewhere: bool) -> Iterator[_Step]:
    """The ways to bring a product to a slot, or, `also_elsewhere`, to any empty slot where that is impossible."""
    saved = layout.saved(product, to)
    there = layout.holds[to.slot_id]
    if there is None:
        yield _Step(((product, to),), exchange=False, saved=saved)
        return
    other, place = layout.products[there], layout.place_of.get(product.product_id)
    possible = False
    if place is not None and layout.may_take(other, place):
        possible = True
        both = saved + layout.saved(other, place)
        yield _Step(((product, to), (other, place)), exchange=True, saved=both)
    if (room := layout.nearest_empty(other)) is not None:
        possible = True
        both = saved + layout.saved(other, room)
        yield _Step(((other, room), (product, to)), exchange=False, saved=both)
    if also_elsewhere and not possible and (room := layout.nearest_empty(product)) is not None:
        yield _Step(((product, room),), exchange=False, saved=layout.saved(product, room))


def _moves_of(step: _Step, layout: _Layout, done: int, exchange: int, effort: MoveEffort) -> list[Move]:
    moves = []
    for number, (product, to) in enumerate(step.carries, start=1):
        place = layout.place_of.get(product.product_id)
        moves.append(
            Move(
                product_id=product.product_id,
                from_slot_id=place.slot_id if place else None,
                to_slot_id=to.slot_id,
                rank=done + number,
                exchange=exchange if step.exchange else None,
                metres_saved_per_day=layout.saved(product, to),
                reasons=_why(step, product, layout, effort),
            )
        )
    return moves


def _why(step: _Step, product: StoredProduct, layout: _Layout, effort: MoveEffort) -> tuple[Reason, ...]:
    place = layout.place_of.get(product.product_id)
    reasons = []
    if place is None:
        reasons.append(Reason(MoveReason.HAS_NO_SLOT))
    elif because := layout.floor.barred.unusable.get(place.slot_id):
        reasons.append(Reason(MoveReason.SLOT_UNUSABLE, {"because": because}))
    elif place.band != product.band:
        values = {"band": product.band, "zone_band": place.band}
        reasons.append(Reason(MoveReason.WRONG_BAND, values))
    elif not fits(product, place):
        space = {"space_l": product.space_l, "volume_l": place.volume_l}
        reasons.append(Reason(MoveReason.TOO_SMALL, space))
    elif len(step.carries) == 2 and product is _maker_of_room(step):
        partner = next(other for other, _ in step.carries if other is not product)
        reasons.append(Reason(MoveReason.MAKES_ROOM, {"for_product": partner.product_id}))
    if step.saved > 0:
        repaid = effort.metres_per_move * len(step.carries) / step.saved
        saving = {"metres_per_day": round(step.saved, 1), "repaid_after_days": round(repaid, 1)}
        reasons.append(Reason(MoveReason.SAVES_WALKING, saving))
    return tuple(reasons)


def _maker_of_room(step: _Step) -> StoredProduct:
    """Of two products carried, the one that makes room for the other."""
    return step.carries[1 if step.exchange else 0][0]
