"""Which steps of a list can still be made, and in which order, once one of them was refused or a slot taken out of use.

A step is a carry, or those of an exchange, made as one. It can be made when its products lie where it takes them from
and nothing else lies where it puts them. Steps are made in their order; one that has to wait comes as soon as it can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Lies = Mapping[str, str | None]


@dataclass(frozen=True)
class Carry:
    """A product to be carried from a slot (None: it lies nowhere) to another."""

    product_id: str
    from_slot_id: str | None
    to_slot_id: str


Step = Sequence[Carry]
NOTHING_LIES: Final = None


def can_be_made(step: Step, lies: Lies) -> bool:
    """Whether its products lie where it takes them from, and its targets are empty, become so by it, or hold a part of
    the same product. `lies`: the product of each slot; one that is not named is empty."""
    taken = {carry.from_slot_id for carry in step}
    return all(
        carry.from_slot_id is None or lies.get(carry.from_slot_id) == carry.product_id for carry in step
    ) and all(
        carry.to_slot_id in taken or lies.get(carry.to_slot_id) in (NOTHING_LIES, carry.product_id) for carry in step
    )


def made(step: Step, lies: Lies) -> dict[str, str | None]:
    """What lies where after it."""
    return (
        dict(lies)
        | {carry.from_slot_id: NOTHING_LIES for carry in step if carry.from_slot_id is not None}
        | {carry.to_slot_id: carry.product_id for carry in step}
    )


def workable(steps: Sequence[Step], lies: Lies) -> tuple[list[int], list[int]]:
    """The places in the list of the steps that can be made, in the order in which they can, and of those that cannot.
    One that waited is looked at again after each further step."""
    order: list[int] = []
    waiting: list[int] = []
    for at in range(len(steps)):
        waiting.append(at)
        while (ready := next((one for one in waiting if can_be_made(steps[one], lies)), None)) is not None:
            lies = made(steps[ready], lies)
            waiting.remove(ready)
            order.append(ready)
    return order, waiting
