"""For the machinery around the service: is it alive, can it serve, and how is it doing. No key is needed."""

import asyncio
from datetime import datetime

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from api import texts
from api.problems import Unavailable
from api.routing import Router
from api.transactions import engine_of, moment_of
from data.database import reading, require_current_schema
from data.languages import say
from data.schema_state import SchemaIsNotCurrent
from flows.notifying.notifier_state import NotifierState, notifier_state

READY_WITHIN = 3.0  # seconds
router = Router(tags=["health"])


class Health(BaseModel):
    """In one word."""

    status: str

    model_config = {"json_schema_extra": {"examples": [{"status": "ready"}]}}


class Readiness(Health):
    """`notifier` is there where nobody tells webhooks what they are to be told: the watcher is dead, or stuck."""

    notifier: str | None = None


@router.get("/livez")
async def livez() -> Health:
    """The process answers. Restart it when this fails. It waits for no database and no thread."""
    return Health(status="alive")


@router.get("/readyz", response_model_exclude_none=True)
async def readyz(request: Request) -> Readiness:
    """The database answers within three seconds and its schema is the one this version needs. Send no requests while
    this fails. Whether anybody sends what webhooks are to be told is said beside: requests can be served without."""
    try:
        look = _look_at(request, await moment_of(request))
        state = await asyncio.wait_for(asyncio.shield(look), READY_WITHIN)
    except SchemaIsNotCurrent as error:
        raise Unavailable(texts.SCHEMA_OLD) from error
    except (SQLAlchemyError, TimeoutError) as error:
        raise Unavailable() from error
    return Readiness(status="ready", notifier=None if state.sends else say(texts.NOBODY_SENDS))


def _look(engine: Engine, now: datetime) -> NotifierState:
    require_current_schema(engine)
    with reading(engine) as session:
        return notifier_state(session, now)


def _look_at(request: Request, now: datetime) -> asyncio.Task[NotifierState]:
    """The look at the database that is under way, on a thread of its own: of those who ask while it hangs none takes
    another thread."""
    state = request.app.state
    look: asyncio.Task[NotifierState] | None = getattr(state, "look_at_database", None)
    if look is None or look.done() or look.get_loop() is not asyncio.get_running_loop():
        on_its_own = to_thread.run_sync(_look, engine_of(request), now, limiter=CapacityLimiter(1))
        look = state.look_at_database = asyncio.ensure_future(on_its_own)
        look.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # whoever asked may have left
    return look


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures in Prometheus' text format. Those of the database are some seconds old, and are not waited for."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
