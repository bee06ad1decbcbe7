"""Where somebody who had to sign in first wanted to go: kept in a cookie, and gone to afterwards."""

import re
from typing import Final
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import Response

BACK_COOKIE: Final = "freshfront_back"
HALF_AN_HOUR: Final = 1800
OF_OURS: Final = re.compile(r"/(?![/\\])[\x21-\x7e]*")  # a path here, never another site


def remember_address(request: Request, response: Response) -> None:
    """Keeps the address that was asked for."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    response.set_cookie(BACK_COOKIE, quote(address), max_age=HALF_AN_HOUR, httponly=True, samesite="lax")


def remembered_address(request: Request) -> str:
    """Where to go after signing in: the page of ours that was asked for, or Today."""
    address = unquote(request.cookies.get(BACK_COOKIE, "/"))
    return address if OF_OURS.fullmatch(address) else "/"
