"""What a plan says of a floor on the fill rate: whether it holds, what is expected with and without it, its cost."""

from collections.abc import Mapping
from typing import Any, Final

from data.languages import in_one_paragraph, say
from warehouse.purchasing.service_level import MOST_WORTH

NOT_REACHED: Final = (
    "it is not reached. An expected {with_it} of demand is met, {without} without the floor, which costs {cost} of the "
    "expected result; more can't be delivered in time, or a unit of it would cost over {times} times what it sells "
    "for. Get another offer or a higher capacity, or lower the floor."
)
MET_ANYWAY: Final = "the plan meets an expected {without} of demand anyway, and buys nothing for it."
HOLDS: Final = (
    "it holds. An expected {with_it} of demand is met, {without} without the floor, which costs {cost} of the expected "
    "result."
)


def floor_in_words(note: Mapping[str, Any]) -> str:
    """A kept note of a floor, in sentences."""
    category, floor = note["category"], note["floor"]
    begins = say(
        "Floor of {floor:.10g}% on the fill rate for {of}:",
        floor=floor * 100,
        of=say("the whole plan") if category is None else category,
    )
    told = {"without": _percent(note["without"]), "with_it": _percent(note["with"]), "cost": _money(note)}
    if not note["reached"]:
        said = say(NOT_REACHED, times=MOST_WORTH, **told)
    elif note["without"] >= floor:
        said = say(MET_ANYWAY, **told)
    else:
        said = say(HOLDS, **told)
    return in_one_paragraph([begins, said])


def _percent(share: float) -> str:
    """In tenths, and never rounded up to what was not reached."""
    return f"{int(share * 1000 + 1e-9) / 10:g}%"


def _money(note: Mapping[str, Any]) -> str:
    written = f"{note['cost']:,.2f}"
    return written if note["currency"] is None else f"{written} {note['currency']}"
