"""Numbers as people type them into a page: 12, 2.5 and 2,5, in full-width digits too.

A comma before three digits may separate thousands or decimals. What may be meant as 1000 or as 1 is refused, since the
wrong one of the two would be ordered."""

import re
from decimal import Decimal
from typing import Annotated, Final
from unicodedata import normalize

from pydantic import BeforeValidator

from data.languages import Sentence

PLAIN: Final = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)", re.ASCII)
PERHAPS_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def as_number(text: str) -> Decimal:
    """The number that was typed; raises ValueError for what is none, or may be two."""
    typed = normalize("NFKC", text).strip()
    if not PLAIN.fullmatch(typed) or PERHAPS_THOUSANDS.fullmatch(typed):
        raise ValueError(Sentence("not a number as 12 or 2.5; write a thousand as 1000"))
    return Decimal(typed.replace(",", "."))


TypedNumber = Annotated[Decimal, BeforeValidator(as_number)]
