"""Who asks and what they may do: an API key in the Authorization header, or the cookie of a signed-in browser.

A role has scopes and an operation needs one: `who: Annotated[Principal, requires(Scope.PLANS_WRITE)]`, the same for
API and pages. A key may be for some warehouses only: a request that names another one, and one that changes what
belongs to another one, is refused here, before it is handled; what is shown is left to its session.

A browser sends its cookie also when another site makes it post, so for anything that changes something a cookie counts
only when the request comes from our own pages: `Sec-Fetch-Site`, or `Origin` where a browser does not send that. This
one check stands in place of a token in every form.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from fastapi.security.utils import get_authorization_scheme_param
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import texts
from api.named_warehouses import WAREHOUSES, Named, named_in, warehouses_named
from api.problems import Forbidden, Unauthenticated
from api.rate_limits import rate_limits
from api.transactions import engine_of, moment_of
from data.database import reading
from data.deciding import deciding
from data.languages import read_in, say
from data.tables import Language, Role
from flows.access.keys import Holder, Purpose, verify_key

SESSION_COOKIE = "freshfront_session"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class Scope(StrEnum):
    """What an operation needs."""

    READ = "read"
    PLANS_WRITE = "plans:write"
    ORDERS_WRITE = "orders:write"
    MOVES_WRITE = "moves:write"
    RECEIPTS_WRITE = "receipts:write"
    STOCK_WRITE = "stock:write"
    READINGS_WRITE = "readings:write"
    QUARANTINE_WRITE = "quarantine:write"
    ALARMS_READ = "alarms:read"
    ALARMS_ACKNOWLEDGE = "alarms:acknowledge"
    ACTUATORS_WRITE = "actuators:write"
    COMMANDS_WRITE = "commands:write"
    RULES_WRITE = "rules:write"
    WEBHOOKS_WRITE = "webhooks:write"
    EVENTS_READ = "events:read"
    IMPORTS_WRITE = "imports:write"
    AUDIT_READ = "audit:read"


SCOPES: dict[Role, frozenset[Scope]] = {
    Role.BUYER: frozenset({Scope.READ, Scope.ALARMS_READ, Scope.EVENTS_READ, Scope.PLANS_WRITE, Scope.ORDERS_WRITE}),
    Role.STAFF: frozenset(
        {
            Scope.READ,
            Scope.ALARMS_READ,
            Scope.EVENTS_READ,
            Scope.MOVES_WRITE,
            Scope.RECEIPTS_WRITE,
            Scope.STOCK_WRITE,
            Scope.ALARMS_ACKNOWLEDGE,
            Scope.COMMANDS_WRITE,
        }
    ),
    Role.INTEGRATION: frozenset(
        {
            Scope.READINGS_WRITE,
            Scope.QUARANTINE_WRITE,
            Scope.ALARMS_READ,
            Scope.ALARMS_ACKNOWLEDGE,
            Scope.ACTUATORS_WRITE,
            Scope.WEBHOOKS_WRITE,
            Scope.EVENTS_READ,
        }
    ),
    Role.ERP: frozenset({Scope.READ, Scope.EVENTS_READ, Scope.IMPORTS_WRITE}),
    Role.OPERATOR: frozenset(Scope),
}
# a webhook is told of every warehouse, a message that could not be kept is of none, and what was decided of all
OF_ALL_WAREHOUSES = frozenset({Scope.WEBHOOKS_WRITE, Scope.QUARANTINE_WRITE, Scope.AUDIT_READ})


@dataclass(frozen=True)
class Principal:
    """Who asks. `name` is what plans, moves and alarms remember as the one who did it; `warehouses` are those that the
    key is for, None: all; `language` what was chosen on a page."""

    key_id: str
    name: str
    role: Role
    warehouses: frozenset[str] | None = None
    language: Language | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        """Those of the role; who is let into some warehouses has none that is about all of them."""
        return SCOPES[self.role] if self.warehouses is None else SCOPES[self.role] - OF_ALL_WAREHOUSES

    def may(self, scope: Scope) -> bool:
        """Whether it has the scope; pages use it to leave out a button that would be refused."""
        return scope in self.scopes


_bearer = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key, `ff_...`")
_cookie = APIKeyCookie(
    name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="Set by /sign-in, for the pages"
)


async def let_in_by_key(request: Request, scopes: Collection[Scope]) -> None:
    """Finds out who asks, before anything of the request is read but its head. Raises Unauthenticated, and Forbidden
    for who lacks one of the scopes."""
    asks = await run_in_threadpool(_who_asks, request, await moment_of(request))
    for scope in scopes:
        if not asks.may(scope):
            raise Forbidden(say(texts.MISSING_SCOPE, scope=scope, role=asks.role, scopes=sorted(asks.scopes)))
    request.state.principal = asks
    if asks.language is not None and asks.key_id.startswith(f"{Purpose.SESSION}-"):  # programs say it in a header
        read_in(asks.language)
    if (decision := deciding.get()) is not None:
        decision.by, decision.key_id = asks.name, asks.key_id


def _who_asks(request: Request, now: datetime) -> Principal:
    cookie = request.cookies.get(SESSION_COOKIE)
    if (authorization := request.headers.get("authorization")) is not None:
        kind, key = get_authorization_scheme_param(authorization)
        holder = _holder(request, key, now, Purpose.KEY) if kind.lower() == "bearer" else None
    elif cookie:
        if request.method not in SAFE_METHODS and not comes_from_our_pages(request):
            raise Forbidden(texts.FOREIGN_FORM)
        holder = _holder(request, cookie, now, Purpose.SESSION)
    else:
        raise Unauthenticated(texts.NO_KEY)
    if holder is None:
        raise Unauthenticated(texts.WRONG_KEY)
    if request.method not in SAFE_METHODS:
        rate_limits(request).count_change(holder.key_id, now)
    return Principal(holder.key_id, holder.name, holder.role, holder.warehouses, holder.language)


async def _asks(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],  # both for the description
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    asks: Principal = request.state.principal
    return asks


async def _principal(request: Request, asks: Annotated[Principal, Depends(_asks)]) -> Principal:
    return await _let_in(request, asks)


async def _let_in(request: Request, asks: Annotated[Principal, Depends(_asks)]) -> Principal:
    if asks.warehouses is not None:
        await run_in_threadpool(_require_own, request, asks.warehouses, await named_in(request))
    return asks


def _require_own(request: Request, own: frozenset[str], named: Named) -> None:
    """Raises Forbidden where another warehouse is named, or something that is not wholly of one's own is changed."""
    if request.method in SAFE_METHODS:  # of what else is named, the session shows what belongs to one's own
        named = {field: values for field, values in named.items() if field in WAREHOUSES}
    with reading(engine_of(request)) as session:
        others = sorted(warehouses_named(session, named) - own)
    if others:
        raise Forbidden(say(texts.OTHER_WAREHOUSE, own=sorted(own) or say("none"), others=others))


def _holder(request: Request, presented: str, now: datetime, purpose: Purpose) -> Holder | None:
    rate_limits(request).refuse_guess(request, presented, now)
    with engine_of(request).connect() as connection:
        holder = verify_key(connection, presented, now, {purpose})
    rate_limits(request).note_key(request, presented, now, holder is not None)
    return holder


def scopes_needed(route: Dependant) -> frozenset[Scope] | None:
    """The scopes without which nobody is let into a route: none of them where any key or session will do, None where
    no key is needed."""
    needed = [scopes for scopes in map(scopes_needed, route.dependencies) if scopes is not None]
    if route.call in (_principal, _let_in):
        needed.append(frozenset(map(Scope, route.own_oauth_scopes or ())) if route.call is _principal else frozenset())
    return frozenset().union(*needed) if needed else None


def requires(*scopes: Scope) -> Any:
    """The dependency that lets in only who has the scopes; without scopes, whoever is signed in."""
    return Security(_principal, scopes=[str(scope) for scope in scopes])


def told_to_require(*scopes: Scope) -> Any:
    """The dependency for an operation that looks at scopes itself, since which are needed depends on what is asked for:
    it lets in whoever is signed in, and the description names these scopes."""
    return Security(_let_in, scopes=[str(scope) for scope in scopes])


def require_all_warehouses(who: Principal, what: str) -> None:
    """Raises Forbidden for a key of some warehouses only: `what` it would change, in English, is of all of them."""
    if who.warehouses is not None:
        own = sorted(who.warehouses) or say("none")
        raise Forbidden(say(texts.OF_ALL_WAREHOUSES, own=own, kind=say(what)))


def comes_from_our_pages(request: Request) -> bool:
    """Whether a browser says that one of our own pages made the request. Neither header: no browser, no cookie."""
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    if public_url := request.app.state.settings.public_url:
        return origin.lower() == _origin(public_url)
    try:
        site = urlsplit(origin).netloc.lower()
    except ValueError:  # no browser sends half an IPv6 address
        return False
    return site == request.headers.get("host", "").lower() != ""


def says_another_site(request: Request) -> bool:
    """Whether a browser says that another site made the request. Chat programs' browsers may say neither: where the
    address itself is the right to do something, that is no reason to refuse."""
    says = "sec-fetch-site" in request.headers or "origin" in request.headers
    return says and not comes_from_our_pages(request)


def _origin(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"


def set_session_cookie(request: Request, response: Response, session_key: str) -> None:
    """Hands the session to the browser: out of reach of scripts and of forms of other sites."""
    response.set_cookie(
        SESSION_COOKIE,
        session_key,
        max_age=int(request.app.state.settings.session_lasts.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=served_over_https(request),
    )


def served_over_https(request: Request) -> bool:
    """Whether users reach the service over https, as the settings say."""
    return (request.app.state.settings.public_url or "").lower().startswith("https://")
