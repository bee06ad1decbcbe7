"""Signing in and out of the pages: a sign-in token or an API key becomes a session in a cookie."""

from datetime import datetime
from typing import Annotated

from fastapi import Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from api import texts
from api.access.coming_back import BACK_COOKIE, remembered_address
from api.pages.rendering import page
from api.problems import Forbidden, Unauthenticated
from api.rate_limits import rate_limits
from api.routing import Router
from api.security import SESSION_COOKIE, Principal, comes_from_our_pages, requires, set_session_cookie
from api.transactions import Now, WriteSession
from flows.access.keys import Purpose, open_session, revoke_key

router = Router(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_by_address(request: Request, token: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """The address that `freshfront sign-in` prints shows a button, since programs that look through mail open addresses
    too and would use it up. Without a token the page says where to find one."""
    if token is None:
        raise Unauthenticated(texts.NO_KEY)
    return page(request, "layout/sign_in.html", token=token)


@router.post("/sign-in")
def sign_in_by_form(
    request: Request, session: WriteSession, now: Now, key: Annotated[str, Form(max_length=200)]
) -> Response:
    """A token, by the button or typed into the page, or a key becomes a session."""
    if not comes_from_our_pages(request):
        raise Forbidden(texts.FOREIGN_FORM)
    return _sign_in(request, session, key.strip(), now)


@router.post("/sign-out")
def sign_out(session: WriteSession, now: Now, who: Annotated[Principal, requires()]) -> Response:
    """Ends the session on the server too, so that a copied cookie is worth nothing. An API key is not ended."""
    if who.key_id.startswith(f"{Purpose.SESSION}-"):
        revoke_key(session, who.key_id, now)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(SESSION_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'  # or whoever comes next might go back to what was shown
    return response


def _sign_in(request: Request, session: Session, presented: str, now: datetime) -> Response:
    rate_limits(request).count_sign_in(request, now)
    session_key = open_session(session, presented, now, lasts=request.app.state.settings.session_lasts)
    if session_key is None:
        raise Unauthenticated(texts.WRONG_SIGN_IN)
    response = RedirectResponse(remembered_address(request), status_code=303)
    set_session_cookie(request, response, session_key)
    response.delete_cookie(BACK_COOKIE)
    return response
