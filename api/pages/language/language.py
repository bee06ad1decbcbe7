"""The language of the pages, chosen in their head and kept for whoever is signed in under the name."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.access.coming_back import OF_OURS
from api.routing import Router
from api.security import Principal, requires
from api.transactions import WriteSession
from data.tables import Language
from flows.access.keys import choose_language

router = Router(include_in_schema=False)


@router.post("/language")
def read_in_it(
    request: Request,
    session: WriteSession,
    who: Annotated[Principal, requires()],
    language: Annotated[Language, Form()],
) -> Response:
    """Keeps the language, and goes back to where it was chosen."""
    choose_language(session, who.name, language)
    came_from = urlsplit(request.headers.get("referer", ""))
    back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return RedirectResponse(back if OF_OURS.fullmatch(back) else "/", status_code=303)
