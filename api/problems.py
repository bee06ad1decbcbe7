"""Every error that is answered, as an RFC 9457 problem: one hierarchy, its OpenAPI model and its handlers.

Handlers and steps raise; nobody builds an error response by hand. `responses(...)` documents what an operation may
answer. An address outside /v1 that a browser asks for gets the page that `api.pages` draws for the problem.
"""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, InterfaceError, InternalError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import texts
from api.middleware.logs import log, path_without_token
from data.languages import say, worded
from flows.errors import Invalid, NotNow, Outdated, OverLimit, Refusal, Unknown
from flows.failures import disk_in_words

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS_LISTED = 50
BEYOND_ALL = ("less_than_equal", "int_parsing_size")  # a number in an address that nothing here has


class WrongValue(BaseModel):
    """One value of the request that is not right."""

    part: Literal["body", "query", "path", "header", "cookie"] = Field(alias="in", examples=["body"])
    field: str = Field(description="where it stands", examples=["readings[3].temperature_c"])
    detail: str = Field(examples=["Input should be a valid number"])

    model_config = ConfigDict(populate_by_name=True)


class ProblemBody(BaseModel):
    """An RFC 9457 problem (`application/problem+json`). `title` is the same for every problem of a `type`."""

    type: str = Field(examples=["urn:freshfront:problem:unprocessable"])
    title: str = Field(examples=[texts.TITLES[422]])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["1 value(s) of the request are not right; see 'errors'."])
    request_id: str | None = Field(None, description="the request's X-Request-ID, also in the service's log")
    errors: list[WrongValue] = Field([], description=f"at most {MOST_ERRORS_LISTED}")


class Problem(Exception):
    """The root. A subclass has its own status; `code` is the last part of the problem's type."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unexpected"
    default_detail: ClassVar[str] = texts.UNEXPECTED

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[WrongValue] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.detail = say(detail or self.default_detail)
        self.errors = list(errors)
        self.headers = headers or {}
        super().__init__(self.detail)

    @property
    def title(self) -> str:
        return say(texts.TITLES[self.status])

    def body(self, request_id: str | None) -> ProblemBody:
        return ProblemBody(
            type=f"urn:freshfront:problem:{self.code}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            request_id=request_id,
            errors=self.errors,
        )


class Malformed(Problem):
    """What came cannot be read at all."""

    status, code, default_detail = 400, "malformed", texts.NOT_JSON


class Unauthenticated(Problem):
    """No key, or none that is valid."""

    status, code, default_detail = 401, "unauthenticated", texts.NO_KEY

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="freshfront"'})


class Forbidden(Problem):
    """The role lacks the scope, or a form came from another site."""

    status, code, default_detail = 403, "forbidden", texts.FOREIGN_FORM


class NotFound(Problem):
    """No such address, warehouse, plan, ..."""

    status, code, default_detail = 404, "not-found", texts.NO_ROUTE


def not_found(kind: str, name: object) -> NotFound:
    """The problem that there is no such thing: a kind as `Warehouse`, and its name or number."""
    return NotFound(say(texts.NOT_FOUND, kind=say(kind), id=name))


class MethodNotAllowed(Problem):
    """The address exists and does not take the method."""

    status, code, default_detail = 405, "method-not-allowed", texts.TITLES[405]


class TooSlow(Problem):
    """The body did not come to its end in time."""

    status, code, default_detail = 408, "too-slow", texts.TOO_SLOW


class Conflict(Problem):
    """The thing is in a state that does not allow it."""

    status, code, default_detail = 409, "conflict", texts.TITLES[409]


class Gone(Problem):
    """What was there and is kept no longer."""

    status, code, default_detail = 410, "gone", texts.TITLES[410]


class PreconditionFailed(Problem):
    """The thing has changed since the version that `If-Match` names."""

    status, code, default_detail = 412, "precondition-failed", texts.TITLES[412]


class TooLarge(Problem):
    """More bytes than are read."""

    status, code, default_detail = 413, "too-large", texts.TITLES[413]


class WrongMediaType(Problem):
    """A body that is not JSON where JSON is wanted."""

    status, code, default_detail = 415, "wrong-media-type", texts.NEEDS_JSON


class Unprocessable(Problem):
    """Values that no state of the database would make right."""

    status, code, default_detail = 422, "unprocessable", texts.TITLES[422]


class TooManyRequests(Problem):
    """More requests than a minute allows."""

    status, code, default_detail = 429, "too-many-requests", texts.TITLES[429]

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__(
            say(texts.TOO_MANY, seconds=retry_after_seconds), headers={"Retry-After": str(retry_after_seconds)}
        )


class Unavailable(Problem):
    """The database cannot be reached, or is of another version."""

    status, code, default_detail = 503, "unavailable", texts.DATABASE_BUSY

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


KINDS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        Malformed,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        TooSlow,
        Conflict,
        PreconditionFailed,
        TooLarge,
        WrongMediaType,
        Unprocessable,
        TooManyRequests,
        Unavailable,
        Problem,
    )
}


def responses(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """What FastAPI's `responses=` takes, for these kinds and those that any operation may answer with."""
    always: tuple[type[Problem], ...] = (Malformed, Unauthenticated, Forbidden, Unprocessable, Unavailable)
    return {
        kind.status: {
            "description": texts.TITLES[kind.status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": kind().body("5f0c6f9e2b").model_dump(by_alias=True),
                }
            },
        }
        for kind in sorted({*always, *kinds}, key=_status_of)
    }


def _status_of(kind: type[Problem]) -> int:
    return kind.status


def problem_response(problem: Problem, request_id: str | None) -> Response:
    """The problem as `application/problem+json`."""
    content = problem.body(request_id).model_dump_json(by_alias=True)
    return Response(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def answer(request: Request, problem: Problem) -> Response:
    """The problem for whoever asked: a page for a browser outside /v1, JSON for everyone else."""
    draw: Callable[[Request, Problem], Response] | None = getattr(request.app.state, "problem_page", None)
    wants_page = "text/html" in request.headers.get("accept", "")
    if draw and wants_page and not request.url.path.startswith("/v1"):
        return draw(request, problem)
    return problem_response(problem, getattr(request.state, "request_id", None))


# the more particular before the more general
REFUSALS: tuple[tuple[type[Refusal], type[Problem]], ...] = (
    (Unknown, NotFound),
    (Invalid, Unprocessable),
    (Outdated, PreconditionFailed),
    (NotNow, Conflict),
    (OverLimit, Forbidden),
)


def from_refusal(request: Request, refusal: Refusal) -> Problem:
    """What a step of the day refuses, as the problem that says so."""
    wrong = [one for one in (refusal, *refusal.others) if one.field][:MOST_ERRORS_LISTED]
    errors = [WrongValue(part=_part_of(request, one), field=one.field or "", detail=str(one)) for one in wrong]
    kind = next((problem for said, problem in REFUSALS if isinstance(refusal, said)), Unprocessable)
    return kind(str(refusal), errors=errors)


def _part_of(request: Request, refusal: Refusal) -> Literal["path", "query", "body"]:
    if refusal.field in request.path_params:
        return "path"
    return "query" if refusal.field in request.query_params else "body"


def from_validation(error: RequestValidationError) -> Problem:
    """What pydantic found, without the values themselves: they may be secret, huge or not encodable."""
    found = error.errors()
    if any(entry["type"] == "json_invalid" for entry in found):
        return Malformed()
    if any(entry["type"] in BEYOND_ALL and entry["loc"][0] == "path" for entry in found):
        return NotFound()
    wrong = [_wrong_value(entry) for entry in found[:MOST_ERRORS_LISTED]]
    return Unprocessable(say(texts.INVALID, count=len(found)), errors=wrong)


def _wrong_value(entry: Any) -> WrongValue:
    part, *place = entry["loc"]
    levels = (f"[{level}]" if isinstance(level, int) else f".{level}" for level in place)
    field = "".join(levels).removeprefix(".") or part
    return WrongValue(part=part, field=field[:200], detail=_in_words(entry)[:500])


def _in_words(entry: Any) -> str:
    """As the catalogue has it; in English, and of a rule of our own, as it was said."""
    template = texts.WRONG_VALUES.get(entry["type"], "")
    told = worded(entry["type"], template)
    if told == template:
        return str(entry["msg"]).removeprefix("Value error, ")
    return told.format(**entry.get("ctx", {}))


def from_http(error: HTTPException) -> Problem:
    """What the framework itself answers: unknown addresses, methods, bodies it cannot parse."""
    kind = KINDS.get(error.status_code, Problem)
    said_more = error.status_code < 500 and error.detail != HTTPStatus(error.status_code).phrase
    detail = error.detail if said_more else None
    headers = dict(error.headers or {})
    if kind is MethodNotAllowed and "Allow" in headers:
        headers["Allow"] = re.sub(r"\bGET\b", "GET, HEAD", headers["Allow"])
        detail = say(texts.WRONG_METHOD, methods=headers["Allow"])
    if kind is Malformed:
        detail = texts.UNREADABLE  # the framework says so in English alone
    problem = kind(detail)
    problem.headers.update(headers)
    return problem


def install(app: FastAPI) -> None:
    """Lets every error of the app be answered as a problem; what is unforeseen is left to the middleware."""

    async def on_problem(request: Request, error: Any) -> Response:
        return answer(request, error)

    async def on_refusal(request: Request, error: Any) -> Response:
        return answer(request, from_refusal(request, error))

    async def on_validation(request: Request, error: Any) -> Response:
        return answer(request, from_validation(error))

    async def on_http(request: Request, error: Any) -> Response:
        return answer(request, from_http(error))

    async def on_database(request: Request, error: Any) -> Response:
        if isinstance(error, StatementError):
            error.hide_parameters = True  # the values of a statement may be secret
        log.error("database failed", path=path_without_token(request.url.path), exc_info=error)
        return answer(request, Unavailable(disk_in_words(error)))  # a full disk is no passing trouble

    async def on_state_of_database(request: Request, error: Any) -> Response:
        if disk_in_words(error) is None:
            raise error
        return await on_database(request, error)

    async def on_refused_value(request: Request, error: Any) -> Response:
        return answer(request, Unprocessable(texts.VALUE_REFUSED))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(OperationalError, on_database)
    app.add_exception_handler(InterfaceError, on_database)
    app.add_exception_handler(PoolTimeout, on_database)
    app.add_exception_handler(InternalError, on_state_of_database)  # read-only after a failover, say
    app.add_exception_handler(DataError, on_refused_value)
