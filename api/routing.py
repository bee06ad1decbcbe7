"""In which order a request is taken: the key first, then the names of its parameters, then its body.

FastAPI reads and parses a body before it asks who sends it. A route of this `Router` lets nobody in, and reads nothing,
before the key has the scopes that the route asks for; reads no more than the route takes (`body_up_to`, beside the
route), no slower than a phone sends; and parses and validates what is long on a thread.

An address is looked for among all routes one after the other, so a `Router` that cannot know it says so at once.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import cached_property, partial
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api import long_json, texts
from api.beside_the_loop import SHORT, beside_the_loop
from api.middleware.bodies import JSON, body_is_announced, media_type_of
from api.problems import Malformed, TooLarge, TooSlow, Unprocessable, WrongValue
from api.security import let_in_by_key, scopes_needed
from data.languages import say

LISTS: Final = 1_000_000  # bytes, some thousand lines
LONG: Final = -1  # as much as the settings say
MAX_BODY: Final = "x-max-body-bytes"
PATIENCE: Final = 20.0  # seconds for a body of any length
SLOWEST: Final = 4_000.0  # bytes a second beyond that


def body_up_to(most: int) -> dict[str, Any]:
    """What a route's `openapi_extra=` takes: how many bytes its body may have; most have a few hundred, and take SHORT
    where they do not say."""
    return {MAX_BODY: most}


class _Read(Request):
    """A request whose body has been read, and its JSON too where that was long."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request.scope, request.receive, request._send)
        self._body = body

    async def json(self) -> Any:
        return self._json if hasattr(self, "_json") else await super().json()

    def takes(self, value: Any) -> None:
        """Its JSON, parsed or even validated."""
        self._json = value


class Route(APIRoute):
    """A route that asks for the key first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        scopes = scopes_needed(self.dependant)
        known = frozenset(_query_parameters(self.dependant))
        most = (self.openapi_extra or {}).get(MAX_BODY, SHORT)
        field = self.body_field

        async def answer_to_who_may(request: Request) -> Response:
            if scopes is not None:
                await let_in_by_key(request, scopes)
            if request.scope["query_string"]:
                _refuse_unknown(request, known)
            if body_is_announced(request.headers):
                limit: int = request.app.state.settings.max_body_bytes
                request = _Read(request, await _body_of(request, limit if most == LONG else min(most, limit)))
                if field is not None and media_type_of(request.headers) == JSON:
                    await _parse_if_long(request, field)
            return await answer(request)

        return answer_to_who_may


class Router(APIRouter):
    """A router of such routes."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given, route_class=Route)

    @cached_property
    def _first_words(self) -> frozenset[str] | None:
        """With which words the addresses of its routes begin; None where one begins with a parameter. All routes are
        added before the first request."""
        paths = (str(route.path) for route in iter_route_contexts(self.routes))
        words = frozenset(path.split("/")[1] for path in paths)
        return None if any("{" in word for word in words) else words

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of its routes is asked for: none is where no word of the address begins one."""
        words = self._first_words
        if words is not None and words.isdisjoint(scope["path"].split("/")):
            return Match.NONE, {}
        return super().matches(scope)


def _query_parameters(route: Dependant) -> Iterator[str]:
    for asked in route.query_params:
        model = _model_of(asked)
        yield from (info.alias or name for name, info in model.model_fields.items()) if model else [asked.alias]
    for dependency in route.dependencies:
        yield from _query_parameters(dependency)


def _model_of(field: ModelField) -> type[BaseModel] | None:
    shape = field.field_info.annotation
    return shape if isinstance(shape, type) and issubclass(shape, BaseModel) else None


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Raises Unprocessable for query parameters that nobody looks at: a misspelt filter would return everything."""
    if unknown := sorted(set(request.query_params) - known):
        allowed = say(texts.PARAMETERS, names=", ".join(sorted(known))) if known else texts.NO_PARAMETERS
        errors = [WrongValue(part="query", field=name[:200], detail=allowed) for name in unknown[:50]]
        named = ", ".join(repr(name[:40]) for name in unknown[:5])
        raise Unprocessable(say(texts.UNKNOWN_PARAMETERS, names=named, allowed=allowed), errors=errors)


async def _body_of(request: Request, most: int) -> bytes:
    """The whole body. Raises TooLarge, announced or not, TooSlow, and Malformed where the client leaves before."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise TooLarge(say(texts.TOO_LARGE, limit=most))
    read, until = bytearray(), asyncio.get_running_loop().time() + PATIENCE
    try:
        async with asyncio.timeout_at(until) as patience:
            async for piece in request.stream():
                read += piece
                if len(read) > most:
                    raise TooLarge(say(texts.TOO_LARGE, limit=most))
                patience.reschedule(until + len(read) / SLOWEST)
    except TimeoutError:
        raise TooSlow() from None
    except ClientDisconnect:
        raise Malformed() from None
    return bytes(read)


async def _parse_if_long(request: _Read, field: ModelField) -> None:
    """Parses and validates a long body here; what is validated FastAPI takes as it is."""
    body = await request.body()
    if len(body) > SHORT:
        request.takes(await beside_the_loop(request, partial(_parsed, field), body))


def _parsed(field: ModelField, body: bytes) -> Any:
    try:
        value = long_json.loads(body)
    except ValueError:
        raise Malformed() from None
    if _model_of(field) is None:
        return value
    validated, errors = field.validate(value, {}, loc=("body",))
    if errors:
        raise RequestValidationError(errors)
    return validated
