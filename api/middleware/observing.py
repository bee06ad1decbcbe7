"""What surrounds every request: its id, its line in the log, its figures, and the answer to what nobody foresaw.

A client may name its request (`X-Request-ID`, up to 64 letters, digits, `.`, `_`, `-`); else it gets a name. The id
is in the answer, in every problem and in every log line of the request.
"""

import re
from asyncio import CancelledError
from time import perf_counter
from uuid import uuid4

import structlog
from sqlalchemy.exc import StatementError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import texts
from api.middleware.logs import log, path_without_token
from api.middleware.metrics import Metrics
from api.problems import Problem, Unavailable, answer
from data.deciding import Decision, deciding

REQUEST_ID = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Observed:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = named if WELL_FORMED.fullmatch(named) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        decided = deciding.set(_decision(scope))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:
                if isinstance(error, StatementError):
                    error.hide_parameters = True  # the values of a statement may be secret
                log.error("failed", path=path_without_token(scope["path"]), exc_info=error)
                if status:
                    raise  # half an answer is out: the server must cut the connection
                await answer(Request(scope), Problem())(scope, receive, send_with_id)
            except CancelledError:  # the service is told to end and waits no longer for what this waits for
                if not status:
                    await answer(Request(scope), Unavailable(texts.ENDING))(scope, receive, send_with_id)
                raise
            finally:
                deciding.reset(decided)
                self._note(scope, status, perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_template(scope)
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
        self.metrics.requests.labels(method, route, status).inc()
        self.metrics.duration.labels(method, route).observe(seconds)
        principal = scope["state"].get("principal")
        log.info(
            "answered",
            method=method,
            path=path_without_token(scope["path"]),
            route=route,
            status=status,
            seconds=round(seconds, 4),
            key_id=principal.key_id if principal else None,
        )


def _decision(scope: Scope) -> Decision:
    """What the request decides, if it writes: by whom security.py says once a key was looked at. A token in the address
    is no part of it."""
    return Decision(
        "somebody without a key",
        lambda: f"{scope['method']} {route_template(scope)}",
        about=lambda: {name: str(id) for name, id in scope.get("path_params", {}).items() if name != "token"},
    )


def route_template(scope: Scope) -> str:
    """The route as written (`/v1/purchase-plans/{plan_id}`), so that figures do not grow with ids.

    A route knows its own part of the address; what comes before it was added when its router was mounted."""
    written: str | None = getattr(scope.get("route"), "path", None)
    if written is None:
        return "unknown"
    levels: list[str] = scope["path"].split("/")
    before = levels[: len(levels) - written.count("/")]
    return "/".join(before) + written
