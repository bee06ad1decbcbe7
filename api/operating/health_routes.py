"""For the machinery around the service: is it alive, can it serve, and how is it doing. No key is needed."""

from fastapi import Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from api import texts
from api.problems import Unavailable
from api.routing import Router
from api.transactions import ReadSession, engine_of
from data.database import require_current_schema
from data.schema_state import SchemaIsNotCurrent
from data.tables import AlarmRow

router = Router(tags=["health"])


class Health(BaseModel):
    """In one word."""

    status: str

    model_config = {"json_schema_extra": {"examples": [{"status": "ready"}]}}


@router.get("/livez")
def livez() -> Health:
    """The process answers. Restart it when this fails."""
    return Health(status="alive")


@router.get("/readyz")
def readyz(request: Request) -> Health:
    """The database answers and its schema is the one this version needs. Send no requests while this fails."""
    try:
        require_current_schema(engine_of(request))
    except SchemaIsNotCurrent as error:
        raise Unavailable(texts.SCHEMA_OLD) from error
    except SQLAlchemyError as error:
        raise Unavailable() from error
    return Health(status="ready")


@router.get("/metrics", response_class=Response)
def metrics(request: Request, session: ReadSession) -> Response:
    """Figures in Prometheus' text format."""
    figures = request.app.state.metrics
    figures.active_alarms.set(session.scalar(select(func.count()).where(AlarmRow.ended_at.is_(None))))
    return Response(generate_latest(figures.registry), media_type=CONTENT_TYPE_LATEST)
