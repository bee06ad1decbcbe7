"""What staff say with one tap of a lot in a reserve slot: so much of it lies there now, and so much did."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Form

from api.pages.typed_numbers import TypedNumber


@dataclass(frozen=True)
class LaidInReserve:
    """The fields of the form."""

    slot_id: str
    lot_id: str
    lies: Decimal
    was: Decimal


def _laid(
    slot_id: Annotated[str, Form(max_length=64)],
    lot_id: Annotated[str, Form(max_length=64)],
    lies: Annotated[TypedNumber, Form()],
    was: Annotated[TypedNumber, Form()],
) -> LaidInReserve:
    return LaidInReserve(slot_id, lot_id, lies, was)


Laid = Annotated[LaidInReserve, Depends(_laid)]
