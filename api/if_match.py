"""Which version of a thing a change is for: the number that begins the `ETag` that it was read with."""

import re
from typing import Annotated

from fastapi import Header

from api import texts
from api.problems import Unprocessable, WrongValue
from data.languages import say

ETAG = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]{24})?"')
IfMatch = Annotated[str | None, Header(max_length=100)]


def version_of(if_match: str | None) -> int | None:
    """The version that `If-Match` names; raises Unprocessable for what is no ETag of ours."""
    if if_match is None:
        return None
    named = ETAG.fullmatch(if_match.strip())
    if named is None:
        raise Unprocessable(
            texts.WRONG_ETAG, errors=[WrongValue(part="header", field="If-Match", detail=say(texts.WRONG_ETAG))]
        )
    return int(named[1])
