"""What a plan says of a floor on the fill rate: whether it holds, what is expected with and without it, its cost."""

from collections.abc import Mapping
from typing import Any

from warehouse.purchasing.service_level import MOST_WORTH


def floor_in_words(note: Mapping[str, Any]) -> str:
    """A kept note of a floor, in sentences."""
    of = "for the whole plan" if note["category"] is None else f"for {note['category']}"
    floor, without, with_it = note["floor"], _percent(note["without"]), _percent(note["with"])
    begins = f"Floor of {floor * 100:.10g}% on the fill rate {of}:"
    if not note["reached"]:
        return (
            f"{begins} it is not reached. An expected {with_it} of demand is met, {without} without the floor, which "
            f"costs {_money(note)} of the expected result; more can't be delivered in time, or a unit of it would cost "
            f"over {MOST_WORTH} times what it sells for. Get another offer or a higher capacity, or lower the floor."
        )
    if note["without"] >= floor:
        return f"{begins} the plan meets an expected {without} of demand anyway, and buys nothing for it."
    return (
        f"{begins} it holds. An expected {with_it} of demand is met, {without} without the floor, which costs "
        f"{_money(note)} of the expected result."
    )


def _percent(share: float) -> str:
    """In tenths, and never rounded up to what was not reached."""
    return f"{int(share * 1000 + 1e-9) / 10:g}%"


def _money(note: Mapping[str, Any]) -> str:
    written = f"{note['cost']:,.2f}"
    return written if note["currency"] is None else f"{written} {note['currency']}"
