"""Labels for the slots of a warehouse, to be printed."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Identifier, PathId
from flows.slotting.labels import slot_labels

router = Router(tags=["slots and moves"])
PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "..."}}


class LabelsQuery(BaseModel):
    """Which slots; all if neither is given."""

    slot_id: list[Identifier] = Field([], max_length=100, description="these; repeated for several, at most 100")
    zone_id: list[Identifier] = Field([], max_length=100, description="those in these zones")

    model_config = ConfigDict(extra="forbid")


@router.get(
    "/warehouses/{warehouse_id}/slot-labels.pdf",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": PDF}},
)
def print_slot_labels(
    session: ReadSession,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: PathId,
    asked: Annotated[LabelsQuery, Query()],
) -> Response:
    """Labels for a warehouse's slots, 3 by 8 on a sheet of A4, each with a QR code that holds the slot's id; at most a
    thousand at once."""
    labels = slot_labels(session, warehouse_id, asked.slot_id, asked.zone_id)
    headers = {"Content-Disposition": 'inline; filename="slot-labels.pdf"'}
    return Response(labels, media_type="application/pdf", headers=headers)
