"""The kinds of value that the API takes and gives.

Quantities and money are JSON numbers: buyers' scripts and spreadsheets compute with them, and with three places
(money: four) every value below 10^11 survives the way through a double. Coming in, a string is taken as well.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer, StringConstraints

# no control characters: PostgreSQL keeps no NUL, and a log or a spreadsheet should not be steered by a name
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]
# what is named anew can stand in an address: no slash, and not dots alone
ADDRESSABLE = r"^[^\x00-\x1f\x7f/]*[^\x00-\x1f\x7f/.][^\x00-\x1f\x7f/]*$"
NewId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=ADDRESSABLE)]
PathId = Annotated[str, Path(min_length=1, max_length=64, pattern=PRINTABLE)]
TransferNo = Annotated[int, Path(ge=1, le=2**31 - 1)]
LineNo = Annotated[int, Path(ge=1, le=2**31 - 1)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=PRINTABLE)]

Quantity = Annotated[Decimal, PlainSerializer(float, return_type=float), Field(description="in the product's unit")]
Money = Annotated[Decimal, PlainSerializer(float, return_type=float), Field(description="the warehouse's currency")]

BEGINS_WITH_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _iso_day(value: Any) -> Any:
    if isinstance(value, str) and not BEGINS_WITH_A_DAY.fullmatch(value):
        raise ValueError("a day is written like 2026-11-23")
    if isinstance(value, int | float):
        raise ValueError("a day is written like 2026-11-23")
    return value


def _iso_moment(value: Any) -> Any:
    # pydantic would take a number, also written as a text, for seconds since 1970
    if not isinstance(value, datetime) and not (isinstance(value, str) and BEGINS_WITH_A_DAY.match(value)):
        raise ValueError("a moment is written like 2026-11-23T06:30:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment is outside the calendar") from None


Day = Annotated[date, BeforeValidator(_iso_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso_moment), AfterValidator(_in_utc)]
